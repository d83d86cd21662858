//! The arguments of `probe prune`.

use clap::Args;

use super::recordings::WhoseArgs;
use crate::quantity::Amount;

/// What `probe prune --help` says first.
pub(super) const HELP: &str = "\
Remove old recordings of processes that ended.

First those go whose process gave its last sign of life longer ago than --older-than, then, from \
the oldest on, as many as it takes for the rest to have no more than --larger-than. What a \
running process records is never removed. What goes is gone from every report; where that \
matters, keep it with `probe snapshot` first.

Without limits, those of the virtualenv hold: `keep-for` and `keep-size`, as `probe install` was \
given them or found them in probe.toml. By these, reports remove old recordings by themselves once \
they have shown them, so that nobody has to call this:

  probe install --venv /srv/shop/.venv -t 'shop.**:*' --keep-for 30d --keep-size 1GB";

/// Arguments of `probe prune`.
#[derive(Debug, Clone, Args)]
pub struct PruneArgs {
    /// Whose recordings.
    #[command(flatten)]
    pub whose: WhoseArgs,
    /// Remove what is older: a number and s, m, h, d or w
    #[arg(long, value_name = "AGE", value_parser = Amount::age)]
    pub older_than: Option<Amount>,
    /// Remove the oldest until no more than this is left, such as 500MB or 2GiB
    #[arg(long, value_name = "SIZE", value_parser = Amount::size)]
    pub larger_than: Option<Amount>,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
