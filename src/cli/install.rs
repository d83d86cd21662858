//! The arguments of `probe install`.

use clap::Args;

use super::plan::PlanArgs;
use super::recordings::VenvArgs;

/// Arguments of `probe install`.
#[derive(Debug, Clone, Args)]
pub struct InstallArgs {
    /// The virtualenv.
    #[command(flatten)]
    pub venv: VenvArgs,
    /// What to time, and how.
    #[command(flatten)]
    pub plan: PlanArgs,
    /// Say what would be done, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
