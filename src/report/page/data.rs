//! A model as the page's data: times in ns as numbers, moments in ms since 1970, histograms by
//! the bounds of their slots in ticks, the call tree as columns. Whatever other programs chose
//! (names, command lines, paths) is made harmless here, so that what can't be seen is shown as
//! its code. The scripts of `assets/web` are its only reader; its schema is theirs and this
//! file's, and changes with both.

use std::collections::HashSet;

use serde::Serialize;

use crate::exit::sentence;
use crate::harmless::line;
use crate::latency::{Latencies, bounds, midpoint};
use crate::report::model::{Dropped, Function, Model, Process, Unfinished};
use crate::report::stacks::Stack;
use crate::report::summary;
use crate::report::tree::Tree;

/// The form of the data; the page refuses others.
const SCHEMA: u32 = 1;

/// What the model doesn't know of itself.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Whose recordings these are: the path of the venv, or a sentence.
    pub heading: &'a str,
    /// When they were read, in ns since 1970 UTC.
    pub read_at: u64,
}

/// The page's data.
#[derive(Debug, Serialize)]
pub struct Data {
    schema: u32,
    probe: &'static str,
    heading: String,
    read_ms: f64,
    processes: Vec<ProcessData>,
    functions: Vec<FunctionData>,
    /// How many functions the targets chose that were never called.
    uncalled: usize,
    tree: TreeData,
    stacks: Vec<StackData>,
    unfinished: Vec<UnfinishedData>,
    dropped: DroppedData,
    overhead_ns: u64,
    /// What isn't in the data, a sentence each.
    missing: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ProcessData {
    pid: u32,
    parent: u32,
    host: String,
    started_ms: f64,
    ended_ms: Option<f64>,
    seen_ms: f64,
    state: &'static str,
    python: String,
    engine: &'static str,
    detail: &'static str,
    command: String,
}

#[derive(Debug, Serialize)]
struct FunctionData {
    name: String,
    calls: u64,
    errors: u64,
    in_flight: u64,
    total_ns: Option<u64>,
    self_ns: Option<u64>,
    active_ns: Option<u64>,
    min_ns: Option<u64>,
    max_ns: Option<u64>,
    mean_ns: Option<f64>,
    p50_ns: Option<f64>,
    p90_ns: Option<f64>,
    p99_ns: Option<f64>,
    latencies: Vec<HistogramData>,
}

/// Latencies that were counted by clocks of one rate.
#[derive(Debug, Serialize)]
struct HistogramData {
    tick_ns: f64,
    /// The least ticks of a slot, the least that are beyond it, and the calls in it.
    slots: Vec<[u64; 3]>,
}

/// Each list has an entry for each node; parents come before their children.
#[derive(Debug, Serialize)]
struct TreeData {
    names: Vec<String>,
    /// The index of the parent, or -1.
    parent: Vec<i64>,
    /// The index among the names.
    function: Vec<usize>,
    calls: Vec<u64>,
    total_ns: Vec<u64>,
    self_ns: Vec<u64>,
}

#[derive(Debug, Serialize)]
struct StackData {
    pid: u32,
    thread: u64,
    state: &'static str,
    frames: Vec<FrameData>,
    past: u64,
}

#[derive(Debug, Serialize)]
struct FrameData {
    name: String,
    age_ns: u64,
}

/// Calls that a killed process was in, whether or not their stack is known.
#[derive(Debug, Serialize)]
struct UnfinishedData {
    pid: u32,
    calls: Vec<(String, u64)>,
}

#[derive(Debug, Serialize)]
struct DroppedData {
    functions: u64,
    nodes: u64,
    recordings: u64,
    stacks: u64,
}

/// A model's data for the page. The model must have been read with its tree; without one the
/// page says that there is none.
#[must_use]
pub fn data(model: &Model, about: About<'_>) -> Data {
    let Dropped {
        functions,
        nodes,
        recordings,
        stacks,
    } = model.dropped;
    Data {
        schema: SCHEMA,
        probe: env!("CARGO_PKG_VERSION"),
        heading: line(about.heading),
        read_ms: milliseconds(about.read_at),
        processes: model.processes.iter().map(process).collect(),
        functions: model.functions.iter().map(function).collect(),
        uncalled: uncalled(model),
        tree: tree(&model.tree),
        stacks: model.stacks.iter().map(stack).collect(),
        unfinished: model.unfinished.iter().map(unfinished).collect(),
        dropped: DroppedData {
            functions,
            nodes,
            recordings,
            stacks,
        },
        overhead_ns: model.overhead_ns,
        missing: missing(model),
    }
}

/// How many functions were chosen and never begun: what is in flight is in the table.
fn uncalled(model: &Model) -> usize {
    let called: HashSet<&str> = model.functions.iter().map(|it| it.name.as_str()).collect();
    let hooked = model.hooked.iter();
    hooked
        .filter(|it| !called.contains(it.name.as_str()))
        .count()
}

fn process(it: &Process) -> ProcessData {
    let command: Vec<String> = it.argv.iter().map(|part| line(part)).collect();
    ProcessData {
        pid: it.pid,
        parent: it.parent,
        host: line(&it.host),
        started_ms: milliseconds(it.started),
        ended_ms: it.ended.map(milliseconds),
        seen_ms: milliseconds(it.seen),
        state: it.state.name(),
        python: it.python.to_string(),
        engine: it.engine.name(),
        detail: it.detail.name(),
        command: command.join(" "),
    }
}

fn function(it: &Function) -> FunctionData {
    let time = it.time.as_ref();
    FunctionData {
        name: line(&it.name),
        calls: it.calls,
        errors: it.errors,
        in_flight: it.in_flight,
        total_ns: time.map(|time| time.total_ns),
        self_ns: time.and_then(|time| time.self_ns),
        active_ns: time.and_then(|time| time.active_ns),
        min_ns: time.map(|time| time.min_ns),
        max_ns: time.map(|time| time.max_ns),
        mean_ns: time.map(|time| tenths(time.mean_ns)),
        p50_ns: time.map(|time| tenths(time.percentiles.p50)),
        p90_ns: time.map(|time| tenths(time.percentiles.p90)),
        p99_ns: time.map(|time| tenths(time.percentiles.p99)),
        latencies: histograms(&it.latencies),
    }
}

fn histograms(latencies: &Latencies) -> Vec<HistogramData> {
    let all = latencies.histograms().map(|(scale, histogram)| {
        let slots = histogram.counts().map(|(slot, count)| {
            let first = *bounds(slot).start();
            // The last slot has no end; it is drawn as wide as if it were like the others.
            let width = 2.0 * (midpoint(slot) - first as f64) + 1.0;
            [first, first + width as u64, count]
        });
        HistogramData {
            tick_ns: scale.tick_nanoseconds(),
            slots: slots.collect(),
        }
    });
    all.filter(|it| !it.slots.is_empty()).collect()
}

fn tree(tree: &Tree) -> TreeData {
    let nodes = &tree.nodes;
    let parent = |index| i64::try_from(index).unwrap_or(-1);
    TreeData {
        names: tree.names.iter().map(|it| line(it)).collect(),
        parent: nodes
            .iter()
            .map(|it| it.parent.map_or(-1, parent))
            .collect(),
        function: nodes.iter().map(|it| it.function).collect(),
        calls: nodes.iter().map(|it| it.calls).collect(),
        total_ns: nodes.iter().map(|it| it.total_ns).collect(),
        self_ns: nodes.iter().map(|it| it.self_ns).collect(),
    }
}

fn stack(it: &Stack) -> StackData {
    let frames = it.frames.iter().map(|frame| FrameData {
        name: line(&frame.name),
        age_ns: frame.age_ns,
    });
    StackData {
        pid: it.pid,
        thread: it.thread,
        state: it.state.name(),
        frames: frames.collect(),
        past: it.past,
    }
}

fn unfinished(it: &Unfinished) -> UnfinishedData {
    let calls = it.calls.iter();
    UnfinishedData {
        pid: it.pid,
        calls: calls.map(|(name, calls)| (line(name), *calls)).collect(),
    }
}

/// What the figures lack, then each recording that is the cause.
fn missing(model: &Model) -> Vec<String> {
    let mut sentences = summary::missing(model);
    sentences.extend(model.stopped.iter().map(|it| {
        line(&format!(
            "the recording of process {} stopped early: {} ({})",
            it.pid,
            it.why,
            it.path.display()
        ))
    }));
    sentences.extend(model.skipped.iter().map(|it| line(&sentence(it))));
    sentences
}

/// To a tenth: more would fill the page with digits that nobody sees.
fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Milliseconds of nanoseconds.
fn milliseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}
