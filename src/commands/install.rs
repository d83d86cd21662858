//! `probe install`.

use crate::cli::InstallArgs;
use crate::exit::{Exit, Failure};
use crate::printer::Printer;

/// Runs `probe install`.
///
/// # Errors
/// Being written.
pub fn run(_args: &InstallArgs, _printer: Printer) -> Result<Exit, Failure> {
    Err(Failure::environment("being written", None))
}
