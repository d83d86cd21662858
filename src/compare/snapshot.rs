//! What a snapshot holds: the figures of each function, apart for each process (or group of
//! processes, where there were many), because only the difference between processes tells how
//! much of a change is chance. It holds no command line and no call tree.

use std::collections::BTreeSet;

use crate::compare::sparse::Sparse;
use crate::latency::{Latencies, Percentiles};

/// More groups than this say nothing more about chance; processes beyond share one.
pub const MOST_GROUPS: usize = 32;

/// What was recorded, at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// When it was taken, in ns since 1970 UTC.
    pub taken: u64,
    /// The virtualenv; none where recordings of several were read.
    pub venv: Option<String>,
    /// The processes, in groups, by their start.
    pub groups: Vec<Group>,
    /// The functions that were called, by name.
    pub functions: Vec<Entry>,
    /// Recordings that could not be read, and functions without room in one.
    pub missing: u64,
}

/// Processes whose figures were added up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// How many.
    pub processes: u64,
    /// When the first started to record, in ns since 1970 UTC.
    pub started: u64,
    /// When the last exited, in ns since 1970 UTC; none where one runs, or was killed.
    pub ended: Option<u64>,
    /// Their machines.
    pub hosts: BTreeSet<String>,
    /// Their Pythons, such as `3.12.1`.
    pub pythons: BTreeSet<String>,
    /// What did the timing.
    pub engines: BTreeSet<String>,
    /// How much was recorded.
    pub details: BTreeSet<String>,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `module:qualname`.
    pub name: String,
    /// Its figures in each group that called it, by the group.
    pub parts: Vec<Part>,
}

/// A function's figures in one group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Index of the group.
    pub group: usize,
    /// Calls that ended.
    pub calls: u64,
    /// Calls that ended by an exception.
    pub errors: u64,
    /// Their times; none where calls were only counted.
    pub times: Option<Times>,
}

/// A function's times in one group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Times {
    /// All calls together, in ns.
    pub total_ns: u64,
    /// Without the timed functions that they called, in ns; none without a call tree.
    pub self_ns: Option<u64>,
    /// The shortest call, in ns.
    pub min_ns: u64,
    /// The longest call, in ns.
    pub max_ns: u64,
    /// How often each latency was met.
    pub latencies: Sparse,
}

impl Times {
    /// Adds those of another group.
    fn add(&mut self, other: &Self, all: &mut Latencies) {
        self.total_ns = self.total_ns.saturating_add(other.total_ns);
        self.self_ns = match (self.self_ns, other.self_ns) {
            (Some(mine), Some(theirs)) => Some(mine.saturating_add(theirs)),
            (mine, theirs) => mine.or(theirs),
        };
        self.min_ns = self.min_ns.min(other.min_ns);
        self.max_ns = self.max_ns.max(other.max_ns);
        other.latencies.add_to(all);
    }
}

impl Entry {
    /// All groups together; the part's group means nothing.
    #[must_use]
    pub fn whole(&self) -> (Part, Option<Percentiles>) {
        let mut whole = Part::default();
        let mut latencies = Latencies::default();
        for part in &self.parts {
            whole.calls = whole.calls.saturating_add(part.calls);
            whole.errors = whole.errors.saturating_add(part.errors);
            let Some(times) = &part.times else { continue };
            let sum = whole.times.get_or_insert_with(|| Times {
                min_ns: u64::MAX,
                ..Times::default()
            });
            sum.add(times, &mut latencies);
        }
        let mut percentiles = None;
        if let Some(times) = &mut whole.times {
            percentiles = Percentiles::of(&latencies, times.min_ns, times.max_ns);
            times.latencies = Sparse::of(&latencies);
        }
        (whole, percentiles)
    }
}

impl Snapshot {
    /// All processes.
    #[must_use]
    pub fn processes(&self) -> u64 {
        let groups = self.groups.iter().map(|it| it.processes);
        groups.fold(0, u64::saturating_add)
    }

    /// What all groups together name: hosts, Pythons, engines or details.
    #[must_use]
    pub fn all(&self, of: impl Fn(&Group) -> &BTreeSet<String>) -> BTreeSet<&str> {
        let names = self.groups.iter().flat_map(|it| of(it).iter());
        names.map(String::as_str).collect()
    }
}
