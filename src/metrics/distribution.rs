//! From the log-linear slots of recordings to the buckets that other tools have: given bounds
//! (Prometheus's classic histograms) and powers of a base (its native ones, and OTLP's
//! exponential ones).
//!
//! A slot's calls are put where the middle of the slot lies, which is at most 3.2 % away from what
//! each of them took, and never outside of the shortest and the longest call. Count and sum are
//! exact.

use std::collections::BTreeMap;

use crate::report::model::Function;

/// The bounds of classic histograms in seconds, each inclusive: 1 µs to 100 s, three a decade.
pub const BOUNDS: [f64; 25] = [
    1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025,
    0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0,
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
    /// Seconds in ascending order, and how many calls took about that.
    pub values: Vec<(f64, u64)>,
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

impl Distribution {
    /// A function's; none where none of its calls was timed.
    #[must_use]
    pub fn of(function: &Function) -> Option<Self> {
        let time = function.time.as_ref()?;
        let (least, most) = (time.min_ns as f64, time.max_ns as f64);
        let mut values: Vec<(f64, u64)> = function
            .latencies
            .histograms()
            .flat_map(|(scale, histogram)| {
                let tick = scale.tick_nanoseconds();
                histogram.counts().map(move |(slot, count)| {
                    let nanoseconds = crate::latency::midpoint(slot) * tick;
                    // Of a live or hostile file, the least may be more than the most.
                    (nanoseconds.max(least).min(most) / 1e9, count)
                })
            })
            .collect();
        values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        Some(Self {
            count: sum(&values),
            sum_seconds: time.total_ns as f64 / 1e9,
            values,
        })
    }

    /// How many calls took at most each of these ascending bounds.
    #[must_use]
    pub fn up_to(&self, bounds: &[f64]) -> Vec<u64> {
        let (mut values, mut seen) = (self.values.iter().peekable(), 0_u64);
        bounds
            .iter()
            .map(|bound| {
                while let Some((_, count)) = values.next_if(|(value, _)| value <= bound) {
                    seen = seen.saturating_add(*count);
                }
                seen
            })
            .collect()
    }

    /// The same by powers of the base.
    #[must_use]
    pub fn exponential(&self) -> Exponential {
        let mut exponential = Exponential::default();
        for (value, count) in &self.values {
            let bucket = if *value <= ZERO_THRESHOLD {
                &mut exponential.zero
            } else {
                exponential.buckets.entry(power(*value)).or_default()
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

fn sum(values: &[(f64, u64)]) -> u64 {
    values
        .iter()
        .fold(0_u64, |sum, (_, count)| sum.saturating_add(*count))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn distribution(values: &[(f64, u64)]) -> Distribution {
        let mut values = values.to_vec();
        values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        Distribution {
            count: sum(&values),
            sum_seconds: 0.0,
            values,
        }
    }

    #[test]
    fn bounds_are_inclusive() {
        let it = distribution(&[(1e-6, 3), (0.001, 2), (0.0011, 5), (200.0, 1)]);
        let found = it.up_to(&BOUNDS);
        assert_eq!(found[0], 3);
        assert_eq!(found[9], 5, "up to 1 ms");
        assert_eq!(found[10], 10, "up to 2.5 ms");
        assert_eq!(found[24], 10, "200 s are more than all bounds");
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
            let mut bounds = BOUNDS.to_vec();
            bounds.push(f64::INFINITY);
            let cumulative = it.up_to(&bounds);
            prop_assert!(cumulative.is_sorted());
            prop_assert_eq!(cumulative.last(), Some(&it.count));
        }
    }
}
