//! The rows of the table from a window's figures: filtered and sorted. Pure.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

use crate::harmless;
use crate::recording::process::State;
use crate::top::sample::{Reading, Sample};
use crate::top::window::{Figures, Key, Window};

/// What rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Column {
    /// The name, or the process id.
    Name,
    /// Calls a second.
    #[default]
    Rate,
    /// Half of the calls took at most this.
    P50,
    /// 99 of 100 did.
    P99,
    /// Errors a second.
    Errors,
    /// Calls in flight.
    InFlight,
    /// The oldest of them.
    Oldest,
    /// Calls since the start.
    Calls,
}

impl Column {
    /// In the order of the table.
    pub(super) const ALL: [Self; 8] = [
        Self::Name,
        Self::Rate,
        Self::P50,
        Self::P99,
        Self::Errors,
        Self::InFlight,
        Self::Oldest,
        Self::Calls,
    ];

    /// The name as in the line that tells the order.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Rate => "calls/s",
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::Errors => "errors/s",
            Self::InFlight => "in flight",
            Self::Oldest => "oldest",
            Self::Calls => "calls",
        }
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// What it is of.
    pub(super) key: Key,
    /// The function's name, or the process's id and command line; harmless to a terminal.
    pub(super) label: String,
    /// Of a process, what became of it.
    pub(super) state: Option<State>,
    /// Its figures.
    pub(super) figures: Figures,
    /// Half of the calls took at most this, in ns.
    pub(super) p50: Option<f64>,
    /// 99 of 100 calls took at most this, in ns.
    pub(super) p99: Option<f64>,
    /// The number that a process is sorted by as by its name.
    pid: u32,
}

impl Row {
    /// Takes over how long calls took.
    pub(super) fn take_latencies(&mut self, figures: &Figures) {
        let percentiles = figures.percentiles();
        (self.p50, self.p99) = (percentiles.map(|it| it.p50), percentiles.map(|it| it.p99));
    }
}

/// The rows whose label has the filter's text in it, whatever its case, in this order: names
/// ascending, all else with the greatest first, unless it is `reversed`.
pub(super) fn rows(
    window: &Window,
    sample: &Sample,
    filter: &str,
    sort: Column,
    reversed: bool,
) -> Vec<Row> {
    let readings: HashMap<_, &Rc<Reading>> =
        sample.readings.iter().map(|it| (&it.path, it)).collect();
    let filter = filter.to_lowercase();
    let figures = window.figures.iter();
    let mut rows: Vec<Row> = figures
        .filter(|(key, figures)| {
            let is_process = matches!(key, Key::Process(_));
            is_process || figures.all_calls > 0 || figures.in_flight > 0
        })
        .map(|(key, figures)| {
            let reading = match key {
                Key::Process(path) => readings.get(path),
                Key::Function(_) => None,
            };
            let mut row = Row {
                key: key.clone(),
                label: label(key, reading.map(|it| &***it)),
                state: reading.map(|it| it.state),
                pid: reading.map_or(0, |it| it.pid),
                p50: None,
                p99: None,
                figures: figures.clone(),
            };
            row.take_latencies(figures);
            row
        })
        .filter(|row| filter.is_empty() || row.label.to_lowercase().contains(&filter))
        .collect();
    rows.sort_by(|a, b| {
        let order = compare(a, b, sort);
        let order = if reversed { order.reverse() } else { order };
        order.then_with(|| by_name(a, b))
    });
    rows
}

fn label(key: &Key, reading: Option<&Reading>) -> String {
    match (key, reading) {
        (Key::Function(name), _) => harmless::line(name),
        (Key::Process(_), Some(reading)) => {
            let command: Vec<String> = reading.argv.iter().map(|it| harmless::line(it)).collect();
            let state = match reading.state {
                State::Running if !reading.recording => " off",
                State::Running => "",
                State::Exited => " exited",
                State::Killed => " killed",
            };
            format!("{}{state} {}", reading.pid, command.join(" "))
        }
        (Key::Process(path), None) => harmless::line(&path.to_string_lossy()),
    }
}

fn compare(a: &Row, b: &Row, by: Column) -> Ordering {
    let number = |row: &Row| -> Option<f64> {
        let figures = &row.figures;
        match by {
            Column::Name => None,
            Column::Rate => Some(figures.calls as f64),
            Column::P50 => row.p50,
            Column::P99 => row.p99,
            Column::Errors => Some(figures.errors as f64),
            Column::InFlight => Some(figures.in_flight as f64),
            Column::Oldest => figures.oldest_ns.map(|age| age as f64),
            Column::Calls => Some(figures.all_calls as f64),
        }
    };
    if by == Column::Name {
        return by_name(a, b);
    }
    match (number(a), number(b)) {
        (Some(a), Some(b)) => b.total_cmp(&a),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
    .then_with(|| b.figures.all_calls.cmp(&a.figures.all_calls))
}

fn by_name(a: &Row, b: &Row) -> Ordering {
    (a.pid, &a.label, &a.key).cmp(&(b.pid, &b.label, &b.key))
}
