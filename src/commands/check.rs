//! `probe check`: holds what was recorded against budgets, and says who exceeds which.

use super::planning;
use super::reading;
use crate::budget::json::Document;
use crate::budget::table::{failures, render};
use crate::budget::{Budget, check};
use crate::cli::CheckArgs;
use crate::exit::{Diagnose, Exit, Failure};
use crate::printer::Printer;
use crate::report::collect::Parts;
use crate::targets::config::Config;

/// More sentences than this are in the table only.
const MOST_SENTENCES: usize = 20;

/// Runs `probe check`.
///
/// # Errors
/// A budget doesn't parse, or there is none (2); no venv is found, or nothing is recorded (3).
pub fn run(args: &CheckArgs, printer: Printer) -> Result<Exit, Failure> {
    let budgets = budgets(args, printer)?;
    let (scope, model) = reading::read(&args.whose, &args.which, Parts::default(), printer)?;
    let findings = check(&budgets, &model, args.allow_missing);
    if args.json {
        printer.json(&Document::new(&findings, scope.venv.as_deref()));
    } else {
        printer.styled(&render(&findings));
    }
    let failures = failures(&findings);
    for it in failures.iter().take(MOST_SENTENCES) {
        printer.message(it);
    }
    if failures.len() > MOST_SENTENCES {
        printer.message(&format!("and {} more", failures.len() - MOST_SENTENCES));
    }
    scope.tidy(printer);
    Ok(if failures.is_empty() {
        Exit::Yes
    } else {
        Exit::No
    })
}

/// The budgets that were given, else those of the configuration.
fn budgets(args: &CheckArgs, printer: Printer) -> Result<Vec<Budget>, Failure> {
    if !args.budgets.is_empty() {
        let given: Result<Vec<Budget>, _> = args.budgets.iter().map(|it| it.parse()).collect();
        return Ok(given?);
    }
    let config = Config::find(args.config.as_deref(), &planning::current_folder()?)?;
    let Some(config) = config.filter(|it| !it.budgets.is_empty()) else {
        return Err(Failure::usage(
            "there is no budget to check",
            "give one, such as `--budget 'shop.**:* p99 < 20ms'`, or write `budgets = [\"…\"]` \
             into probe.toml or `[tool.probe]` of pyproject.toml"
                .to_owned(),
        ));
    };
    printer.message(&format!("using the budgets of `{}`", config.path.display()));
    let parse = |(text, place): &(String, _)| {
        text.parse::<Budget>().map_err(|error| {
            let hint = error.hint();
            Failure::usage(format!("{place}: {error}"), hint)
        })
    };
    config.budgets.iter().map(parse).collect()
}
