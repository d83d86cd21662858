//! `probe report`: finds the recordings that are meant, reads them and prints the model as a
//! table or as JSON.

use jiff::tz::TimeZone;

use super::reading;
use super::scope::Scope;
use crate::cli::{ReportArgs, SortKey};
use crate::exit::{Exit, Failure};
use crate::printer::Printer;
use crate::report::Model;
use crate::report::collect::Parts;
use crate::report::json::Report;
use crate::report::order::{Order, arrange};
use crate::report::table::{View, render};

/// Functions shown in the table unless a limit is given.
const DEFAULT_LIMIT: usize = 40;

/// Width of the table where there is no terminal to ask.
const DEFAULT_WIDTH: usize = 120;

/// Runs `probe report`.
///
/// # Errors
/// `--run` isn't one (2); no venv is found, a folder is another user's, or nothing is
/// recorded (3).
pub fn run(args: &ReportArgs, printer: Printer) -> Result<Exit, Failure> {
    let (scope, model) = reading::read(&args.whose, &args.which, Parts::default(), printer)?;
    show(args, &scope, &model, printer);
    scope.tidy(printer);
    Ok(Exit::Yes)
}

fn show(args: &ReportArgs, scope: &Scope, model: &Model, printer: Printer) {
    let order = order(args.sort);
    if args.json {
        let (functions, _) = arrange(&model.functions, order, args.limit.unwrap_or(0));
        printer.json(&Report::new(model, scope.venv.as_deref(), &functions));
        return;
    }
    printer.styled(&render(
        model,
        &View {
            heading: &scope.heading(),
            width: width(printer),
            zone: TimeZone::system(),
            order,
            limit: args.limit.unwrap_or(DEFAULT_LIMIT),
        },
    ));
}

/// The terminal's width; elsewhere what COLUMNS says.
pub(super) fn width(printer: Printer) -> usize {
    let of_terminal = printer
        .stdout_is_terminal()
        .then(terminal_size::terminal_size)
        .flatten()
        .map(|(width, _)| usize::from(width.0));
    let of_environment = || std::env::var("COLUMNS").ok()?.parse().ok();
    of_terminal
        .or_else(of_environment)
        .filter(|width| *width > 0)
        .unwrap_or(DEFAULT_WIDTH)
}

fn order(key: SortKey) -> Order {
    match key {
        SortKey::Name => Order::Name,
        SortKey::Calls => Order::Calls,
        SortKey::Errors => Order::Errors,
        SortKey::Total => Order::Total,
        SortKey::SelfTime => Order::SelfTime,
        SortKey::Mean => Order::Mean,
        SortKey::Min => Order::Min,
        SortKey::P50 => Order::P50,
        SortKey::P90 => Order::P90,
        SortKey::P99 => Order::P99,
        SortKey::Max => Order::Max,
    }
}
