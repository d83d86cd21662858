//! Two readings as one table of text, or as JSON: `probe top --once`.

use std::collections::HashMap;
use std::path::Path;

use owo_colors::OwoColorize;
use serde::Serialize;

use crate::harmless;
use crate::report::Model;
use crate::report::json::Report;
use crate::report::model::Function;
use crate::report::order::{Order, arrange};
use crate::top::columns::{Layout, cell, left, right};
use crate::top::figures::{count, written_rate};
use crate::top::rows::{Column, rows};
use crate::top::sample::Sample;
use crate::top::window::{By, Key, Only, Question, Wanted, Window, between};

/// What happened between two samples, by function.
#[must_use]
pub fn window(before: &Sample, after: &Sample) -> Window {
    between(
        Some(before),
        after,
        Question {
            by: By::Function,
            only: &Only::default(),
            wanted: Wanted::Window,
            among: None,
        },
    )
}

/// The functions by their calls a second, at most so many of them.
#[must_use]
pub fn render(
    window: &Window,
    after: &Sample,
    heading: &str,
    width: usize,
    limit: usize,
) -> String {
    let mut text = format!("{}\n", harmless::line(heading).bold());
    let rows = rows(window, after, "", Column::Rate, false);
    let calls = rows.iter().map(|row| row.figures.calls).sum();
    let rate = window
        .rate(calls)
        .map_or_else(|| "?".to_owned(), written_rate);
    let number = after.readings.len() as u64;
    let processes = if number == 1 { "process" } else { "processes" };
    text.push_str(&format!(
        "{} {processes} · {rate} calls/s in {:.1} s\n",
        count(number),
        window.seconds
    ));
    if rows.is_empty() {
        text.push_str("\nno chosen function was called by a process that runs\n");
        return text;
    }
    let shown = match limit {
        0 => rows.len(),
        limit => limit.min(rows.len()),
    };
    let layout = Layout::fit(&rows[..shown], Column::Rate, false, width);
    let mut title = left("function", layout.name);
    for (shown, width) in &layout.columns {
        title.push_str(&right(shown.title(), *width));
    }
    text.push_str(&format!("\n{}\n", title.bold()));
    for row in &rows[..shown] {
        let mut line = left(&row.label, layout.name);
        for (shown, width) in &layout.columns {
            line.push_str(&right(&cell(*shown, row, window, &[], *width), *width));
        }
        text.push_str(&line);
        text.push('\n');
    }
    let more = rows.len() - shown;
    if more > 0 {
        let more = format!("… and {more} more (all of them with --json)");
        text.push_str(&format!("{}\n", more.dimmed()));
    }
    text
}

/// The document: a report's, with the window and the rates.
#[derive(Debug, Serialize)]
pub struct Top<'a> {
    #[serde(flatten)]
    report: Report<'a>,
    /// How long the window was, in seconds.
    window_s: f64,
}

/// The report of this model with what happened in a window: the rates of functions that no
/// running process has are 0.
#[must_use]
pub fn json<'a>(model: &'a Model, venv: Option<&Path>, window: &Window) -> Top<'a> {
    let rates: HashMap<&str, f64> = window
        .figures
        .iter()
        .filter_map(|(key, figures)| match key {
            Key::Function(name) => Some((&**name, window.rate(figures.calls)?)),
            Key::Process(_) => None,
        })
        .collect();
    let (functions, _) = arrange(&model.functions, Order::Total, 0);
    let rate = |function: &Function| rates.get(&*function.name).copied().unwrap_or(0.0);
    Top {
        report: Report::new(model, venv, &functions).with_rates(rate, &functions),
        window_s: window.seconds,
    }
}
