//! One side of a comparison: a function's figures before, or after, as they are shown and as
//! they are tested.

use crate::compare::location::{Exact, Location, locations};
use crate::compare::snapshot::{Entry, Part, Times};
use crate::latency::Percentiles;

/// A process with fewer calls of a function says nothing about it on its own.
pub const LEAST_CALLS: u64 = 10;

/// So many processes on each side tell by themselves what is chance.
pub const LEAST_PROCESSES: usize = 3;

/// Where calls lie: typically, and when they are fast.
pub(super) type Both = [Location; 2];

/// A function on one side.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// Calls that ended.
    pub calls: u64,
    /// Calls that ended by an exception.
    pub errors: u64,
    /// Its times; none where calls were only counted.
    pub times: Option<SideTimes>,
    /// Where the calls lie in each group that has enough of them.
    pub(super) by_group: Vec<(usize, Both)>,
}

/// Its times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SideTimes {
    /// Calls that were timed.
    pub calls: u64,
    /// All calls together, in ns.
    pub total_ns: u64,
    /// Without the timed functions that they called, in ns; none without a call tree.
    pub self_ns: Option<u64>,
    /// The mean, in ns.
    pub mean_ns: f64,
    /// Where the calls of all processes together lie; none where no call took any time.
    pub(super) whole: Option<Both>,
    /// Percentiles, in ns.
    pub percentiles: Percentiles,
}

impl SideTimes {
    /// The mean of the middle 80 % of all calls, in ns.
    #[must_use]
    pub fn typical_ns(&self) -> Option<f64> {
        self.whole.map(|it| it[0].nanoseconds)
    }

    /// The mean from the 1st to the 10th percentile, in ns.
    #[must_use]
    pub fn fast_ns(&self) -> Option<f64> {
        self.whole.map(|it| it[1].nanoseconds)
    }
}

impl Side {
    /// A function of a snapshot.
    pub(super) fn of(entry: &Entry) -> Self {
        let (whole, percentiles) = entry.whole();
        let times = whole.times.as_ref().zip(percentiles);
        let times = times.map(|(it, percentiles)| {
            let calls = it.latencies.calls();
            SideTimes {
                calls,
                total_ns: it.total_ns,
                self_ns: it.self_ns,
                mean_ns: it.total_ns as f64 / calls.max(1) as f64,
                whole: of_times(it),
                percentiles,
            }
        });
        let enough = |part: &Part| {
            let times = part.times.as_ref()?;
            (times.latencies.calls() >= LEAST_CALLS).then_some(())?;
            Some((part.group, of_times(times)?))
        };
        Self {
            calls: whole.calls,
            errors: whole.errors,
            times,
            by_group: entry.parts.iter().filter_map(enough).collect(),
        }
    }
}

fn of_times(times: &Times) -> Option<Both> {
    let exact = Exact {
        total: times.total_ns as f64,
        shortest: times.min_ns as f64,
        longest: times.max_ns as f64,
    };
    let (typical, fast) = locations(&times.latencies.cells(), exact)?;
    Some([typical, fast])
}
