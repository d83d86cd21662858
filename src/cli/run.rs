//! The arguments of `probe run`.

use std::ffi::OsString;

use clap::{Args, ValueHint};

use super::plan::PlanArgs;
use super::recordings::VenvArgs;

/// Arguments of `probe run`.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// The virtualenv.
    #[command(flatten)]
    pub venv: VenvArgs,
    /// What to time, and how.
    #[command(flatten)]
    pub plan: PlanArgs,
    /// Say what would be started with which environment, and start nothing
    #[arg(long)]
    pub dry_run: bool,
    /// With --dry-run, print it as JSON
    #[arg(long, requires = "dry_run")]
    pub json: bool,
    /// The command and its arguments, after --
    #[arg(last = true, required = true, value_name = "COMMAND", value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}
