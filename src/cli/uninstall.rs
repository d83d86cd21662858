//! The arguments of `probe uninstall`.

use clap::Args;

use super::recordings::VenvArgs;

/// Arguments of `probe uninstall`.
#[derive(Debug, Clone, Args)]
#[command(mut_arg("venv", |venv| venv.conflicts_with("all")))]
pub struct UninstallArgs {
    /// The virtualenv.
    #[command(flatten)]
    pub venv: VenvArgs,
    /// All venvs that the probe was installed into
    #[arg(long)]
    pub all: bool,
    /// Remove the recordings too; with --all also those of venvs that are gone
    #[arg(long)]
    pub purge: bool,
    /// Don't start the venv's Python to see that nothing fires any more
    #[arg(long)]
    pub no_start: bool,
    /// Say what would be done, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
