//! The arguments of `probe check`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::recordings::{WhichArgs, WhoseArgs};

/// What `probe check --help` says first.
pub(super) const HELP: &str = "\
Hold what was recorded against budgets, and fail where a function exceeds one.

Made for CI: run the tests or a benchmark in a venv with the probe, then `probe check`. Exits with \
0 where all is within, with 1 where a function exceeds its budget, and also where a target matches \
nothing that was called, since a budget that checks nothing would pass for ever; --allow-missing \
lets that pass. Percentiles are exact to 3.2 %, all other figures are exact.

Budgets may also stand in probe.toml, or in [tool.probe] of pyproject.toml:
  budgets = [\"shop.**:* p99 < 20ms\", \"shop:pay error_rate <= 1%\"]";

/// Arguments of `probe check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// What functions may take, such as 'shop.**:* p99 < 20ms'. May be repeated
    ///
    /// A target as `install` takes it; a figure: p50, p90, p99, mean, min, max, total, self, calls,
    /// errors, error_rate (or errors%), in_flight; one of < <= > >=; and the limit: a time with
    /// ns, us, ms, s or m, a share with %, or a count. It holds for each function that matches, by
    /// itself. Budgets given here replace those of the configuration file.
    #[arg(short, long = "budget", value_name = "BUDGET")]
    pub budgets: Vec<String>,
    /// Read budgets from this file [default: the nearest probe.toml or pyproject.toml]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Whose recordings.
    #[command(flatten)]
    pub whose: WhoseArgs,
    /// Which of them.
    #[command(flatten)]
    pub which: WhichArgs,
    /// Let budgets pass whose functions were never called
    #[arg(long)]
    pub allow_missing: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
