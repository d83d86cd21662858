//! The arguments of `probe install`.

use clap::Args;

use super::plan::PlanArgs;
use super::recordings::VenvArgs;
use crate::quantity::Amount;

/// Arguments of `probe install`.
#[derive(Debug, Clone, Args)]
pub struct InstallArgs {
    /// The virtualenv.
    #[command(flatten)]
    pub venv: VenvArgs,
    /// What to time, and how.
    #[command(flatten)]
    pub plan: PlanArgs,
    /// Keep recordings for so long: a number and s, m, h, d or w [default: for ever]
    ///
    /// Since their process gave its last sign of life. Whoever reads removes those that are older,
    /// once they were shown; what a running process records stays. `probe prune` says more.
    #[arg(long, value_name = "AGE", value_parser = Amount::age)]
    pub keep_for: Option<Amount>,
    /// Keep no more recordings than this, the youngest, such as 500MB or 2GiB [default: all]
    #[arg(long, value_name = "SIZE", value_parser = Amount::size)]
    pub keep_size: Option<Amount>,
    /// Say what would be done, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
