//! `probe run`.

use crate::cli::RunArgs;
use crate::exit::{Exit, Failure};
use crate::printer::Printer;

/// Runs `probe run`.
///
/// # Errors
/// Being written.
pub fn run(_args: &RunArgs, _printer: Printer) -> Result<Exit, Failure> {
    Err(Failure::environment("being written", None))
}
