//! `probe stacks`: finds the recordings that are meant, reads them, and prints what hasn't ended
//! as text or as JSON.

use jiff::tz::TimeZone;

use super::reading;
use super::report::width;
use crate::cli::StacksArgs;
use crate::exit::{Exit, Failure};
use crate::printer::Printer;
use crate::report::collect::Parts;
use crate::report::stacks_json::Stacks;
use crate::report::stacks_text::render;

/// Runs `probe stacks`.
///
/// # Errors
/// `--run` isn't one (2); no venv is found, a folder is another user's, or nothing is
/// recorded (3).
pub fn run(args: &StacksArgs, printer: Printer) -> Result<Exit, Failure> {
    let (scope, model) = reading::read(&args.whose, &args.which, Parts::default(), printer)?;
    if args.json {
        printer.json(&Stacks::new(&model, scope.venv.as_deref()));
    } else {
        printer.styled(&render(
            &model,
            &scope.heading(),
            width(printer),
            &TimeZone::system(),
        ));
    }
    scope.tidy(printer);
    Ok(Exit::Yes)
}
