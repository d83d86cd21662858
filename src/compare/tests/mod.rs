//! Comparing snapshots that are made here, with changes and chance that are known; here is how they
//! are made.

mod format;
mod kinds;
mod times;

use super::Sparse;
use super::snapshot::{Entry, Group, Part, Snapshot, Times};
use super::verdict::{Compared, Comparison, Options, Verdict};
use crate::latency::{Latencies, Scale};
use crate::recording::clock::Clock;

const USUAL: Options = Options {
    threshold: 5.0,
    without_drift: true,
};

/// A sequence that looks like chance, between 0 and 1, the same each time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// What is to be in a snapshot.
#[derive(Clone)]
struct Scene {
    functions: usize,
    processes: usize,
    calls: usize,
    /// How much slower the machine is, in each process.
    machine: Vec<f64>,
    /// Functions that are slower or faster than usual.
    changed: Vec<(usize, f64)>,
    seed: u64,
}

impl Scene {
    fn new(functions: usize, processes: usize) -> Self {
        Self {
            functions,
            processes,
            calls: 300,
            machine: vec![1.0],
            changed: Vec::new(),
            seed: 1,
        }
    }

    fn snapshot(&self) -> Snapshot {
        let mut chance = Chance(self.seed);
        let entry = |function: usize| {
            let usual = 10_000.0 * (1.0 + function as f64 / 7.0);
            let change = self.changed.iter().find(|it| it.0 == function);
            let usual = usual * change.map_or(1.0, |it| it.1);
            let parts = (0..self.processes).map(|process| {
                let machine = self.machine[process % self.machine.len()];
                let calls = (0..self.calls).map(|_| {
                    let noise = 1.0 + 0.04 * chance.next();
                    // One call of a hundred is interrupted for long.
                    let pause = if chance.next() < 0.01 {
                        3e6 * chance.next()
                    } else {
                        0.0
                    };
                    (usual * noise * machine + pause) as u64
                });
                part(process, &calls.collect::<Vec<u64>>(), 0)
            });
            Entry {
                name: name(function),
                parts: parts.collect(),
            }
        };
        Snapshot {
            groups: vec![Group::default(); self.processes],
            functions: (0..self.functions).map(entry).collect(),
            ..Snapshot::default()
        }
    }
}

fn name(function: usize) -> String {
    format!("work:f{function:02}")
}

fn part(group: usize, calls: &[u64], errors: u64) -> Part {
    let mut latencies = Latencies::default();
    for call in calls {
        latencies.at(Scale::of(Clock::NANOSECONDS)).add(*call);
    }
    Part {
        group,
        calls: calls.len() as u64,
        errors,
        times: calls.first().map(|_| Times {
            total_ns: calls.iter().sum(),
            self_ns: None,
            min_ns: *calls.iter().min().unwrap(),
            max_ns: *calls.iter().max().unwrap(),
            latencies: Sparse::of(&latencies),
        }),
    }
}

fn of<'a>(comparison: &'a Comparison, name: &str) -> &'a Compared {
    comparison
        .functions
        .iter()
        .find(|it| it.name == name)
        .unwrap()
}

fn changed(comparison: &Comparison) -> Vec<(&str, Verdict)> {
    let changed = comparison.functions.iter().filter(|it| it.changed());
    changed.map(|it| (it.name.as_str(), it.verdict)).collect()
}
