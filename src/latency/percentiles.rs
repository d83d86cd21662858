//! Percentiles of latencies: nearest rank over the slots, at the middle of the slot.

use crate::latency::merge::Latencies;

/// Three percentiles in ns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percentiles {
    /// Half of the calls took at most this.
    pub p50: f64,
    /// Nine of ten.
    pub p90: f64,
    /// 99 of 100.
    pub p99: f64,
}

impl Percentiles {
    /// The percentiles of these latencies, of which `least` and `most` are the exact extremes
    /// in ns; none where there are no calls. At most 3.2 % off.
    #[must_use]
    pub fn of(latencies: &Latencies, least: u64, most: u64) -> Option<Self> {
        let values = latencies.values();
        let calls: u128 = values.iter().map(|it| u128::from(it.1)).sum();
        // A live or hostile file may tell a least that is more than its most.
        let (least, most) = (least.min(most) as f64, most as f64);
        let at = |percent| Some(nearest_rank(&values, calls, percent)?.clamp(least, most));
        Some(Self {
            p50: at(50)?,
            p90: at(90)?,
            p99: at(99)?,
        })
    }
}

/// The least value such that `percent` of the calls are at most that, from ascending values
/// with their counts.
fn nearest_rank(values: &[(f64, u64)], calls: u128, percent: u32) -> Option<f64> {
    let rank = (calls * u128::from(percent)).div_ceil(100);
    let mut seen = 0;
    let found = values.iter().find(|(_, count)| {
        seen += u128::from(*count);
        seen >= rank
    });
    found.map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::latency::Scale;
    use crate::recording::clock::Clock;

    fn exact(sorted: &[u64], percent: usize) -> f64 {
        sorted[(sorted.len() * percent).div_ceil(100) - 1] as f64
    }

    /// Latencies in ns as recorded by processes with these clocks, in turn.
    fn recorded(values: &[u64], clocks: &[Clock]) -> Latencies {
        let mut latencies = Latencies::default();
        for (value, clock) in values.iter().zip(clocks.iter().cycle()) {
            let ticks = (*value as f64 / clock.tick_nanoseconds()).round() as u64;
            latencies.at(Scale::of(*clock)).add(ticks);
        }
        latencies
    }

    fn check(mut values: Vec<u64>, clocks: &[Clock]) -> Result<(), TestCaseError> {
        let latencies = recorded(&values, clocks);
        values.sort_unstable();
        let (least, most) = (values[0], values[values.len() - 1]);
        let found = Percentiles::of(&latencies, least, most).unwrap();
        for (percent, found) in [(50, found.p50), (90, found.p90), (99, found.p99)] {
            let exact = exact(&values, percent);
            let error = (found - exact).abs();
            prop_assert!(
                error <= exact * 0.032,
                "p{percent}: {found} instead of {exact}"
            );
        }
        Ok(())
    }

    /// Times between 1 ns and 1.1 s, all magnitudes alike.
    fn times() -> impl Strategy<Value = Vec<u64>> {
        let time = (0_u32..30, 1_u64 << 30..1 << 31).prop_map(|(shift, value)| value >> shift);
        proptest::collection::vec(time, 1..400)
    }

    proptest! {
        #[test]
        fn near_the_exact_ones(values in times()) {
            check(values, &[Clock::NANOSECONDS])?;
        }

        #[test]
        fn near_the_exact_ones_with_several_clocks(values in times(), mhz in 2000_u64..5000) {
            // Times of many ticks, so that the rounding to ticks doesn't count.
            let values = values.into_iter().map(|value| value + 100_000).collect();
            let cycle = Clock { multiplier: (1000 << 32) / mhz, shift: 32 };
            let slow = Clock { multiplier: (1000 << 32) / 24, shift: 32 };
            check(values, &[Clock::NANOSECONDS, cycle, slow])?;
        }
    }

    proptest! {
        /// Of counts that no process has, too: in order, and within the extremes.
        #[test]
        fn in_order_whatever_was_counted(
            counts in proptest::collection::vec((0_usize..752, any::<u64>(), 0_u32..64), 1..20),
            extremes: (u64, u64),
        ) {
            let mut latencies = Latencies::default();
            for (slot, count, shift) in counts {
                let clock = Clock { multiplier: 1 << shift, shift: 32 };
                let mut slots = [0; 752];
                slots[slot] = count;
                latencies.at(Scale::of(clock)).add_slots(0, &slots);
            }
            let (least, most) = (extremes.0.min(extremes.1), extremes.0.max(extremes.1));
            if let Some(found) = Percentiles::of(&latencies, least, most) {
                let all = [least as f64, found.p50, found.p90, found.p99, most as f64];
                prop_assert!(all.is_sorted(), "{:?}", all);
            }
        }
    }

    #[test]
    fn no_calls_have_none_and_one_call_is_exact() {
        assert_eq!(Percentiles::of(&Latencies::default(), 0, 0), None);
        let one = recorded(&[1_000_003], &[Clock::NANOSECONDS]);
        let all = Percentiles::of(&one, 1_000_003, 1_000_003).unwrap();
        assert_eq!(
            (all.p50, all.p90, all.p99),
            (1_000_003.0, 1_000_003.0, 1_000_003.0)
        );
    }

    #[test]
    fn extremes_that_contradict_each_other_do_not_panic() {
        let one = recorded(&[5], &[Clock::NANOSECONDS]);
        assert_eq!(Percentiles::of(&one, 10, 3).unwrap().p50, 3.0);
    }

    #[test]
    fn the_rank_is_that_of_the_nearest_rank_method() {
        // https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method
        let values = [(15.0, 1), (20.0, 1), (35.0, 1), (40.0, 1), (50.0, 1)];
        for (percent, value) in [(5, 15.0), (30, 20.0), (40, 20.0), (50, 35.0), (100, 50.0)] {
            assert_eq!(nearest_rank(&values, 5, percent), Some(value));
        }
    }
}
