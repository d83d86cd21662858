//! The lines above and below the table: whose recordings these are, and what is missing.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use crate::harmless;
use crate::recording::process::State;
use crate::report::columns::shorten;
use crate::report::json::timestamp;
use crate::report::model::{Model, Process};
use crate::report::stacks::Stack;
use crate::report::standing::{Standing, standing};
use crate::report::units::{count, counted, duration};

/// Between the parts of a line.
const SEPARATOR: &str = " · ";

/// Of killed processes, their threads, a thread's calls and a process's functions, no more are
/// told than this: `probe stacks` tells all.
const MOST_PROCESSES: usize = 5;
const MOST_THREADS: usize = 3;
const MOST_FRAMES: usize = 4;
const MOST_NAMES: usize = 6;

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
    let mut lines = killed(model);
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
    let all = counted(processes.len() as u64, "process");
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

/// The processes that were killed, and what they were in: the last few, the innermost calls.
fn killed(model: &Model) -> Vec<String> {
    let mut lines = Vec::new();
    let standing = standing(model);
    let killed = standing
        .iter()
        .filter(|it| it.process.state == State::Killed);
    let (idle, busy): (Vec<&Standing<'_>>, Vec<_>) = killed.partition(|it| it.is_idle());
    if !idle.is_empty() {
        let pids = idle.iter().rev().map(|it| it.process.pid.to_string());
        let (noun, were) = plural(idle.len());
        let pids = first(pids.collect(), MOST_PROCESSES, ", ");
        lines.push(format!("{noun} {pids} {were} killed in no timed call"));
    }
    // Who died last is looked for first.
    for it in busy.iter().rev().take(MOST_PROCESSES) {
        lines.push(unfinished(it));
        lines.extend(it.threads.iter().take(MOST_THREADS).map(|it| innermost(it)));
        if it.threads.len() > MOST_THREADS {
            let more = it.threads.len() - MOST_THREADS;
            lines.push(format!("  … and {}", counted(more as u64, "more thread")));
        }
    }
    let more = busy.len().saturating_sub(MOST_PROCESSES);
    if more > 0 {
        let (noun, were) = plural(more);
        let more = count(more as u64);
        lines.push(format!(
            "… and {more} more {noun} {were} killed with calls unfinished"
        ));
    }
    if !busy.is_empty() {
        lines.push("`probe stacks` shows all of what was running".to_owned());
    }
    lines
}

fn plural(number: usize) -> (&'static str, &'static str) {
    match number {
        1 => ("process", "was"),
        _ => ("processes", "were"),
    }
}

/// The first of these texts, and how many more there are.
fn first(mut texts: Vec<String>, most: usize, between: &str) -> String {
    let more = texts.len().saturating_sub(most);
    texts.truncate(most);
    if more > 0 {
        texts.push(format!("… {} more", count(more as u64)));
    }
    texts.join(between)
}

fn unfinished(it: &Standing<'_>) -> String {
    let mut by_name: BTreeMap<&str, u64> = it.without_stack.iter().copied().collect();
    for frame in it.threads.iter().flat_map(|stack| &stack.frames) {
        let sum = by_name.entry(&frame.name).or_default();
        *sum = sum.saturating_add(1);
    }
    let all = by_name
        .values()
        .fold(0_u64, |sum, it| sum.saturating_add(*it));
    let names = by_name.iter().map(|(name, calls)| match calls {
        1 => harmless::line(name),
        _ => format!("{} ({} times)", harmless::line(name), count(*calls)),
    });
    format!(
        "process {} was killed with {} unfinished: {}",
        it.process.pid,
        counted(all, "call"),
        first(names.collect(), MOST_NAMES, ", ")
    )
}

/// The innermost calls of a thread, and how long the last of them ran.
fn innermost(stack: &Stack) -> String {
    let past = stack.frames.len().saturating_sub(MOST_FRAMES);
    let mut way: Vec<String> = Vec::new();
    if past > 0 {
        way.push("…".to_owned());
    }
    let shown = stack.frames.iter().skip(past);
    way.extend(shown.map(|it| harmless::line(&it.name)));
    if stack.past > 0 {
        way.push("…".to_owned());
    }
    let since = match stack.frames.last().map_or(0, |it| it.age_ns) {
        0 => String::new(),
        age => format!(", the last for at least {}", duration(age)),
    };
    format!("  thread {}{since}: {}", stack.thread, way.join(" › "))
}
