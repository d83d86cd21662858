//! The command line: clap's types, whose doc comments are the help texts. What a command does
//! is in [`crate::commands`].

mod args;
mod export;
mod prune;
mod quantity;

pub use args::{
    Cli, Command, InstallArgs, PlanArgs, ReportArgs, RunArgs, SortKey, StatusArgs, SwitchArgs,
    TargetsArgs, UninstallArgs,
};
pub use export::{ExportArgs, ExportFormat};
pub use prune::PruneArgs;
