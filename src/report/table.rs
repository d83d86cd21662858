//! The report for people: a line on the processes, the table, and what is missing in it.
//! Colours are always in the text; whoever prints it takes them away where they don't belong.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use owo_colors::OwoColorize;
use unicode_width::UnicodeWidthStr;

use crate::report::columns::{Column, Columns, GAP, TITLE};
use crate::report::harmless::harmless;
use crate::report::model::Model;
use crate::report::order::{Order, arrange};
use crate::report::summary;
use crate::report::units::{count, counted};

/// How the report is to be shown.
#[derive(Debug, Clone)]
pub struct View<'a> {
    /// Whose recordings these are, for the first line.
    pub heading: &'a str,
    /// The width in terminal cells.
    pub width: usize,
    /// In which time zone moments are told.
    pub zone: TimeZone,
    /// The order of the functions.
    pub order: Order,
    /// At most this many functions; 0 for all.
    pub limit: usize,
}

/// The report as text.
#[must_use]
pub fn render(model: &Model, view: &View<'_>) -> String {
    let mut text = format!("{}\n", harmless(view.heading).bold());
    for it in summary::above(model, &view.zone, view.width) {
        line(&mut text, &it);
    }
    text.push('\n');
    let (functions, more) = arrange(&model.functions, view.order, view.limit);
    if functions.is_empty() {
        let hooked = counted(model.hooked.len() as u64, "function");
        line(
            &mut text,
            &format!("no call was recorded; {hooked} chosen by the targets so far"),
        );
    } else {
        rows(&mut text, &Columns::fit(&functions, view.width));
    }
    if more > 0 {
        let more = format!("… and {} more (use --limit 0)", count(more as u64));
        line(&mut text, &more.dimmed().to_string());
    }
    let below = summary::below(model);
    if !below.is_empty() {
        text.push('\n');
    }
    for it in below {
        line(&mut text, &it);
    }
    text
}

fn line(text: &mut String, content: &str) {
    text.push_str(content);
    text.push('\n');
}

fn rows(text: &mut String, table: &Columns) {
    let titles = table.columns.iter().map(|it| it.title);
    row(text, table, TITLE, titles, |_, padded| {
        padded.bold().to_string()
    });
    if table.columns.iter().any(|it| !it.unit.is_empty()) {
        let units = table.columns.iter().map(|it| it.unit);
        row(text, table, "", units, |_, padded| {
            padded.dimmed().to_string()
        });
    }
    for (index, name) in table.names.iter().enumerate() {
        let cells = table.columns.iter().map(|it| it.cells[index].as_str());
        row(text, table, name, cells, style);
    }
}

/// One line: the name to the left, the cells to the right of their columns.
fn row<'a>(
    text: &mut String,
    table: &Columns,
    name: &str,
    cells: impl Iterator<Item = &'a str>,
    style: impl Fn(Option<(&Column, &str)>, &str) -> String,
) {
    if !name.is_empty() {
        text.push_str(&style(None, name));
    }
    // Spaces wait for the next cell, so that no line ends in them.
    let mut pending = table.name_width.saturating_sub(name.width());
    for (column, cell) in table.columns.iter().zip(cells) {
        pending += GAP + column.width.saturating_sub(cell.width());
        if !cell.is_empty() {
            let _ = write!(text, "{:pending$}{}", "", style(Some((column, cell)), cell));
            pending = 0;
        }
    }
    text.push('\n');
}

/// Errors stand out where there are any.
fn style(of: Option<(&Column, &str)>, text: &str) -> String {
    match of {
        Some((column, "0")) if column.alarming => text.dimmed().to_string(),
        Some((column, _)) if column.alarming => text.red().to_string(),
        _ => text.to_owned(),
    }
}
