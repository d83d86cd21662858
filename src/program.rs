//! The program from its arguments to its exit code: parses, runs one command of
//! [`crate::commands`], and says what failed.

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::commands;
use crate::exit::{Exit, Failure};
use crate::printer::Printer;

/// Parses the process's arguments, runs the command and turns its answer into an exit code.
#[must_use]
pub fn main() -> ExitCode {
    let printer = Printer;
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap's own exit codes are ours: 0 for help and version, 2 for wrong usage.
            let code = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Yes
            };
            if error.use_stderr() {
                printer.styled_message(error.render().ansi().to_string().trim_end());
            } else {
                printer.styled(&error.render().ansi().to_string());
            }
            return code.into();
        }
    };
    match dispatch(cli, printer) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            printer.failure(&failure);
            failure.exit.into()
        }
    }
}

fn dispatch(cli: Cli, printer: Printer) -> Result<Exit, Failure> {
    match cli.command {
        Command::Install(args) => commands::install::run(&args, printer),
        Command::Uninstall(args) => commands::uninstall::run(&args, printer),
        Command::Status(args) => commands::status::run(&args, printer),
        Command::Run(args) => commands::run::run(&args, printer),
        Command::Targets(args) => commands::targets::run(&args, printer),
        Command::Report(args) => commands::report::run(&args, printer),
        Command::Export(args) => commands::export::run(&args, printer),
        Command::Serve(args) => commands::serve::run(&args, printer),
        Command::Push(args) => commands::push::run(&args, printer),
        Command::Snapshot(args) => commands::snapshot::run(&args, printer),
        Command::Diff(args) => commands::diff::run(&args, printer),
        Command::Completions(args) => commands::completions::run(&args, printer),
        Command::Man(args) => commands::man::run(&args, printer),
        Command::Check(args) => commands::check::run(&args, printer),
        Command::Top(args) => commands::top::run(&args, printer),
        Command::Stacks(args) => commands::stacks::run(&args, printer),
        Command::On(args) => commands::switch::run(&args, true, printer),
        Command::Off(args) => commands::switch::run(&args, false, printer),
        Command::Prune(args) => commands::prune::run(&args, printer),
    }
}
