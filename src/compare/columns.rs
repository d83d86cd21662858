//! The rows of a comparison's table: what became of each function, before and after in each
//! column, and which columns a narrow terminal gets.

use owo_colors::OwoColorize;
use unicode_width::UnicodeWidthStr;

use crate::compare::side::{Side, SideTimes};
use crate::compare::verdict::{Compared, Errors, Figure, Verdict};
use crate::harmless;
use crate::report::aligned::aligned;
use crate::report::units::{Form, count, duration};

/// A column of times: its title, how important it is, and what stands in it.
type Times = (&'static str, u8, fn(&SideTimes) -> f64);

const TIMES: [Times; 4] = [
    ("mean", 5, |it| it.mean_ns),
    ("p50", 3, |it| it.percentiles.p50),
    ("p99", 4, |it| it.percentiles.p99),
    ("total", 2, |it| it.total_ns as f64),
];

/// One column, from the most important to the least.
struct Column {
    title: &'static str,
    unit: &'static str,
    cells: Vec<String>,
    importance: u8,
}

pub(super) fn rows(functions: &[&Compared], width: usize) -> Vec<String> {
    let mut columns = columns(functions);
    let names: Vec<String> = functions
        .iter()
        .map(|it| harmless::line(&it.name))
        .collect();
    let longest = names.iter().map(|it| it.width()).max().unwrap_or(0);
    let needed = |columns: &[Column]| -> usize {
        let of = |it: &Column| {
            let cells = it.cells.iter().map(|cell| cell.chars().count());
            2 + cells
                .chain([it.title.len(), it.unit.chars().count()])
                .max()
                .unwrap_or(0)
        };
        longest.min(40) + columns.iter().map(of).sum::<usize>()
    };
    while columns.len() > 2 && needed(&columns) > width {
        let least = columns.iter().map(|it| it.importance).min();
        columns.retain(|it| Some(it.importance) != least);
    }
    let titles = columns.iter().map(|it| it.title.bold().to_string());
    let titles = std::iter::once("function".bold().to_string()).chain(titles);
    let units = columns.iter().map(|it| it.unit.dimmed().to_string());
    let units = std::iter::once(String::new()).chain(units);
    let mut rows: Vec<Vec<String>> = vec![titles.collect(), units.collect()];
    for (index, function) in functions.iter().enumerate() {
        let cells = columns.iter().map(|it| match it.title {
            "" => styled(function, &it.cells[index]),
            _ => it.cells[index].clone(),
        });
        let name = std::iter::once(names[index].clone());
        rows.push(name.chain(cells).collect());
    }
    aligned(rows, |column| column > 1)
}

fn columns(functions: &[&Compared]) -> Vec<Column> {
    let plain = |title, importance, of: &dyn Fn(&Compared) -> String| Column {
        title,
        unit: "",
        cells: functions.iter().map(|it| of(it)).collect(),
        importance,
    };
    let mut all = vec![
        plain("", 10, &verdict),
        plain("change", 9, &change),
        plain("impact", 8, &|it| match it.impact_ns {
            0.0 => String::new(),
            time if time < 0.0 => format!("−{}", duration(-time as u64)),
            time => format!("+{}", duration(time as u64)),
        }),
        plain("calls", 6, &|it| {
            let calls = |side: &Option<Side>| side.as_ref().map_or(0, |it| it.calls);
            arrow(&count(calls(&it.before)), &count(calls(&it.after)))
        }),
    ];
    if functions.iter().any(|it| it.errors != Errors::Same) {
        all.push(plain("errors", 7, &|it| {
            let share = |side: &Option<Side>| {
                let side = side.as_ref().filter(|it| it.calls > 0);
                side.map_or(String::new(), |it| {
                    format!("{} %", percent_of(it.errors as f64 / it.calls as f64))
                })
            };
            arrow(&share(&it.before), &share(&it.after))
        }));
    }
    for (title, importance, of) in TIMES {
        let time = |side: &Option<Side>| side.as_ref().and_then(|it| it.times.as_ref()).map(of);
        let both: Vec<_> = (functions.iter())
            .map(|it| (time(&it.before), time(&it.after)))
            .collect();
        let known: Vec<f64> = both.iter().flat_map(|it| [it.0, it.1]).flatten().collect();
        if known.is_empty() {
            continue;
        }
        let form = Form::of(known.into_iter());
        let write = |time: Option<f64>| time.map_or(String::new(), |it| form.write(it));
        all.push(Column {
            title,
            unit: form.unit.symbol,
            cells: both
                .iter()
                .map(|it| arrow(&write(it.0), &write(it.1)))
                .collect(),
            importance,
        });
    }
    all
}

/// Both, or the one that is there.
fn arrow(before: &str, after: &str) -> String {
    if before == after {
        return before.to_owned();
    }
    match (before, after) {
        ("", _) => format!("→ {after}"),
        (_, "") => format!("{before} →"),
        _ => format!("{before} → {after}"),
    }
}

fn verdict(it: &Compared) -> String {
    match (it.verdict, it.errors.name()) {
        (verdict, None) => verdict.name().to_owned(),
        (Verdict::Same | Verdict::Unclear | Verdict::TooFew | Verdict::Untimed, Some(errors)) => {
            errors.to_owned()
        }
        (verdict, Some(errors)) => format!("{}, {errors}", verdict.name()),
    }
}

fn styled(it: &Compared, text: &str) -> String {
    match it.verdict {
        _ if it.worse() => text.red().to_string(),
        _ if !it.changed() => text.dimmed().to_string(),
        Verdict::New | Verdict::Gone => text.yellow().to_string(),
        _ => text.green().to_string(),
    }
}

fn change(it: &Compared) -> String {
    it.change.as_ref().map_or(String::new(), |change| {
        let (low, high) = change.interval();
        let fast = match change.figure {
            Figure::Typical => "",
            Figure::Fast => " fast",
        };
        format!(
            "{} ± {:.1}{fast}",
            signed(change.share()),
            50.0 * (high - low)
        )
    })
}

/// A share in percent with its sign.
pub(super) fn signed(share: f64) -> String {
    let percent = 100.0 * share;
    let sign = if percent < 0.0 { '−' } else { '+' };
    format!("{sign}{:.1} %", percent.abs())
}

/// A share in percent, with as many decimals as say something.
pub(super) fn percent_of(share: f64) -> String {
    match 100.0 * share {
        0.0 => "0".to_owned(),
        percent @ ..10.0 => format!("{percent:.1}"),
        percent => format!("{percent:.0}"),
    }
}
