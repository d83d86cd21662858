//! `probe stacks` for people: a block a process, a paragraph a thread, a line a call, outermost
//! first. Colours are always in the text; whoever prints it takes them away where they don't
//! belong.

use jiff::tz::TimeZone;
use owo_colors::OwoColorize;
use unicode_width::UnicodeWidthStr;

use crate::harmless;
use crate::recording::header::Detail;
use crate::recording::process::State;
use crate::report::columns::shorten;
use crate::report::json::timestamp;
use crate::report::model::{Model, Process};
use crate::report::stacks::Stack;
use crate::report::standing::{Standing, standing};
use crate::report::units::{counted, duration};

/// The least that is left of a name or a command line on a narrow terminal.
const LEAST: usize = 20;

/// What runs and what ran, as text of at most this many terminal cells a line, as far as
/// `LEAST` allows. Processes of which nothing is known that hasn't ended get one line together.
#[must_use]
pub fn render(model: &Model, heading: &str, width: usize, zone: &TimeZone) -> String {
    let standing = standing(model);
    let mut text = format!("{}\n", harmless::line(heading).bold());
    let (idle, busy): (Vec<_>, Vec<_>) = standing.iter().partition(|it| is_dull(it));
    for it in busy {
        text.push('\n');
        block(&mut text, it, width, zone);
    }
    let idle = |state| idle.iter().filter(|it| it.process.state == state).count() as u64;
    let exited = model.processes.iter();
    let exited = exited.filter(|it| it.state == State::Exited).count() as u64;
    let rest = [
        (idle(State::Running), "running and in no timed call"),
        (idle(State::Killed), "killed while in no timed call"),
        (exited, "exited"),
    ];
    let rest: Vec<String> = rest
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| {
            let noun = if number == 1 { "process" } else { "processes" };
            format!("{number} {noun} {what}")
        })
        .collect();
    if !rest.is_empty() {
        text.push_str(&format!("\n{}\n", rest.join(", ")));
    }
    text
}

/// Nothing hasn't ended, and nothing has to be said of that.
fn is_dull(it: &Standing<'_>) -> bool {
    it.is_idle() && it.process.detail == Detail::Tree
}

fn block(text: &mut String, it: &Standing<'_>, width: usize, zone: &TimeZone) {
    title(text, it.process, width, zone);
    for thread in &it.threads {
        paragraph(text, thread, width);
    }
    let stacked = it.process.detail == Detail::Tree;
    if !stacked {
        let detail = it.process.detail.name();
        text.push_str(&format!(
            "  no stacks: it records in detail `{detail}`, only `tree` tells what calls what\n"
        ));
    }
    if it.without_stack.is_empty() {
        return;
    }
    let why = if stacked {
        "on no thread: suspended generators and coroutines"
    } else {
        "begun and not ended"
    };
    text.push_str(&format!("  {why}\n"));
    let numbers = it.without_stack.iter();
    let numbers: Vec<String> = numbers.map(|(_, calls)| counted(*calls, "call")).collect();
    let column = numbers.iter().map(|it| it.width()).max().unwrap_or(0);
    for ((name, _), number) in it.without_stack.iter().zip(&numbers) {
        call(text, number, column, name, width);
    }
}

fn title(text: &mut String, process: &Process, width: usize, zone: &TimeZone) {
    let moment = timestamp(process.started).to_zoned(zone.clone());
    let since = moment.strftime("%Y-%m-%d %H:%M:%S");
    let parts: Vec<String> = process.argv.iter().map(|it| harmless::line(it)).collect();
    let (state, start) = match process.state {
        State::Running => ("running".green().to_string(), format!("since {since}")),
        other => (other.name().red().to_string(), format!("started {since}")),
    };
    let pid = format!("process {}", process.pid);
    let taken = pid.width() + process.state.name().width() + start.width() + 3 * " · ".width();
    let command = shorten(&parts.join(" "), width.saturating_sub(taken).max(LEAST));
    text.push_str(&format!("{} · {state} · {start} · {command}\n", pid.bold()));
}

fn paragraph(text: &mut String, stack: &Stack, width: usize) {
    let thread = match stack.thread {
        0 => "a thread".to_owned(),
        id => format!("thread {id}"),
    };
    let note = match stack.state {
        State::Running => "",
        _ => ", had been running for at least",
    };
    text.push_str(&format!("  {thread}{note}\n"));
    let ages: Vec<String> = stack.frames.iter().map(|it| duration(it.age_ns)).collect();
    let column = ages.iter().map(|it| it.width()).max().unwrap_or(0);
    for (frame, age) in stack.frames.iter().zip(&ages) {
        call(text, age, column, &frame.name, width);
    }
    if stack.past > 0 {
        let more = counted(stack.past, "call");
        text.push_str(&format!(
            "    {:column$}  … and {more} within it, for which the stack had no room\n",
            ""
        ));
    }
}

/// A line with a figure of so many cells and the name of a function.
fn call(text: &mut String, figure: &str, column: usize, name: &str, width: usize) {
    let name = harmless::line(name);
    let name = shorten(&name, width.saturating_sub(4 + column + 2).max(LEAST));
    let fill = column.saturating_sub(figure.width());
    text.push_str(&format!("    {:fill$}{figure}  {name}\n", ""));
}
