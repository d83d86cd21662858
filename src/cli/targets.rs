//! The arguments of `probe targets`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::recordings::VenvArgs;

/// Arguments of `probe targets`.
#[derive(Debug, Clone, Args)]
pub struct TargetsArgs {
    /// The virtualenv.
    #[command(flatten)]
    pub venv: VenvArgs,
    /// Root folder of the recordings
    #[arg(long, value_name = "DIR", env = "PROBE_DATA_DIR", value_hint = ValueHint::DirPath)]
    pub data_dir: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
