//! `probe uninstall`.

use crate::cli::UninstallArgs;
use crate::exit::{Exit, Failure};
use crate::printer::Printer;

/// Runs `probe uninstall`.
///
/// # Errors
/// Being written.
pub fn run(_args: &UninstallArgs, _printer: Printer) -> Result<Exit, Failure> {
    Err(Failure::environment("being written", None))
}
