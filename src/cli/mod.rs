//! The command line: clap's types, whose doc comments are the help texts. What a command does
//! is in [`crate::commands`].

mod args;
mod stacks;
mod top;

pub use args::{
    Cli, Command, InstallArgs, PlanArgs, ReportArgs, RunArgs, SortKey, StatusArgs, SwitchArgs,
    TargetsArgs, UninstallArgs,
};
pub use stacks::StacksArgs;
pub use top::TopArgs;
