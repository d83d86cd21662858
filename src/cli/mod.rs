//! The command line: clap's types, whose doc comments are the help texts; a file a verb. What a
//! command does is in [`crate::commands`].

mod check;
mod command;
mod diff;
mod export;
mod install;
mod plan;
mod prune;
mod push;
mod recordings;
mod report;
mod run;
mod serve;
mod shell;
mod snapshot;
mod stacks;
mod status;
mod switch;
mod targets;
mod top;
mod uninstall;

pub use check::CheckArgs;
pub use command::{Cli, Command};
pub use diff::DiffArgs;
pub use export::{ExportArgs, ExportFormat};
pub use install::InstallArgs;
pub use plan::PlanArgs;
pub use prune::PruneArgs;
pub use push::{PushArgs, PushCompression, PushProtocol};
pub use recordings::{VenvArgs, WhichArgs, WhoseArgs};
pub use report::{ReportArgs, SortKey};
pub use run::RunArgs;
pub use serve::ServeArgs;
pub use shell::{CompletionsArgs, ManArgs, Page, Shell, completions, pages};
pub use snapshot::SnapshotArgs;
pub use stacks::StacksArgs;
pub use status::StatusArgs;
pub use switch::SwitchArgs;
pub use targets::TargetsArgs;
pub use top::TopArgs;
pub use uninstall::UninstallArgs;
