//! A comparison for people: what is compared, what all functions have in common, the functions
//! that changed, and how many didn't. Colours are always in the text; whoever prints it takes
//! them away where they don't belong.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use owo_colors::OwoColorize;

use crate::compare::codec::timestamp;
use crate::compare::columns::{percent_of, rows, signed};
use crate::compare::side::{LEAST_CALLS, LEAST_PROCESSES};
use crate::compare::snapshot::{Group, Snapshot};
use crate::compare::verdict::{Compared, Comparison, Figure, Verdict};
use crate::harmless;
use crate::report::units::{count, counted};

/// How the comparison is to be shown.
#[derive(Debug, Clone)]
pub struct View<'a> {
    /// The names of the two files.
    pub names: [&'a str; 2],
    /// The width in terminal cells.
    pub width: usize,
    /// In which time zone moments are told.
    pub zone: TimeZone,
    /// The threshold, in percent.
    pub threshold: f64,
    /// Whether all functions are shown, not only those that changed.
    pub all: bool,
    /// At most this many functions; 0 for all.
    pub limit: usize,
}

/// The comparison as text.
#[must_use]
pub fn render(comparison: &Comparison, sources: [&Snapshot; 2], view: &View<'_>) -> String {
    let mut lines: Vec<String> = Vec::new();
    for ((title, name), source) in ["before", "after"].iter().zip(view.names).zip(sources) {
        lines.push(format!("{:<8}{}", title, heading(name, source, &view.zone)));
    }
    lines.extend(differences(sources));
    lines.push(machine(comparison));
    lines.push(String::new());
    let shown: Vec<&Compared> = (comparison.functions.iter())
        .filter(|it| view.all || it.changed())
        .collect();
    let limit = if view.limit == 0 {
        shown.len()
    } else {
        view.limit
    };
    if shown.is_empty() {
        lines.push("no function changed".bold().to_string());
    } else {
        lines.extend(rows(&shown[..limit.min(shown.len())], view.width));
    }
    if shown.len() > limit {
        let more = count((shown.len() - limit) as u64);
        lines.push(
            format!("… and {more} more (use --limit 0)")
                .dimmed()
                .to_string(),
        );
    }
    lines.push(String::new());
    if !view.all {
        lines.extend(others(comparison));
    }
    lines.extend(luck(comparison, sources));
    lines.extend(explanation(comparison, view.threshold));
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

fn heading(name: &str, it: &Snapshot, zone: &TimeZone) -> String {
    let taken = timestamp(it.taken).to_zoned(zone.clone());
    let pythons: Vec<&str> = it.all(|group| &group.pythons).into_iter().collect();
    let processes = counted(it.processes(), "process");
    let mut text = format!(
        "{}  {processes} · {} · python {}",
        harmless::line(name).bold(),
        taken.strftime("%Y-%m-%d %H:%M:%S"),
        harmless::line(&pythons.join(", ")),
    );
    if it.missing > 0 {
        text.push_str(&format!(
            " · {} missing",
            counted(it.missing, "recording or function")
        ));
    }
    text
}

/// What else than the program may be why figures differ.
fn differences(sources: [&Snapshot; 2]) -> Option<String> {
    let mut differ = Vec::new();
    for (what, of) in [
        (
            "machine",
            (|it| &it.hosts) as fn(&Group) -> &BTreeSet<String>,
        ),
        ("Python", |it| &it.pythons),
        ("engine", |it| &it.engines),
        ("detail", |it| &it.details),
    ] {
        let [before, after] = sources.map(|it| it.all(of));
        if before != after {
            differ.push(what);
        }
    }
    if differ.is_empty() {
        return None;
    }
    let text = format!("not recorded by the same {}", differ.join(", "));
    Some(text.yellow().to_string())
}

/// What all functions have in common, and how much they differ by chance.
fn machine(it: &Comparison) -> String {
    let [typical, fast] = it.noise.map(percent_of);
    if it.noise_assumed {
        return format!(
            "too few functions to tell the machine's part: runs are taken to differ by {typical} %"
        );
    }
    let noise = format!("from run to run they differ by {typical} % (fast calls: {fast} %)");
    match it.drift {
        Some(drift) => format!(
            "all functions alike: {}, taken away below; {noise}",
            signed(drift - 1.0)
        ),
        None => format!("what all functions have in common is in each; {noise}"),
    }
}

/// How many didn't change, and why that is said of them.
fn others(it: &Comparison) -> Vec<String> {
    let number = |verdict| {
        let all = it
            .functions
            .iter()
            .filter(|it| !it.changed() && it.verdict == verdict);
        all.count() as u64
    };
    let parts = [
        (Verdict::Same, "the same".to_owned()),
        (
            Verdict::Unclear,
            "unclear: too much chance in them to tell".to_owned(),
        ),
        (
            Verdict::TooFew,
            format!("with too few calls to tell (fewer than {LEAST_CALLS})"),
        ),
        (Verdict::Untimed, "not timed".to_owned()),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(verdict, _)| number(*verdict) > 0)
        .map(|(verdict, text)| format!("{} {text}", count(number(verdict))))
        .collect();
    if parts.is_empty() {
        return Vec::new();
    }
    vec![format!("{} (--all shows them)", parts.join(", "))]
}

/// What too few processes can't tell, where something is named by them.
fn luck(it: &Comparison, sources: [&Snapshot; 2]) -> Option<String> {
    let few = (sources.iter()).any(|it| it.groups.len() < LEAST_PROCESSES);
    let named = |it: &Compared| matches!(it.verdict, Verdict::Slower | Verdict::Faster);
    let text = format!(
        "a whole process can be slow by bad luck: record {LEAST_PROCESSES} or more on each side to rule it out"
    );
    (few && it.functions.iter().any(named)).then(|| text.yellow().to_string())
}

/// Which test, and of what.
fn explanation(it: &Comparison, threshold: f64) -> Vec<String> {
    let changes = || it.functions.iter().filter_map(|it| it.change);
    if it.tested == 0 {
        return Vec::new();
    }
    let by_processes = changes().any(|it| it.processes.is_some() && it.figure == Figure::Typical);
    let chance = match (by_processes, it.noise_assumed) {
        (true, false) => "processes and functions differ",
        (true, true) => "processes differ, and 5 % between runs",
        (false, false) => "calls and functions differ",
        (false, true) => "calls differ, and 5 % between runs",
    };
    let functions = counted(it.tested as u64, "function");
    let lines = [
        "change: how much longer a call takes, ± its 95 % interval, by the mean of the middle 80 %"
            .to_owned(),
        "of all calls; `fast`: by the mean from the 1st to the 10th percentile".to_owned(),
        format!(
            "slower, faster: beyond {threshold} %, and surely beyond half of it, given how much"
        ),
        format!("{chance} (t-test, 5 %, Holm's correction over {functions});"),
        "calls, p50, p99 and totals aren't tested".to_owned(),
    ];
    lines
        .into_iter()
        .map(|it| it.dimmed().to_string())
        .collect()
}
