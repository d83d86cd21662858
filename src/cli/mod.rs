//! The command line: clap's types, whose doc comments are the help texts. What a command does
//! is in [`crate::commands`].

mod args;
mod export;
mod prune;
mod push;
mod quantity;
mod serve;

pub use args::{
    Cli, Command, InstallArgs, PlanArgs, ReportArgs, RunArgs, SortKey, StatusArgs, SwitchArgs,
    TargetsArgs, UninstallArgs,
};
pub use export::{ExportArgs, ExportFormat};
pub use prune::PruneArgs;
pub use push::{PushArgs, PushProtocol};
pub use serve::ServeArgs;
