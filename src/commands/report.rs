//! `probe report`: finds the recordings that are meant, reads them and prints the model as a
//! table or as JSON.

use jiff::tz::TimeZone;

use super::progress::Progress;
use super::scope::{self, Scope, sentence};
use crate::cli::{ReportArgs, SortKey};
use crate::exit::{Exit, Failure};
use crate::printer::Printer;
use crate::recording::Error;
use crate::recording::process::Host;
use crate::report::Model;
use crate::report::collect::{self, Parts};
use crate::report::json::Report;
use crate::report::order::{Order, arrange};
use crate::report::select::{Run, select};
use crate::report::table::{View, render};

/// Functions shown in the table unless a limit is given.
const DEFAULT_LIMIT: usize = 40;

/// Width of the table where there is no terminal to ask.
const DEFAULT_WIDTH: usize = 120;

/// More warnings say nothing new, if each kind has its turn.
const MOST_WARNINGS: usize = 10;

/// Runs `probe report`.
///
/// # Errors
/// `--run` isn't one (2); no venv is found, a folder is another user's, or nothing is
/// recorded (3).
pub fn run(args: &ReportArgs, printer: Printer) -> Result<Exit, Failure> {
    let run: Run = args.run.parse()?;
    let scope = scope::find(args.venv.as_deref(), args.data_dir.as_deref(), printer)?;
    let model = read(run, &scope, printer)?;
    show(args, &scope, &model, printer);
    Ok(Exit::Yes)
}

/// Reads the recordings that are meant, and warns of those that can't be read.
///
/// # Errors
/// There are none (3).
pub(super) fn read(run: Run, scope: &Scope, printer: Printer) -> Result<Model, Failure> {
    if scope.recordings.is_empty() {
        return Err(scope.nothing());
    }
    let recordings = select(run, scope.recordings.clone());
    let progress = Progress::new("reading recordings", recordings.len());
    let model = collect::read(&recordings, &Host::here(), Parts::default(), &|done| {
        progress.done(done)
    });
    drop(progress);
    warn(&model, printer);
    match run {
        _ if !model.processes.is_empty() => Ok(model),
        Run::Process(pid) => Err(Failure::environment(
            format!("no recording in `{}` is of process {pid}", scope.places()),
            "choose another process, or see all of them with `--run all`".to_owned(),
        )),
        Run::All | Run::Last => Err(scope.nothing()),
    }
}

/// Whose recordings these are, in a line.
pub(super) fn heading(scope: &Scope) -> String {
    match &scope.venv {
        Some(venv) => venv.display().to_string(),
        None => format!("all venvs recorded below {}", scope.places()),
    }
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
            heading: &heading(scope),
            width: width(printer),
            zone: TimeZone::system(),
            order,
            limit: args.limit.unwrap_or(DEFAULT_LIMIT),
        },
    ));
}

/// Warns of recordings that are missing or incomplete.
fn warn(model: &Model, printer: Printer) {
    let skipped = each_kind_first(&model.skipped);
    let skipped = skipped.into_iter().map(sentence).collect();
    let stopped = model.stopped.iter().map(|it| {
        format!(
            "recording of process {} stopped early: {} (`{}`)",
            it.pid,
            it.why,
            it.path.display()
        )
    });
    for warnings in [skipped, stopped.collect::<Vec<String>>()] {
        for warning in warnings.iter().take(MOST_WARNINGS) {
            printer.warning(warning);
        }
        if warnings.len() > MOST_WARNINGS {
            let more = warnings.len() - MOST_WARNINGS;
            printer.warning(&format!("and {more} more recordings like these"));
        }
    }
}

/// The first of each kind of error, then the second of each, and so on.
fn each_kind_first(errors: &[Error]) -> Vec<&Error> {
    let mut kinds: Vec<Vec<&Error>> = Vec::new();
    for error in errors {
        match kinds.iter_mut().find(|kind| kind[0].is_like(error)) {
            Some(kind) => kind.push(error),
            None => kinds.push(vec![error]),
        }
    }
    let most = kinds.iter().map(Vec::len).max().unwrap_or(0);
    let turns = (0..most).flat_map(|turn| kinds.iter().filter_map(move |kind| kind.get(turn)));
    turns.copied().collect()
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
