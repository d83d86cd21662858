//! The arguments of `probe serve`.

use clap::Args;

use super::recordings::WhoseArgs;

/// What `probe serve --help` says first.
pub(super) const HELP: &str = "\
Serve what is recorded over HTTP: a live page, and metrics for Prometheus.

`/` is the page and `/data.json` what it shows; `/report.json` is what `probe report --json` prints; `/metrics` is Prometheus's text, OpenMetrics, or \
protobuf with native histograms, as the scraper asks; `/healthz` says that the server lives. It \
prints its address, and stops on SIGINT and SIGTERM.

It listens on this machine alone unless told otherwise, and answers only under names of its own, \
so that no web page can read it. There is no password: whoever can reach another address can read \
which functions and commands ran. See docs/metrics.md.

Every ten minutes it makes room as a report does: folds recordings, and removes those beyond the \
virtualenv's `keep-for` and `keep-size`, once they are counted.";

/// Arguments of `probe serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// Whose recordings.
    #[command(flatten)]
    pub whose: WhoseArgs,
    /// Host and port to listen on; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7762")]
    pub listen: String,
    /// Answer under this name too, as behind a proxy. May be repeated
    #[arg(long = "allow-host", value_name = "NAME")]
    pub allowed_hosts: Vec<String>,
}
