//! `probe status`.

use crate::cli::StatusArgs;
use crate::exit::{Exit, Failure};
use crate::printer::Printer;

/// Runs `probe status`.
///
/// # Errors
/// Being written.
pub fn run(_args: &StatusArgs, _printer: Printer) -> Result<Exit, Failure> {
    Err(Failure::environment("being written", None))
}
