//! The latencies of one function as a histogram with few fixed bounds, which all functions share
//! so that their series can be summed.

use crate::report::model::Function;

/// The upper bounds of buckets in ns: 1, 2.5 and 5 of each power of ten, from 100 ns to 100 s.
pub const BOUNDS: [u64; 28] = [
    100,
    250,
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
    25_000_000_000,
    50_000_000_000,
    100_000_000_000,
];

/// Latencies with their sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// The sum of all latencies in ns, exactly.
    pub sum_ns: u64,
    /// Latencies in ns, ascending, each with its calls. They are the middles of the recorded
    /// histogram's slots, 3.2 % off at most, and none is beyond the exact least and most.
    pub values: Vec<(f64, u64)>,
}

impl Distribution {
    /// That of a function; none where its calls were only counted.
    #[must_use]
    pub fn of(function: &Function) -> Option<Self> {
        let time = function.time?;
        let (least, most) = (time.min_ns as f64, time.max_ns as f64);
        let values = function.latencies.values();
        Some(Self {
            sum_ns: time.total_ns,
            values: values
                .into_iter()
                .map(|(value, calls)| (value.clamp(least, most), calls))
                .collect(),
        })
    }

    /// All calls.
    #[must_use]
    pub fn count(&self) -> u64 {
        let calls = self.values.iter().map(|it| it.1);
        calls.fold(0, u64::saturating_add)
    }

    /// How many calls took at most each of [`BOUNDS`] and more than the bound before; those that
    /// took longer than the last come at the end. A slot that a bound divides is counted where
    /// its middle is. The sum of all is [`Distribution::count`].
    #[must_use]
    pub fn buckets(&self) -> [u64; BOUNDS.len() + 1] {
        let mut buckets = [0_u64; BOUNDS.len() + 1];
        let mut room = u64::MAX;
        for (value, calls) in &self.values {
            // What a hostile recording counts may be more than fits into a word.
            let calls = (*calls).min(room);
            room -= calls;
            buckets[BOUNDS.partition_point(|bound| (*bound as f64) < *value)] += calls;
        }
        buckets
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bounds_ascend_by_the_series() {
        assert!(BOUNDS.is_sorted());
        for bounds in BOUNDS.windows(4) {
            assert_eq!(bounds[3], bounds[0] * 10);
        }
    }

    #[test]
    fn a_value_at_a_bound_is_below_it() {
        let distribution = Distribution {
            sum_ns: 0,
            values: vec![(0.0, 1), (100.0, 2), (100.5, 4), (250.0, 8), (1e30, 16)],
        };
        let buckets = distribution.buckets();
        assert_eq!(buckets[..3], [3, 12, 0]);
        assert_eq!(buckets[BOUNDS.len()], 16);
    }

    proptest! {
        #[test]
        fn buckets_lose_nothing(
            mut values in proptest::collection::vec((0.0..1e12_f64, any::<u64>()), 0..50),
            shift in 0_u32..64,
        ) {
            values.sort_by(|a, b| a.0.total_cmp(&b.0));
            values.iter_mut().for_each(|it| it.1 >>= shift);
            let distribution = Distribution { sum_ns: 0, values };
            let sum: u64 = distribution.buckets().iter().sum();
            prop_assert_eq!(sum, distribution.count());
        }
    }
}
