//! `probe status`: whether what is installed is what should be there, and whether it fires; with
//! `--fix` also makes it so.

mod all;
mod answer;
mod fix;
mod text;

use self::answer::{Answer, examine};
use super::venv;
use crate::cli::StatusArgs;
use crate::exit::{Exit, Failure};
use crate::printer::Printer;
use crate::python::Venv;
use crate::site::{Mode, Repair};

/// Runs `probe status`.
///
/// # Errors
/// There is no venv, its site-packages can't be read, or it can't be repaired.
pub fn run(args: &StatusArgs, printer: Printer) -> Result<Exit, Failure> {
    if args.all {
        return all::run(args, printer);
    }
    let venv = venv::choose(&args.venv, printer)?;
    let (answer, exit) = one(&venv, args, printer)?;
    if args.json {
        printer.json(&answer);
    } else {
        printer.data(&text::block(&answer));
    }
    Ok(exit)
}

/// Looks at one venv; with `--fix` repairs it and looks again.
fn one(venv: &Venv, args: &StatusArgs, printer: Printer) -> Result<(Answer, Exit), Failure> {
    // The files alone tell what is to be repaired.
    let examined = examine(venv, args.no_start || args.fix)?;
    let answer = if args.fix {
        repaired(venv, &examined, args, printer)?
    } else {
        examined.answer
    };
    let yes = answer.is_yes(args.no_start);
    Ok((answer, if yes { Exit::Yes } else { Exit::No }))
}

fn repaired(
    venv: &Venv,
    examined: &answer::Examined,
    args: &StatusArgs,
    printer: Printer,
) -> Result<Answer, Failure> {
    let fixed = fix::fix(venv, examined, Mode::of(args.dry_run), printer)?;
    if !args.json {
        printer.data(&fixed.text);
    }
    let by_hand = matches!(examined.repair, Repair::ByHand(_));
    if fixed.steps.is_empty() && !by_hand {
        printer.message("nothing to repair");
    }
    let mut answer = examine(venv, args.no_start)?.answer;
    answer.fixed = Some(fixed.steps);
    answer.dry_run = Some(args.dry_run);
    Ok(answer)
}
