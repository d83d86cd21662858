//! The lines above and below the table: whose recordings these are, and what is missing.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use crate::harmless;
use crate::recording::process::State;
use crate::report::columns::shorten;
use crate::report::json::timestamp;
use crate::report::model::{Model, Process, Unfinished};
use crate::report::units::{count, counted, duration};

/// Between the parts of a line.
const SEPARATOR: &str = " · ";

/// The processes: their states, when they ran, what they ran, and how they were recorded; as
/// many lines as the width needs.
pub(super) fn above(model: &Model, zone: &TimeZone, width: usize) -> Vec<String> {
    let processes = &model.processes;
    let python = names(processes, |it| it.python.to_string());
    let engine = names(processes, |it| it.engine.name().to_owned());
    let detail = names(processes, |it| it.detail.name().to_owned());
    let parts = [
        states(processes),
        span(processes, zone),
        commands(processes, width),
        format!("python {python}"),
        format!("engine {engine}"),
        format!("detail {detail}"),
    ];
    let mut lines: Vec<String> = Vec::new();
    for part in parts.into_iter().filter(|it| !it.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.width() + part.width() + SEPARATOR.width() <= width => {
                line.push_str(SEPARATOR);
                line.push_str(&part);
            }
            _ => lines.push(part),
        }
    }
    lines
}

/// What the table doesn't show, a sentence a line.
pub(super) fn below(model: &Model) -> Vec<String> {
    let mut lines: Vec<String> = model.unfinished.iter().map(unfinished).collect();
    lines.extend(missing(model));
    if model.overhead_ns > 0 {
        let time = duration(model.overhead_ns);
        let share = share(model.overhead_ns, recorded_ns(model));
        lines.push(format!("the probe took about {time}{share}"));
    }
    lines
}

/// What no figure has, a sentence a line.
pub(super) fn missing(model: &Model) -> Vec<String> {
    let mut lines = Vec::new();
    let dropped = model.dropped;
    for (number, noun, one, many) in [
        (
            dropped.functions,
            "function",
            "had no room in a recording and is missing here",
            "had no room in a recording and are missing here",
        ),
        (
            dropped.nodes,
            "call",
            "had no room in the call tree, which alone lacks it",
            "had no room in the call tree, which alone lacks them",
        ),
        (
            dropped.stacks,
            "call stack",
            "had no room or was repaired; some calls may have a wrong place in the call tree",
            "had no room or were repaired; some calls may have a wrong place in the call tree",
        ),
        (
            dropped.recordings,
            "recording",
            "could not be read and is missing here",
            "could not be read and are missing here",
        ),
        (
            model.stopped.len() as u64,
            "recording",
            "stopped early; later calls of its process are missing here",
            "stopped early; later calls of their processes are missing here",
        ),
    ] {
        if number > 0 {
            let rest = if number == 1 { one } else { many };
            lines.push(format!("{} {rest}", counted(number, noun)));
        }
    }
    lines
}

/// The time that was recorded, in ns; what lies within another function counts once where the
/// call tree tells it.
fn recorded_ns(model: &Model) -> u64 {
    let times = model.functions.iter().filter_map(|it| it.time);
    times
        .map(|time| time.self_ns.unwrap_or(time.total_ns))
        .fold(0, u64::saturating_add)
}

/// A part as a share of a whole, where there is a whole.
fn share(part: u64, whole: u64) -> String {
    match 100.0 * part as f64 / whole as f64 {
        _ if whole == 0 => String::new(),
        ..0.1 => ", under 0.1 % of the recorded time".to_owned(),
        percent @ ..10.0 => format!(", {percent:.1} % of the recorded time"),
        percent => format!(", {percent:.0} % of the recorded time"),
    }
}

fn states(processes: &[Process]) -> String {
    let number = |state| processes.iter().filter(|it| it.state == state).count();
    let states: Vec<String> = [State::Running, State::Exited, State::Killed]
        .into_iter()
        .filter(|state| number(*state) > 0)
        .map(|state| format!("{} {}", number(state), state.name()))
        .collect();
    let all = match processes.len() {
        1 => "1 process".to_owned(),
        number => format!("{} processes", count(number as u64)),
    };
    match states.len() {
        0 => all,
        _ => format!("{all}: {}", states.join(", ")),
    }
}

/// The command lines, as far as they fit into half a line.
fn commands(processes: &[Process], width: usize) -> String {
    let all = names(processes, |it| {
        let parts: Vec<String> = it.argv.iter().map(|part| harmless::line(part)).collect();
        parts.join(" ")
    });
    shorten(&all, (width / 2).max(20))
}

/// From the first start to the last known end.
fn span(processes: &[Process], zone: &TimeZone) -> String {
    let moment = |wall| timestamp(wall).to_zoned(zone.clone());
    let Some(start) = processes.iter().map(|it| it.started).min() else {
        return String::new();
    };
    let from = moment(start);
    let text = from.strftime("%Y-%m-%d %H:%M:%S").to_string();
    if processes.iter().any(|it| it.state == State::Running) {
        return format!("{text} to now");
    }
    match processes.iter().filter_map(|it| it.ended).max() {
        // A killed process leaves no time of its end, and clocks may be set back.
        Some(end) if end >= start => {
            let to = moment(end);
            let form = if from.date() == to.date() {
                "%H:%M:%S"
            } else {
                "%Y-%m-%d %H:%M:%S"
            };
            format!(
                "{text} to {} ({})",
                to.strftime(form),
                duration(end - start)
            )
        }
        _ => format!("from {text}"),
    }
}

/// What the processes are, each kind once, in the order of its first process.
fn names(processes: &[Process], of: impl Fn(&Process) -> String) -> String {
    let mut names: Vec<String> = Vec::new();
    for name in processes.iter().map(of) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

fn unfinished(it: &Unfinished) -> String {
    let mut by_name: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, calls) in &it.calls {
        let sum = by_name.entry(name).or_default();
        *sum = sum.saturating_add(*calls);
    }
    let all = by_name
        .values()
        .fold(0_u64, |sum, it| sum.saturating_add(*it));
    let names: Vec<String> = by_name
        .iter()
        .map(|(name, calls)| match calls {
            1 => harmless::line(name),
            _ => format!("{} ({calls} times)", harmless::line(name)),
        })
        .collect();
    format!(
        "process {} was killed with {} unfinished: {}",
        it.pid,
        counted(all, "call"),
        names.join(", ")
    )
}
