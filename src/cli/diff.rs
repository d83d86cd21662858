//! The arguments of `probe diff`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// What `probe diff --help` says first.
pub(super) const HELP: &str = "\
Compare two snapshots: which functions got slower, faster, or fail more often.

A change is that of the typical time of a call (the mean of the middle 80 % of all calls), or of \
the fast one (from the 1st to the 10th percentile), without what all functions have in common, \
which is the machine's. A function is called slower or faster only where its change is beyond the \
threshold and surely, by a t-test, beyond half of it; `unclear` where the figures don't tell. \
Errors are compared by Fisher's exact test. Counts of calls, p50, p99 and totals are shown, not \
tested.

Exits with 0 also where something changed, unless --exit-code is given.";

/// Arguments of `probe diff`.
#[derive(Debug, Clone, Args)]
pub struct DiffArgs {
    /// The snapshot before the change
    #[arg(value_name = "BEFORE", value_hint = ValueHint::FilePath)]
    pub before: PathBuf,
    /// The snapshot after it
    #[arg(value_name = "AFTER", value_hint = ValueHint::FilePath)]
    pub after: PathBuf,
    /// Changes of a time, or of a share of errors, below this aren't called changes
    #[arg(long, value_name = "PERCENT", default_value = "5", value_parser = percent)]
    pub threshold: f64,
    /// Show all functions, also those that didn't change
    #[arg(long)]
    pub all: bool,
    /// Don't take away what all functions have in common: for another Python, or another machine
    #[arg(long)]
    pub keep_drift: bool,
    /// Show at most this many functions; 0 shows all [default: 40, with --json all]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Exit with 1 where a function got slower, or fails more often
    #[arg(long)]
    pub exit_code: bool,
    /// Print the result as JSON: all functions, or with --limit the first
    #[arg(long)]
    pub json: bool,
}

fn percent(text: &str) -> Result<f64, String> {
    let number: f64 = text
        .trim_end_matches('%')
        .trim_end()
        .parse()
        .map_err(|_| "it must be a number of percent, such as 5".to_owned())?;
    if (0.0..=1000.0).contains(&number) {
        Ok(number)
    } else {
        Err("it must be between 0 and 1000".to_owned())
    }
}
