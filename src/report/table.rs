//! The report for people: a line on the processes, the table, and what is missing in it.
//! Colours are always in the text; whoever prints it takes them away where they don't belong.

use jiff::tz::TimeZone;
use owo_colors::OwoColorize;

use crate::harmless;
use crate::report::aligned::aligned;
use crate::report::columns::{Column, Columns, TITLE};
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
    let mut text = format!("{}\n", harmless::line(view.heading).bold());
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

fn rows(text: &mut String, content: &Columns) {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let titles = content.columns.iter().map(|it| it.title.bold().to_string());
    rows.push(
        std::iter::once(TITLE.bold().to_string())
            .chain(titles)
            .collect(),
    );
    if content.columns.iter().any(|it| !it.unit.is_empty()) {
        let units = content
            .columns
            .iter()
            .map(|it| it.unit.dimmed().to_string());
        rows.push(std::iter::once(String::new()).chain(units).collect());
    }
    for (index, name) in content.names.iter().enumerate() {
        let cells = content.columns.iter().map(|it| style(it, &it.cells[index]));
        rows.push(std::iter::once(name.clone()).chain(cells).collect());
    }
    for it in aligned(rows, |column| column > 0) {
        line(text, &it);
    }
}

/// Errors stand out where there are any.
fn style(column: &Column, cell: &str) -> String {
    match cell {
        "0" if column.alarming => cell.dimmed().to_string(),
        _ if column.alarming => cell.red().to_string(),
        _ => cell.to_owned(),
    }
}
