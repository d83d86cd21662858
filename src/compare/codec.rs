//! A snapshot as JSON, format 1, and back. Each group and each function has a line of its own,
//! so that tools for texts can handle it. Nothing that is read is trusted: a slot that doesn't
//! exist, a group that isn't there, a clock that no machine has are errors with their place.
//! Keys that aren't known are ignored, so that later probes may add some.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::compare::error::SnapshotError;
use crate::compare::snapshot::{Entry, Group, Part, Snapshot, Times};
use crate::compare::sparse::Sparse;
use crate::latency::Scale;
use crate::recording::layout::SLOTS;

/// The format's number.
const SCHEMA: u64 = 1;

/// What the key `format` says.
const FORMAT: &str = "probe snapshot";

/// A longer file isn't read: 32 groups of 10,000 functions have a tenth of it.
const MOST_BYTES: u64 = 512 << 20;

/// Names are cut by whoever records them, at this many bytes.
const MOST_NAME: usize = 65_536;

/// As much of the document as tells what it is.
#[derive(Debug, Deserialize)]
struct Kind {
    schema: u64,
    format: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Document {
    schema: u64,
    format: String,
    taken: Timestamp,
    venv: Option<String>,
    missing: u64,
    groups: Vec<GroupLine>,
    functions: Vec<FunctionLine>,
}

#[derive(Debug, Serialize, Deserialize)]
struct GroupLine {
    processes: u64,
    started: Timestamp,
    ended: Option<Timestamp>,
    hosts: BTreeSet<String>,
    pythons: BTreeSet<String>,
    engines: BTreeSet<String>,
    details: BTreeSet<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FunctionLine {
    name: String,
    parts: Vec<PartEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct PartEntry {
    group: usize,
    calls: u64,
    errors: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<TimesEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct TimesEntry {
    total_ns: u64,
    self_ns: Option<u64>,
    min_ns: u64,
    max_ns: u64,
    latencies: Vec<LatenciesEntry>,
}

/// A tick is 2^(scale / 1024) ns; each slot with its count.
#[derive(Debug, Serialize, Deserialize)]
struct LatenciesEntry {
    scale: i32,
    slots: Vec<(u16, u64)>,
}

/// The snapshot as the content of a file.
///
/// # Errors
/// Never, as far as its values are what they may be.
pub fn write(snapshot: &Snapshot) -> Result<String, serde_json::Error> {
    let mut text = format!("{{\n  \"schema\": {SCHEMA},\n");
    for (key, value) in [
        ("format", serde_json::to_string(FORMAT)?),
        ("taken", serde_json::to_string(&timestamp(snapshot.taken))?),
        ("venv", serde_json::to_string(&snapshot.venv)?),
        ("missing", snapshot.missing.to_string()),
        ("groups", lines(snapshot.groups.iter().map(group_line))?),
        (
            "functions",
            lines(snapshot.functions.iter().map(function_line))?,
        ),
    ] {
        let comma = if key == "functions" { "" } else { "," };
        text.push_str(&format!("  \"{key}\": {value}{comma}\n"));
    }
    text.push_str("}\n");
    Ok(crate::harmless::json(&text))
}

/// An array with a line for each item.
fn lines<T: Serialize>(items: impl Iterator<Item = T>) -> Result<String, serde_json::Error> {
    let items: Vec<String> = items
        .map(|it| serde_json::to_string(&it).map(|text| format!("\n    {text}")))
        .collect::<Result<_, _>>()?;
    let end = if items.is_empty() { "" } else { "\n  " };
    Ok(format!("[{}{end}]", items.join(",")))
}

/// Reads the file at this path.
///
/// # Errors
/// It can't be read, or isn't a snapshot.
pub fn load(path: &Path) -> Result<Snapshot, SnapshotError> {
    let unreadable = |source| SnapshotError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let about = fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(SnapshotError::NoFile {
            path: path.to_owned(),
        });
    }
    if about.len() > MOST_BYTES {
        return Err(SnapshotError::TooLong {
            path: path.to_owned(),
            bytes: about.len(),
        });
    }
    read(&fs::read(path).map_err(unreadable)?, path)
}

/// Reads the content of the file at this path.
///
/// # Errors
/// It isn't a snapshot.
pub fn read(bytes: &[u8], path: &Path) -> Result<Snapshot, SnapshotError> {
    let wrong = |why: String| SnapshotError::Wrong {
        path: path.to_owned(),
        why,
    };
    let kind: Kind = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    if kind.format != FORMAT {
        return Err(wrong(format!("its format is `{}`", kind.format)));
    }
    if kind.schema != SCHEMA {
        return Err(SnapshotError::Later {
            path: path.to_owned(),
            schema: kind.schema,
        });
    }
    let document: Document =
        serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    snapshot(document).map_err(wrong)
}

fn snapshot(document: Document) -> Result<Snapshot, String> {
    let groups: Vec<Group> = document
        .groups
        .into_iter()
        .map(group)
        .collect::<Result<_, _>>()?;
    let mut functions = Vec::with_capacity(document.functions.len());
    for it in document.functions {
        functions.push(entry(it, groups.len())?);
    }
    functions.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(pair) = functions.windows(2).find(|it| it[0].name == it[1].name) {
        return Err(format!("the function `{}` is there twice", pair[0].name));
    }
    Ok(Snapshot {
        taken: nanoseconds(document.taken)?,
        venv: document.venv,
        groups,
        functions,
        missing: document.missing,
    })
}

fn group(it: GroupLine) -> Result<Group, String> {
    Ok(Group {
        processes: it.processes,
        started: nanoseconds(it.started)?,
        ended: it.ended.map(nanoseconds).transpose()?,
        hosts: it.hosts,
        pythons: it.pythons,
        engines: it.engines,
        details: it.details,
    })
}

fn entry(it: FunctionLine, groups: usize) -> Result<Entry, String> {
    if it.name.len() > MOST_NAME {
        return Err(format!("a name of {} bytes", it.name.len()));
    }
    let of = |why: String| format!("{why}, of the function `{}`", it.name);
    let mut parts: Vec<Part> = Vec::with_capacity(it.parts.len());
    for part in it.parts {
        if part.group >= groups {
            return Err(of(format!("there is no group {}", part.group)));
        }
        if parts.last().is_some_and(|last| last.group >= part.group) {
            return Err(of(format!("the group {} isn't in order", part.group)));
        }
        parts.push(Part {
            group: part.group,
            calls: part.calls,
            errors: part.errors,
            times: part.times.map(times).transpose().map_err(of)?,
        });
    }
    Ok(Entry {
        name: it.name,
        parts,
    })
}

fn times(it: TimesEntry) -> Result<Times, String> {
    let mut by_scale: Vec<(Scale, Vec<(u16, u64)>)> = Vec::with_capacity(it.latencies.len());
    for LatenciesEntry { scale, slots } in it.latencies {
        let known = Scale::from_number(scale).ok_or(format!("no clock has the scale {scale}"))?;
        if by_scale.last().is_some_and(|last| last.0 >= known) {
            return Err(format!("the scale {scale} isn't in order"));
        }
        if let Some((slot, _)) = slots.iter().find(|(slot, _)| usize::from(*slot) >= SLOTS) {
            return Err(format!("there is no slot {slot}"));
        }
        if !slots.is_sorted_by(|a, b| a.0 < b.0) || slots.iter().any(|(_, count)| *count == 0) {
            return Err("the slots aren't in order, or one is empty".to_owned());
        }
        if slots.is_empty() {
            return Err(format!("nothing has the scale {scale}"));
        }
        by_scale.push((known, slots));
    }
    Ok(Times {
        total_ns: it.total_ns,
        self_ns: it.self_ns,
        min_ns: it.min_ns,
        max_ns: it.max_ns,
        latencies: Sparse { by_scale },
    })
}

fn group_line(it: &Group) -> GroupLine {
    GroupLine {
        processes: it.processes,
        started: timestamp(it.started),
        ended: it.ended.map(timestamp),
        hosts: it.hosts.clone(),
        pythons: it.pythons.clone(),
        engines: it.engines.clone(),
        details: it.details.clone(),
    }
}

fn function_line(it: &Entry) -> FunctionLine {
    let parts = it.parts.iter().map(|part| PartEntry {
        group: part.group,
        calls: part.calls,
        errors: part.errors,
        times: part.times.as_ref().map(|times| TimesEntry {
            total_ns: times.total_ns,
            self_ns: times.self_ns,
            min_ns: times.min_ns,
            max_ns: times.max_ns,
            latencies: times
                .latencies
                .by_scale
                .iter()
                .map(|(scale, slots)| LatenciesEntry {
                    scale: scale.number(),
                    slots: slots.clone(),
                })
                .collect(),
        }),
    });
    FunctionLine {
        name: it.name.clone(),
        parts: parts.collect(),
    }
}

/// A moment in ns since 1970.
pub(super) fn timestamp(nanoseconds: u64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or(Timestamp::MAX)
}

fn nanoseconds(moment: Timestamp) -> Result<u64, String> {
    u64::try_from(moment.as_nanosecond()).map_err(|_| format!("{moment} is out of range"))
}
