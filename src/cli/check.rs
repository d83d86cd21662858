//! The arguments of `probe check`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

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
    /// The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub venv: Option<PathBuf>,
    /// Root folder of the recordings; without a venv, all venvs below it
    #[arg(long, value_name = "DIR", env = "PROBE_DATA_DIR", value_hint = ValueHint::DirPath)]
    pub data_dir: Option<PathBuf>,
    /// Which recordings: `last` (the last command's processes), `all`, or a process id
    #[arg(long, value_name = "last|all|PID", default_value = "all")]
    pub run: String,
    /// Let budgets pass whose functions were never called
    #[arg(long)]
    pub allow_missing: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
