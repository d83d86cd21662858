//! `probe completions`: prints the script that teaches a shell the command line.

use crate::cli::{self, CompletionsArgs};
use crate::exit::{Exit, Failure};
use crate::printer::Printer;

/// Runs `probe completions`.
///
/// # Errors
/// None.
pub fn run(args: &CompletionsArgs, printer: Printer) -> Result<Exit, Failure> {
    printer.data(&cli::completions(args.shell));
    Ok(Exit::Yes)
}
