//! `probe export`: reads the recordings that are meant and writes them in the format of another
//! tool, to stdout or into a file.

use std::path::Path;

use super::reading;
use super::scope::Scope;
use crate::cli::{ExportArgs, ExportFormat as Format};
use crate::exit::{Exit, Failure};
use crate::files;
use crate::harmless;
use crate::metrics;
use crate::printer::Printer;
use crate::recording::clock::Moment;
use crate::recording::header::Detail;
use crate::report::Model;
use crate::report::collect::Parts;
use crate::report::export::{self, Calls, ExportError};
use crate::report::page::{self, About};

/// Runs `probe export`.
///
/// # Errors
/// A binary format would go to a terminal, or `--run` isn't one (2); no venv is found, nothing is
/// recorded, the format needs what wasn't recorded, or it can't be written (3).
pub fn run(args: &ExportArgs, printer: Printer) -> Result<Exit, Failure> {
    let output = args.output.as_deref().filter(|it| *it != Path::new("-"));
    let name = args.format.name();
    if output.is_none() && is_binary(args.format) && printer.stdout_is_terminal() {
        return Err(Failure::usage(
            format!("`{name}` is a binary format, which a terminal can't show"),
            format!("write it into a file: `probe export {name} -o FILE`"),
        ));
    }
    if let Some(path) = output {
        files::check_replaceable(path)?;
    }
    let parts = Parts {
        tree: has_tree(args.format),
    };
    let (scope, model) = reading::read(&args.whose, &args.which, parts, printer)?;
    let bytes = export(args.format, &scope, &model, printer)?;
    match output {
        None => printer.document(&bytes).map_err(|error| {
            let text = format!("stdout can't be written: {error}");
            Failure::environment(text, None)
        })?,
        Some(path) => {
            files::replace_document(path, &bytes)?;
            printer.message(&format!("wrote {name} into `{}`", path.display()));
        }
    }
    scope.tidy(printer);
    Ok(Exit::Yes)
}

fn is_binary(format: Format) -> bool {
    matches!(format, Format::Pstats | Format::Pprof)
}

fn has_tree(format: Format) -> bool {
    match format {
        Format::Json | Format::Csv | Format::Prometheus | Format::Openmetrics => false,
        Format::Pstats
        | Format::Callgrind
        | Format::Speedscope
        | Format::Pprof
        | Format::Collapsed
        | Format::Flamegraph
        | Format::Html => true,
    }
}

fn export(
    format: Format,
    scope: &Scope,
    model: &Model,
    printer: Printer,
) -> Result<Vec<u8>, ExportError> {
    let title = || harmless::line(&scope.heading());
    let calls = || {
        warn_of_no_tree(model, printer);
        Calls::of(model)
    };
    let metrics = |form: metrics::Format| form.encode(&metrics::families(model));
    let text = match format {
        Format::Json => export::json::text(model, scope.venv.as_deref()),
        Format::Csv => export::csv::text(model),
        Format::Prometheus => return Ok(metrics(metrics::Format::Text)),
        Format::Openmetrics => return Ok(metrics(metrics::Format::OpenMetrics)),
        Format::Pstats => return export::pstats::bytes(&calls()),
        Format::Callgrind => export::callgrind::text(model, &calls()),
        Format::Speedscope => export::speedscope::text(&calls(), &title()),
        Format::Pprof => return export::pprof::bytes(model, &shallow(calls(), printer)),
        Format::Collapsed => export::collapsed::text(&shallow(calls(), printer)),
        Format::Flamegraph => export::flamegraph::svg(&shallow(calls(), printer), &title()),
        Format::Html => {
            let heading = scope.heading();
            let read_at = Moment::now().wall_ns;
            let about = About {
                heading: &heading,
                read_at,
            };
            page::render(&page::data(model, about)).map_err(ExportError::format)
        }
    };
    text.map(String::into_bytes)
}

/// Says which processes' functions stand alone.
fn warn_of_no_tree(model: &Model, printer: Printer) {
    let all = model.processes.len();
    let flat = model
        .processes
        .iter()
        .filter(|it| it.detail != Detail::Tree);
    match flat.count() {
        0 => {}
        flat => printer.warning(&format!(
            "{flat} of {all} processes recorded no call tree: their functions have no callers, and \
             all their time is self time; record with `--detail tree` to see more"
        )),
    }
}

/// Calls for a format that repeats the way down.
fn shallow(calls: Calls, printer: Printer) -> Calls {
    let (calls, limit) = calls.shallow();
    if let Some(limit) = limit {
        printer.warning(&format!(
            "the call tree is deeper than this format can show: what is deeper than {limit} calls \
             counts where its way ends; `speedscope`, `pstats` and `callgrind` have all of it"
        ));
    }
    calls
}
