//! The arguments of `probe snapshot`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::recordings::{WhichArgs, WhoseArgs};

/// What `probe snapshot --help` says first.
pub(super) const HELP: &str = "\
Write what was recorded into one file, to compare it with later.

The file holds calls, errors and latencies of each function, apart for each process, as JSON; no \
command lines. Take one before a change and one after it, each of several processes or runs if \
you can, and compare them by `probe diff`. As recordings add up, give each run its own: with \
`--run last`, or with another `--data-dir`.";

/// Arguments of `probe snapshot`.
#[derive(Debug, Clone, Args)]
pub struct SnapshotArgs {
    /// The file to write; one that is there is replaced
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Whose recordings.
    #[command(flatten)]
    pub whose: WhoseArgs,
    /// Which of them.
    #[command(flatten)]
    pub which: WhichArgs,
    /// Say what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
