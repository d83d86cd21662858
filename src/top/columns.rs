//! The table's columns: what each shows of a row, and which of them fit into a width. Knows no
//! colour.

use unicode_width::UnicodeWidthStr;

use crate::report::columns::shorten;
use crate::top::figures::{count, rate, sparkline, time};
use crate::top::rows::{Column, Row};
use crate::top::window::Window;

/// Between two columns, on terminals of at least the width.
const WIDE: usize = 100;
const GAPS: (usize, usize) = (1, 2);

/// Names of functions, and of processes with their command lines, aren't made shorter than this
/// before a column is left out.
const LEAST_NAME: (usize, usize) = (22, 30);

/// Cells of a sparkline, at least and at most.
const TREND: (usize, usize) = (8, 60);

/// What a column shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// A figure, which rows can be sorted by.
    Figure(Column),
    /// The rates of the last time.
    Trend,
}

/// The columns that fit: the name's width, and the others with theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// Cells of the name.
    pub(super) name: usize,
    /// The other columns, each with its cells, the gap before them included.
    pub(super) columns: Vec<(Shown, usize)>,
}

impl Shown {
    /// Its title.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Figure(Column::Name) => "name",
            Self::Figure(Column::Rate) => "calls/s",
            Self::Figure(Column::P50) => "p50",
            Self::Figure(Column::P99) => "p99",
            Self::Figure(Column::Errors) => "errs/s",
            Self::Figure(Column::InFlight) => "flight",
            Self::Figure(Column::Oldest) => "oldest",
            Self::Figure(Column::Calls) => "calls",
            Self::Trend => "trend",
        }
    }

    fn width(self) -> usize {
        match self {
            Self::Figure(Column::Rate) => 7,
            Self::Figure(_) => 6,
            Self::Trend => TREND.0,
        }
    }

    /// The greater, the longer it stays.
    fn importance(self, has_errors: bool) -> u8 {
        match self {
            Self::Figure(Column::Name) => 10,
            Self::Figure(Column::Rate) => 9,
            Self::Figure(Column::P99) => 8,
            Self::Figure(Column::P50) => 7,
            Self::Figure(Column::Errors) if has_errors => 6,
            Self::Figure(Column::Oldest) => 5,
            Self::Figure(Column::InFlight) => 4,
            Self::Trend => 3,
            Self::Figure(Column::Calls) => 2,
            Self::Figure(Column::Errors) => 1,
        }
    }
}

impl Layout {
    /// The columns for these rows within a width in terminal cells. The column that rows are
    /// sorted by stays as long as any does.
    pub(super) fn fit(rows: &[Row], sort: Column, with_trend: bool, width: usize) -> Self {
        let has_errors = rows.iter().any(|row| row.figures.errors > 0);
        let of_processes = rows.iter().any(|row| row.state.is_some());
        let least = if of_processes {
            LEAST_NAME.1
        } else {
            LEAST_NAME.0
        };
        let gap = if width < WIDE { GAPS.0 } else { GAPS.1 };
        let figures = Column::ALL.into_iter().skip(1).map(Shown::Figure);
        let trend = with_trend.then_some(Shown::Trend);
        let mut columns: Vec<(Shown, usize)> = figures
            .chain(trend)
            .map(|shown| (shown, shown.width() + gap))
            .collect();
        let longest = rows.iter().map(|row| row.label.width()).max().unwrap_or(0);
        let importance = |shown: Shown| match shown {
            Shown::Figure(column) if column == sort => u8::MAX,
            other => other.importance(has_errors),
        };
        while room(&columns, width) < least {
            let least = columns.iter().map(|it| importance(it.0)).min();
            let Some(index) = columns
                .iter()
                .position(|it| Some(importance(it.0)) == least)
            else {
                break;
            };
            columns.remove(index);
        }
        let spare = room(&columns, width).saturating_sub(longest.max(least));
        if let Some(trend) = columns.iter_mut().find(|it| it.0 == Shown::Trend) {
            trend.1 = (trend.1 + spare).min(TREND.1 + gap);
        }
        Self {
            name: room(&columns, width),
            columns,
        }
    }
}

fn room(columns: &[(Shown, usize)], width: usize) -> usize {
    let taken: usize = columns.iter().map(|it| it.1).sum();
    width.saturating_sub(taken)
}

/// A name or title on the left side of a column, in exactly its width.
pub(super) fn left(text: &str, width: usize) -> String {
    let text = shorten(text, width);
    let fill = width.saturating_sub(text.width());
    format!("{text}{:fill$}", "")
}

/// A figure or title on the right side of a column.
pub(super) fn right(text: &str, width: usize) -> String {
    let text = shorten(text, width.saturating_sub(1));
    let fill = width.saturating_sub(text.width());
    format!("{:fill$}{text}", "")
}

/// What a column shows of a row.
pub(super) fn cell(
    shown: Shown,
    row: &Row,
    window: &Window,
    trend: &[f64],
    width: usize,
) -> String {
    let figures = &row.figures;
    let written = |nanoseconds: Option<f64>| nanoseconds.map(time).unwrap_or_default();
    match shown {
        Shown::Figure(Column::Name) => row.label.clone(),
        Shown::Figure(Column::Rate) => rate(window, figures.calls),
        Shown::Figure(Column::P50) => written(row.p50),
        Shown::Figure(Column::P99) => written(row.p99),
        Shown::Figure(Column::Errors) => rate(window, figures.errors),
        Shown::Figure(Column::InFlight) => count(figures.in_flight),
        Shown::Figure(Column::Oldest) => written(figures.oldest_ns.map(|age| age as f64)),
        Shown::Figure(Column::Calls) => count(figures.all_calls),
        Shown::Trend => sparkline(trend, width.saturating_sub(GAPS.1)),
    }
}
