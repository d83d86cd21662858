//! The command line: clap's types, whose doc comments are the help texts. What a command does
//! is in [`crate::commands`].

mod args;
mod check;
mod compare;
mod export;
mod prune;
mod push;
mod serve;
mod shell;
mod stacks;
mod top;

pub use args::{
    Cli, Command, InstallArgs, PlanArgs, ReportArgs, RunArgs, SortKey, StatusArgs, SwitchArgs,
    TargetsArgs, UninstallArgs,
};
pub use check::CheckArgs;
pub use compare::{DiffArgs, SnapshotArgs};
pub use export::{ExportArgs, ExportFormat};
pub use prune::PruneArgs;
pub use push::{PushArgs, PushProtocol};
pub use serve::ServeArgs;
pub use shell::{CompletionsArgs, ManArgs, Page, Shell, completions, pages};
pub use stacks::StacksArgs;
pub use top::TopArgs;
