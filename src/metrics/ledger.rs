//! Keeps counters from falling: what processes recorded that have ended is added up once, and stays
//! in the sum after its recording was removed. A counter that falls would pass for one that began
//! again at zero, and all that is left for new calls.
//!
//! So only recordings of processes that run are read again. Nothing here reads a file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::recording::fold;
use crate::report::Model;
use crate::report::model::{Function, Process, Time};

/// The sums of what has ended.
#[derive(Debug, Default)]
pub struct Ledger {
    settled: Model,
    /// The recordings that are in it and in the store, as they are called before they are folded.
    paths: BTreeSet<PathBuf>,
}

impl Ledger {
    /// Forgets the names of recordings that are no longer in the store, not what was in them.
    pub fn keep(&mut self, store: &[PathBuf]) {
        let store: BTreeSet<PathBuf> = store.iter().map(|path| fold::own(path)).collect();
        self.paths.retain(|path| store.contains(path));
        let paths = &self.paths;
        self.settled
            .processes
            .retain(|process| paths.contains(&fold::own(&process.path)));
    }

    /// True for a recording that is in the sums already.
    #[must_use]
    pub fn has(&self, path: &Path) -> bool {
        self.paths.contains(&fold::own(path))
    }

    /// The recordings that are in the sums already, as they are called before they are folded: what
    /// becomes of their files changes no sum.
    #[must_use]
    pub fn settled(&self) -> &BTreeSet<PathBuf> {
        &self.paths
    }

    /// Adds what ended processes recorded, which is final. Recordings that couldn't be read aren't
    /// settled: they stay to be read, and to be counted as such.
    pub fn settle(&mut self, mut ended: Model) {
        ended.dropped.recordings = 0;
        // They are in flight no more.
        for function in &mut ended.functions {
            function.in_flight = 0;
        }
        self.paths
            .extend(ended.processes.iter().map(|it| fold::own(&it.path)));
        self.settled = sum(&self.settled, &ended);
    }

    /// All that ended, and what runs, as one model of functions and processes; without call tree,
    /// stacks and what was hooked.
    #[must_use]
    pub fn with(&self, running: &Model) -> Model {
        sum(&self.settled, running)
    }
}

fn sum(one: &Model, other: &Model) -> Model {
    let mut functions: BTreeMap<&str, Function> = BTreeMap::new();
    for function in one.functions.iter().chain(&other.functions) {
        match functions.get_mut(function.name.as_str()) {
            Some(known) => add(known, function),
            None => {
                functions.insert(&function.name, function.clone());
            }
        }
    }
    let mut dropped = one.dropped;
    dropped.add(other.dropped);
    let mut processes: Vec<Process> = [&one.processes[..], &other.processes[..]].concat();
    processes.sort_by(|a, b| (a.started, a.pid, &a.path).cmp(&(b.started, b.pid, &b.path)));
    Model {
        processes,
        functions: functions.into_values().collect(),
        dropped,
        overhead_ns: one.overhead_ns.saturating_add(other.overhead_ns),
        ..Model::default()
    }
}

fn add(function: &mut Function, other: &Function) {
    function.calls = function.calls.saturating_add(other.calls);
    function.errors = function.errors.saturating_add(other.errors);
    function.in_flight = function.in_flight.saturating_add(other.in_flight);
    function.latencies.merge(&other.latencies);
    function.time = match (function.time, other.time) {
        (Some(one), Some(other)) => Some(Time {
            total_ns: one.total_ns.saturating_add(other.total_ns),
            self_ns: joined(one.self_ns, other.self_ns),
            active_ns: joined(one.active_ns, other.active_ns),
            min_ns: one.min_ns.min(other.min_ns),
            max_ns: one.max_ns.max(other.max_ns),
            // Neither is a metric: both follow from the histogram.
            mean_ns: one.mean_ns,
            percentiles: one.percentiles,
        }),
        (one, other) => one.or(other),
    };
}

fn joined(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (one, other) => one.or(other),
    }
}
