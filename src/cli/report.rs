//! The arguments of `probe report`.

use clap::{Args, ValueEnum};

use super::recordings::{WhichArgs, WhoseArgs};

/// Arguments of `probe report`.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// Whose recordings.
    #[command(flatten)]
    pub whose: WhoseArgs,
    /// Which of them.
    #[command(flatten)]
    pub which: WhichArgs,
    /// Sort by this column, greatest first
    #[arg(long, value_enum, value_name = "KEY", default_value = "total")]
    pub sort: SortKey,
    /// Show at most this many functions; 0 shows all [default: 40, with --json all]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// The columns that `report` can sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum SortKey {
    Name,
    Calls,
    Errors,
    Total,
    #[value(name = "self")]
    SelfTime,
    Mean,
    Min,
    P50,
    P90,
    P99,
    Max,
}
