//! The arguments of `probe prune`.

use clap::{ArgGroup, Args};

use super::quantity;
use super::recordings::WhoseArgs;

/// What `probe prune --help` says first.
pub(super) const HELP: &str = "\
Remove old recordings of processes that ended.

First those go whose process gave its last sign of life longer ago than --older-than, then, from \
the oldest on, as many as it takes for the rest to have no more than --larger-than. What a \
running process records is never removed. What goes is gone from every report; where that \
matters, keep it with `probe snapshot` first.

Reports make many small recordings into few files by themselves and lose nothing; this is for what \
nobody wants to see any more. For a server, put it into a timer:

  probe prune --venv /srv/shop/.venv --older-than 30d --larger-than 1GB";

/// Arguments of `probe prune`.
#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("limit").required(true).multiple(true))]
pub struct PruneArgs {
    /// Whose recordings.
    #[command(flatten)]
    pub whose: WhoseArgs,
    /// Remove what is older: a number and s, m, h, d or w
    #[arg(long, value_name = "AGE", group = "limit", value_parser = quantity::age)]
    pub older_than: Option<u64>,
    /// Remove the oldest until no more than this is left, such as 500MB or 2GiB
    #[arg(long, value_name = "SIZE", group = "limit", value_parser = quantity::size)]
    pub larger_than: Option<u64>,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
