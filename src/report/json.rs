//! The report as JSON, with the keys that the command line's contract fixes.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::report::model::{Dropped, Function, Model, Process};

/// The document.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    schema: u32,
    venv: Option<String>,
    processes: Vec<ProcessEntry<'a>>,
    functions: Vec<FunctionEntry<'a>>,
    dropped: DroppedEntry,
    overhead_ns: u64,
}

#[derive(Debug, Serialize)]
struct ProcessEntry<'a> {
    pid: u32,
    started: String,
    ended: Option<String>,
    state: &'static str,
    python: String,
    engine: &'static str,
    argv: &'a [String],
}

#[derive(Debug, Serialize)]
struct FunctionEntry<'a> {
    name: &'a str,
    calls: u64,
    errors: u64,
    total_ns: Option<u64>,
    self_ns: Option<u64>,
    min_ns: Option<u64>,
    max_ns: Option<u64>,
    mean_ns: Option<f64>,
    p50_ns: Option<f64>,
    p90_ns: Option<f64>,
    p99_ns: Option<f64>,
    active_ns: Option<u64>,
    in_flight: u64,
    /// Calls a second, where somebody watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<f64>,
}

#[derive(Debug, Serialize)]
struct DroppedEntry {
    functions: u64,
    nodes: u64,
    recordings: u64,
    /// Beside the contract.
    stacks: u64,
}

impl<'a> Report<'a> {
    /// The model's document with these of its functions; the venv is none where recordings
    /// of several were read.
    #[must_use]
    pub fn new(model: &'a Model, venv: Option<&Path>, functions: &[&'a Function]) -> Self {
        let Dropped {
            functions: dropped_functions,
            nodes,
            recordings,
            stacks,
        } = model.dropped;
        Self {
            schema: 1,
            venv: venv.map(|it| it.to_string_lossy().into_owned()),
            processes: model.processes.iter().map(process).collect(),
            functions: functions.iter().copied().map(function).collect(),
            dropped: DroppedEntry {
                functions: dropped_functions,
                nodes,
                recordings,
                stacks,
            },
            overhead_ns: model.overhead_ns,
        }
    }

    /// The same with each function's calls a second; the functions are those of `new`.
    #[must_use]
    pub fn with_rates(mut self, rate: impl Fn(&Function) -> f64, functions: &[&Function]) -> Self {
        for (entry, function) in self.functions.iter_mut().zip(functions) {
            entry.rate = Some(rate(function));
        }
        self
    }
}

fn process(it: &Process) -> ProcessEntry<'_> {
    ProcessEntry {
        pid: it.pid,
        started: timestamp(it.started).to_string(),
        ended: it.ended.map(|moment| timestamp(moment).to_string()),
        state: it.state.name(),
        python: it.python.to_string(),
        engine: it.engine.name(),
        argv: &it.argv,
    }
}

fn function(it: &Function) -> FunctionEntry<'_> {
    let time = it.time.as_ref();
    FunctionEntry {
        name: &it.name,
        calls: it.calls,
        errors: it.errors,
        total_ns: time.map(|time| time.total_ns),
        self_ns: time.and_then(|time| time.self_ns),
        min_ns: time.map(|time| time.min_ns),
        max_ns: time.map(|time| time.max_ns),
        mean_ns: time.map(|time| time.mean_ns),
        p50_ns: time.map(|time| time.percentiles.p50),
        p90_ns: time.map(|time| time.percentiles.p90),
        p99_ns: time.map(|time| time.percentiles.p99),
        active_ns: time.and_then(|time| time.active_ns),
        in_flight: it.in_flight,
        rate: None,
    }
}

/// A moment in ns since 1970; all that fit into a word are moments until the year 2554.
pub(super) fn timestamp(nanoseconds: u64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or(Timestamp::MAX)
}
