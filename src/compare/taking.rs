//! Makes a snapshot of recordings: each process's apart, as long as there are no more than the
//! groups of a snapshot; else neighbours by their start share one.

use std::path::PathBuf;

use crate::compare::snapshot::{Entry, Group, MOST_GROUPS, Part, Snapshot, Times};
use crate::compare::sparse::Sparse;
use crate::recording::Reader;
use crate::recording::process::Host;
use crate::report::Model;
use crate::report::collect::{self, Parts};
use crate::report::model::{Function, Process};
use std::collections::BTreeMap;

/// A snapshot, and what is to be said about how it came about.
#[derive(Debug, Default)]
pub struct Taken {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// The processes, and the recordings that were skipped or stopped; no functions.
    pub rest: Model,
}

/// Reads these recordings. `progress` is called after each, from any thread, with how many are
/// done; `taken` is the moment, in ns since 1970.
#[must_use]
pub fn take(
    paths: &[PathBuf],
    host: &Host,
    venv: Option<String>,
    taken: u64,
    progress: &(impl Fn(usize) + Sync),
) -> Taken {
    let mut reader = Reader::default();
    let mut sorted: Vec<(u64, &PathBuf)> = paths
        .iter()
        .map(|path| {
            let started = reader.peek(path).map_or(u64::MAX, |it| it.started_wall);
            (started, path)
        })
        .collect();
    sorted.sort_unstable();
    let mut result = Taken::default();
    let mut functions: BTreeMap<String, Vec<Part>> = BTreeMap::new();
    let mut done = 0;
    for paths in evenly(&sorted) {
        let paths: Vec<PathBuf> = paths.iter().map(|it| it.1.clone()).collect();
        let model = collect::read(&paths, host, Parts::default(), &|it| progress(done + it));
        done += paths.len();
        if !model.processes.is_empty() {
            let index = result.snapshot.groups.len();
            result.snapshot.groups.push(group(&model.processes));
            for function in &model.functions {
                let parts = functions.entry(function.name.clone()).or_default();
                parts.push(part(index, function));
            }
        }
        result.rest.processes.extend(model.processes);
        result.rest.skipped.extend(model.skipped);
        result.rest.stopped.extend(model.stopped);
        let dropped = model
            .dropped
            .functions
            .saturating_add(model.dropped.recordings);
        result.snapshot.missing = result.snapshot.missing.saturating_add(dropped);
    }
    result.snapshot.taken = taken;
    result.snapshot.venv = venv;
    result.snapshot.functions = functions
        .into_iter()
        .map(|(name, parts)| Entry { name, parts })
        .collect();
    result
}

/// At most as many runs of neighbours as there may be groups, of about the same length.
fn evenly<T>(items: &[T]) -> impl Iterator<Item = &[T]> {
    let groups = items.len().min(MOST_GROUPS);
    (0..groups).map(move |group| {
        let at = |group: usize| group * items.len() / groups;
        &items[at(group)..at(group + 1)]
    })
}

fn group(processes: &[Process]) -> Group {
    let mut group = Group {
        started: u64::MAX,
        ended: Some(0),
        ..Group::default()
    };
    for it in processes {
        group.processes += 1;
        group.started = group.started.min(it.started);
        group.ended = group.ended.zip(it.ended).map(|(a, b)| a.max(b));
        group.hosts.insert(it.host.clone());
        group.pythons.insert(it.python.to_string());
        group.engines.insert(it.engine.name().to_owned());
        group.details.insert(it.detail.name().to_owned());
    }
    group
}

fn part(group: usize, function: &Function) -> Part {
    Part {
        group,
        calls: function.calls,
        errors: function.errors,
        times: function.time.map(|time| Times {
            total_ns: time.total_ns,
            self_ns: time.self_ns,
            min_ns: time.min_ns,
            max_ns: time.max_ns,
            latencies: Sparse::of(&function.latencies),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_even_and_lose_nothing() {
        for length in [0, 1, 5, 32, 33, 100, 10_000] {
            let items: Vec<usize> = (0..length).collect();
            let groups: Vec<&[usize]> = evenly(&items).collect();
            assert_eq!(groups.concat(), items);
            assert!(groups.len() <= MOST_GROUPS);
            let sizes = groups.iter().map(|it| it.len());
            assert!(sizes.clone().max().unwrap_or(0) <= sizes.min().unwrap_or(0) + 1);
        }
    }
}
