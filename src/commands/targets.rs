//! `probe targets`.

use crate::cli::TargetsArgs;
use crate::exit::{Exit, Failure};
use crate::printer::Printer;

/// Runs `probe targets`.
///
/// # Errors
/// Being written.
pub fn run(_args: &TargetsArgs, _printer: Printer) -> Result<Exit, Failure> {
    Err(Failure::environment("being written", None))
}
