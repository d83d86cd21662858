//! The columns of the table: what each holds, and which of them a narrow terminal gets.
//! Knows no colour.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::harmless;
use crate::report::aligned::GAP;
use crate::report::model::{Function, Time};
use crate::report::units::{Form, count};

/// Names aren't made shorter than this before other columns are left out.
const LEAST_NAME: usize = 32;

/// A column of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// Its title.
    pub(super) title: &'static str,
    /// The unit of its numbers, or nothing.
    pub(super) unit: &'static str,
    /// Its numbers, or nothing where there is none.
    pub(super) cells: Vec<String>,
    /// The widest of all.
    pub(super) width: usize,
    /// True where a number other than 0 is bad news.
    pub(super) alarming: bool,
    /// The greater, the longer it stays.
    importance: u8,
}

/// A table's content: names and columns, as they fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    /// A name for each row.
    pub(super) names: Vec<String>,
    /// The widest name.
    pub(super) name_width: usize,
    /// The columns of numbers.
    pub(super) columns: Vec<Column>,
}

impl Columns {
    /// The columns for these functions within a width in terminal cells.
    pub(super) fn fit(functions: &[&Function], width: usize) -> Self {
        let names: Vec<String> = functions
            .iter()
            .map(|it| harmless::line(&it.name))
            .collect();
        let longest = names.iter().map(|it| it.width()).max().unwrap_or(0);
        let longest = longest.max(TITLE.len());
        let mut columns = all(functions);
        let mut room = room_for_names(&columns, width);
        while room < longest.min(LEAST_NAME) {
            let least = columns.iter().map(|it| it.importance).min();
            let Some(index) = columns.iter().position(|it| Some(it.importance) == least) else {
                break;
            };
            columns.remove(index);
            room = room_for_names(&columns, width);
        }
        let name_width = longest.min(room.max(TITLE.len()));
        Self {
            names: names.iter().map(|it| shorten(it, name_width)).collect(),
            name_width,
            columns,
        }
    }
}

/// The title of the names.
pub(super) const TITLE: &str = "function";

fn room_for_names(columns: &[Column], width: usize) -> usize {
    let taken: usize = columns.iter().map(|it| it.width + GAP).sum();
    width.saturating_sub(taken)
}

/// All columns that have anything to say, in their order.
fn all(functions: &[&Function]) -> Vec<Column> {
    let counts = |title, of: fn(&Function) -> u64, importance, alarming| {
        let cells = functions.iter().map(|it| count(of(it))).collect();
        Column::new(title, "", cells, importance, alarming)
    };
    let times = |title, of: fn(&Time) -> Option<f64>, importance| {
        let values: Vec<Option<f64>> = functions
            .iter()
            .map(|it| it.time.as_ref().and_then(of))
            .collect();
        values.iter().any(Option::is_some).then(|| {
            let form = Form::of(values.iter().flatten().copied());
            let cells = values.iter().map(|it| it.map(|time| form.write(time)));
            let cells = cells.map(Option::unwrap_or_default).collect();
            Column::new(title, form.unit.symbol, cells, importance, false)
        })
    };
    // Errors matter more than any time, where there are any.
    let has_errors = functions.iter().any(|it| it.errors > 0);
    let errors = if has_errors { 8 } else { 1 };
    let columns = [
        Some(counts("calls", |it| it.calls, 10, false)),
        Some(counts("errors", |it| it.errors, errors, true)),
        times("total", |it| Some(it.total_ns as f64), 9),
        times("self", |it| it.self_ns.map(|time| time as f64), 5),
        times("mean", |it| Some(it.mean_ns), 6),
        times("p50", |it| Some(it.percentiles.p50), 3),
        times("p90", |it| Some(it.percentiles.p90), 2),
        times("p99", |it| Some(it.percentiles.p99), 7),
        times("max", |it| Some(it.max_ns as f64), 4),
    ];
    columns.into_iter().flatten().collect()
}

impl Column {
    fn new(
        title: &'static str,
        unit: &'static str,
        cells: Vec<String>,
        importance: u8,
        alarming: bool,
    ) -> Self {
        let widths = cells.iter().map(|it| it.width());
        let width = widths.chain([title.width(), unit.width()]).max();
        Self {
            title,
            unit,
            width: width.unwrap_or(0),
            cells,
            alarming,
            importance,
        }
    }
}

/// A text within a width, its middle replaced by `…`: of a name, the package at its start
/// and the function at its end say most.
pub(crate) fn shorten(name: &str, width: usize) -> String {
    if name.width() <= width {
        return name.to_owned();
    }
    let room = width.saturating_sub(1);
    let start = prefix(name.chars(), room * 2 / 5);
    let end = prefix(name.chars().rev(), room - start.width());
    let end: String = end.chars().rev().collect();
    format!("{start}…{end}")
}

/// The first characters that fit into a width.
fn prefix(characters: impl Iterator<Item = char>, width: usize) -> String {
    let mut left = width;
    characters
        .take_while(|c| {
            let needed = c.width().unwrap_or(0);
            let fits = needed <= left;
            left = left.saturating_sub(needed);
            fits
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!(shorten("shop:pay", 8), "shop:pay");
        assert_eq!(
            shorten("shop.orders.models:Order.total", 16),
            "shop.o…der.total"
        );
        assert_eq!(shorten("漢字漢字漢字", 6), "漢…字");
        assert_eq!(shorten("abc", 1), "…");
    }

    fn titles(errors: u64, width: usize) -> Vec<&'static str> {
        let time = Time {
            total_ns: 5_000_000,
            self_ns: Some(4_000_000),
            active_ns: None,
            min_ns: 1000,
            max_ns: 9000,
            mean_ns: 5000.0,
            percentiles: crate::latency::Percentiles {
                p50: 5000.0,
                p90: 7000.0,
                p99: 8000.0,
            },
        };
        let function = Function {
            name: "n".repeat(40),
            calls: 1000,
            errors,
            in_flight: 0,
            time: Some(time),
            latencies: crate::latency::Latencies::default(),
        };
        let fitted = Columns::fit(&[&function], width);
        let columns: usize = fitted.columns.iter().map(|it| it.width + GAP).sum();
        assert!(fitted.name_width + columns <= width, "{fitted:?}");
        fitted.columns.iter().map(|it| it.title).collect()
    }

    #[test]
    fn narrow_terminals_get_the_important_columns() {
        assert_eq!(titles(0, 120).len(), 9);
        assert_eq!(
            titles(0, 80),
            ["calls", "total", "self", "mean", "p99", "max"]
        );
        assert_eq!(titles(3, 60), ["calls", "errors", "total"]);
        assert_eq!(titles(0, 20), Vec::<&str>::new());
    }
}
