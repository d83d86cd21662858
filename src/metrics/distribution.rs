//! From the log-linear slots of recordings to the buckets that other tools have: given bounds
//! (Prometheus's classic histograms) and powers of a base (its native ones, and OTLP's
//! exponential ones).
//!
//! A slot's calls are put where the middle of the slot lies, which is at most 3.2 % away from what
//! each of them took. It isn't moved to the shortest or longest call, as in the report: these change,
//! and a bucket's count must not fall. Count and sum are exact.

use std::collections::BTreeMap;

use crate::report::model::Function;

/// The bounds of classic histograms in seconds, each inclusive: 100 ns to 100 s, three a decade,
/// the same for all functions so that they can be summed.
pub const BOUNDS: [f64; 28] = [
    1e-7, 2.5e-7, 5e-7, 1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3,
    5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0,
];

/// The scale of exponential histograms (Prometheus's schema): 16 buckets to a power of two, as many
/// as there are slots, so each bucket is 4.4 % wide. A finer one would show errors as detail.
pub const SCALE: i32 = 4;

/// Calls that took at most this, in seconds, are in the bucket for zero: a clock tells nothing of
/// them.
pub const ZERO_THRESHOLD: f64 = 1e-9;

/// Latencies of one function.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Distribution {
    /// Calls.
    pub count: u64,
    /// All of them together, in seconds.
    pub sum_seconds: f64,
    /// Calls by the bucket of either kind that they are in.
    pub cells: BTreeMap<Cell, u64>,
}

/// Times that share a bucket of either kind. A greater one is of longer times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The power of the base that is the inclusive upper bound of the exponential bucket; none for
    /// that of zero.
    pub power: Option<i32>,
    /// The index of the bound in [`BOUNDS`]; their number for what is longer than all of them.
    pub bound: usize,
}

/// A distribution by powers of a base, which is 2^(2^-[`SCALE`]).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exponential {
    /// Calls of at most [`ZERO_THRESHOLD`].
    pub zero: u64,
    /// Calls by the power of the base that is their bucket's inclusive upper bound. (OTLP counts
    /// by the lower bound, which is one less.)
    pub buckets: BTreeMap<i32, u64>,
}

impl Cell {
    /// The cell of a time.
    #[must_use]
    pub fn of(seconds: f64) -> Self {
        Self {
            power: (seconds > ZERO_THRESHOLD).then(|| power(seconds)),
            bound: BOUNDS.partition_point(|bound| *bound < seconds),
        }
    }
}

impl Distribution {
    /// A function's; none where none of its calls was timed.
    #[must_use]
    pub fn of(function: &Function) -> Option<Self> {
        let time = function.time.as_ref()?;
        let mut cells: BTreeMap<Cell, u64> = BTreeMap::new();
        for (scale, histogram) in function.latencies.histograms() {
            let tick = scale.tick_nanoseconds();
            for (slot, count) in histogram.counts() {
                let nanoseconds = crate::latency::midpoint(slot) * tick;
                let cell = cells.entry(Cell::of(nanoseconds / 1e9)).or_default();
                *cell = cell.saturating_add(count);
            }
        }
        Some(Self {
            count: cells.values().fold(0, |sum, it| sum.saturating_add(*it)),
            sum_seconds: time.total_ns as f64 / 1e9,
            cells,
        })
    }

    /// How many calls took at most each of [`BOUNDS`].
    #[must_use]
    pub fn classic(&self) -> [u64; BOUNDS.len()] {
        let mut seen = [0_u64; BOUNDS.len()];
        for (cell, count) in &self.cells {
            for place in seen.iter_mut().skip(cell.bound) {
                *place = place.saturating_add(*count);
            }
        }
        seen
    }

    /// The same by powers of the base.
    #[must_use]
    pub fn exponential(&self) -> Exponential {
        let mut exponential = Exponential::default();
        for (cell, count) in &self.cells {
            let bucket = match cell.power {
                None => &mut exponential.zero,
                Some(power) => exponential.buckets.entry(power).or_default(),
            };
            *bucket = bucket.saturating_add(*count);
        }
        exponential
    }
}

/// The power of the base that is the least bound which this value doesn't exceed.
fn power(value: f64) -> i32 {
    // Values are times that fit into 64 bits of ns, so this is between -480 and 600.
    (value.log2() * f64::from(1 << SCALE)).ceil() as i32
}

/// The bound in seconds that a power of the base is.
#[must_use]
pub fn bound(power: i32) -> f64 {
    (f64::from(power) / f64::from(1 << SCALE)).exp2()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn distribution(values: &[(f64, u64)]) -> Distribution {
        let mut distribution = Distribution::default();
        for (seconds, count) in values {
            distribution.count += count;
            *distribution.cells.entry(Cell::of(*seconds)).or_default() += count;
        }
        distribution
    }

    #[test]
    fn bounds_are_inclusive() {
        let it = distribution(&[(1e-6, 3), (0.001, 2), (0.0011, 5), (200.0, 1)]);
        let found = it.classic();
        assert_eq!(found[2..4], [0, 3]);
        assert_eq!(found[12], 5, "up to 1 ms");
        assert_eq!(found[13], 10, "up to 2.5 ms");
        assert_eq!(found[27], 10, "200 s are more than all bounds");
        let exponential = distribution(&[(1.0, 1), (1.01, 1), (2.0, 1), (0.0, 7)]).exponential();
        assert_eq!(exponential.zero, 7);
        assert_eq!(
            Vec::from_iter(exponential.buckets),
            [(0, 1), (1, 1), (16, 1)]
        );
    }

    proptest! {
        #[test]
        fn no_call_is_lost_and_each_is_in_its_bucket(
            values in proptest::collection::vec((1e-9_f64..1e5, 1_u64..1000), 0..100),
        ) {
            let it = distribution(&values);
            let exponential = it.exponential();
            let total = exponential.zero + exponential.buckets.values().sum::<u64>();
            prop_assert_eq!(total, it.count);
            for (value, _) in values.iter().filter(|it| it.0 > ZERO_THRESHOLD) {
                let index = power(*value);
                prop_assert!(*value <= bound(index) * (1.0 + 1e-12));
                prop_assert!(*value > bound(index - 1) * (1.0 - 1e-12));
            }
            let classic = it.classic();
            for (bound, seen) in BOUNDS.iter().zip(classic) {
                let right = values.iter().filter(|it| it.0 <= *bound).map(|it| it.1);
                prop_assert_eq!(seen, right.sum::<u64>());
            }
        }
    }
}
