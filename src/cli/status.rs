//! The arguments of `probe status`.

use clap::Args;

use super::recordings::VenvArgs;

/// Arguments of `probe status`.
#[derive(Debug, Clone, Args)]
#[command(mut_arg("venv", |venv| venv.conflicts_with("all")))]
pub struct StatusArgs {
    /// The virtualenv.
    #[command(flatten)]
    pub venv: VenvArgs,
    /// All venvs that the probe was installed into
    #[arg(long)]
    pub all: bool,
    /// Compare the files only; don't start the venv's Python
    #[arg(long)]
    pub no_start: bool,
    /// Make it whole again with the plan that is installed; what you changed stays
    #[arg(long)]
    pub fix: bool,
    /// With --fix, say what would be done, and change nothing
    #[arg(long, requires = "fix")]
    pub dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
