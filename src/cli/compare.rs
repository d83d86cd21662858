//! The arguments of `probe snapshot` and `probe diff`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// Arguments of `probe snapshot`.
#[derive(Debug, Clone, Args)]
pub struct SnapshotArgs {
    /// The file to write; one that is there is replaced
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub venv: Option<PathBuf>,
    /// Root folder of the recordings; without a venv, all venvs below it
    #[arg(long, value_name = "DIR", env = "PROBE_DATA_DIR", value_hint = ValueHint::DirPath)]
    pub data_dir: Option<PathBuf>,
    /// Which recordings: `last` (the last command's processes), `all`, or a process id
    #[arg(long, value_name = "last|all|PID", default_value = "all")]
    pub run: String,
    /// Say what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

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
