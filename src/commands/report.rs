//! `probe report`.

use crate::cli::ReportArgs;
use crate::exit::{Exit, Failure};
use crate::printer::Printer;

/// Runs `probe report`.
///
/// # Errors
/// Being written.
pub fn run(_args: &ReportArgs, _printer: Printer) -> Result<Exit, Failure> {
    Err(Failure::environment("being written", None))
}
