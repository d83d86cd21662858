//! A line for each function, as comma-separated values (<https://www.rfc-editor.org/rfc/rfc4180>),
//! with the keys of `report --json` as its head. A cell is empty where nothing is known. Has
//! nothing of processes, callers and histograms.

use std::fmt::Display;

use csv::{Terminator, WriterBuilder};

use super::ExportError;
use crate::harmless;
use crate::report::Model;
use crate::report::model::{Function, Time};
use crate::report::order::{Order, arrange};

const HEAD: [&str; 13] = [
    "name",
    "calls",
    "errors",
    "total_ns",
    "self_ns",
    "min_ns",
    "max_ns",
    "mean_ns",
    "p50_ns",
    "p90_ns",
    "p99_ns",
    "active_ns",
    "in_flight",
];

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 4] = ['=', '+', '-', '@'];

/// The table, functions by their total, lines ended by a newline alone.
///
/// # Errors
/// It can't be written as text.
pub fn text(model: &Model) -> Result<String, ExportError> {
    let (functions, _) = arrange(&model.functions, Order::default(), 0);
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::Any(b'\n'))
        .from_writer(Vec::new());
    writer.write_record(HEAD).map_err(ExportError::format)?;
    for function in functions {
        writer
            .write_record(cells(function))
            .map_err(ExportError::format)?;
    }
    let bytes = writer.into_inner().map_err(ExportError::format)?;
    String::from_utf8(bytes).map_err(ExportError::format)
}

fn cells(it: &Function) -> [String; HEAD.len()] {
    let time = it.time.as_ref();
    [
        name(&it.name),
        it.calls.to_string(),
        it.errors.to_string(),
        cell(time.map(|it| it.total_ns)),
        cell(time.and_then(|it| it.self_ns)),
        cell(time.map(|it| it.min_ns)),
        cell(time.map(|it| it.max_ns)),
        cell(time.map(|it| it.mean_ns)),
        percentile(time, |it| it.percentiles.p50),
        percentile(time, |it| it.percentiles.p90),
        percentile(time, |it| it.percentiles.p99),
        cell(time.and_then(|it| it.active_ns)),
        it.in_flight.to_string(),
    ]
}

/// A name, which no spreadsheet may calculate; none of Python begins so.
fn name(text: &str) -> String {
    let safe = harmless::name(text);
    match safe.starts_with(FORMULA) {
        true => format!("'{safe}"),
        false => safe,
    }
}

fn percentile(time: Option<&Time>, of: impl Fn(&Time) -> f64) -> String {
    cell(time.map(of))
}

fn cell(value: Option<impl Display>) -> String {
    value.map_or(String::new(), |it| it.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{model_of, shop};

    #[test]
    fn a_line_for_each_function() {
        insta::assert_snapshot!(text(&model_of(&shop())).unwrap());
    }

    #[test]
    fn no_name_breaks_a_line_or_becomes_a_formula() {
        let mut model = model_of(&shop());
        model.functions.truncate(1);
        for (given, written) in [
            ("=1+1", "'=1+1,"),
            ("a,b\"c", "\"a,b\"\"c\","),
            ("a\nb\x1b", "a\\nb\\u{1b},"),
        ] {
            given.clone_into(&mut model.functions[0].name);
            let text = text(&model).unwrap();
            let line = text.lines().nth(1).unwrap();
            assert!(line.starts_with(written), "{line}");
        }
    }
}
