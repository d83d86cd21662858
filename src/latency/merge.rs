//! Merging histograms of processes whose clocks tick differently, within the promised error.
//!
//! Ticks can't be re-bucketed into nanoseconds without doubling the error, and one histogram
//! for every calibration of every process would be too many. So histograms are kept by the
//! clock's rate, rounded to 1/1024 of a power of two: values are off by 0.034 % at most, which
//! fits between the 3.13 % of a slot and the 3.2 % that are promised. A clock in ns is exact.
//! The result doesn't depend on the order of merging.

use crate::latency::histogram::{Histogram, midpoint};
use crate::recording::clock::Clock;

/// Steps of a power of two to which a clock's rate is rounded.
const STEPS: f64 = 1024.0;

/// The number of the greatest scale that a clock can have: a word of ns a tick.
const MOST: i32 = 65_536;

/// A clock's rate, rounded: 2^(n / 1024) ns a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scale(i32);

impl Scale {
    /// The scale nearest to a clock's.
    #[must_use]
    pub fn of(clock: Clock) -> Self {
        // Between -MOST and MOST, by what a clock can be.
        Self((clock.tick_nanoseconds().log2() * STEPS).round() as i32)
    }

    /// Its number, by which [`Scale::from_number`] makes it again.
    #[must_use]
    pub fn number(self) -> i32 {
        self.0
    }

    /// The scale of a number; none where no clock has it.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        (-MOST..=MOST).contains(&number).then_some(Self(number))
    }

    /// Nanoseconds of one tick.
    #[must_use]
    pub fn tick_nanoseconds(self) -> f64 {
        (f64::from(self.0) / STEPS).exp2()
    }
}

/// The latencies of one function over many processes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Latencies {
    /// Sorted by scale; nearly always one.
    by_scale: Vec<(Scale, Histogram)>,
}

impl Latencies {
    /// The histogram for a scale, empty where there was none.
    pub fn at(&mut self, scale: Scale) -> &mut Histogram {
        let place = self.by_scale.binary_search_by_key(&scale, |it| it.0);
        let index = place.unwrap_or_else(|index| {
            self.by_scale.insert(index, (scale, Histogram::default()));
            index
        });
        &mut self.by_scale[index].1
    }

    /// Adds all of another function's latencies.
    pub fn merge(&mut self, other: &Self) {
        for (scale, histogram) in &other.by_scale {
            self.at(*scale).merge(histogram);
        }
    }

    /// The histograms, each with its scale.
    pub fn histograms(&self) -> impl Iterator<Item = (Scale, &Histogram)> {
        self.by_scale.iter().map(|(scale, it)| (*scale, it))
    }

    /// The middles of all slots that aren't empty, in ns and ascending, each with its count.
    #[must_use]
    pub fn values(&self) -> Vec<(f64, u64)> {
        let mut values: Vec<(f64, u64)> = self
            .histograms()
            .flat_map(|(scale, histogram)| {
                let tick = scale.tick_nanoseconds();
                let counts = histogram.counts();
                counts.map(move |(slot, count)| (midpoint(slot) * tick, count))
            })
            .collect();
        // One clock's slots are in order already; sorting them again costs nearly nothing.
        values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        values
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Values, each with the clock that counted it.
    fn latencies(values: &[(i32, u64)]) -> Latencies {
        let mut latencies = Latencies::default();
        for (scale, ticks) in values {
            latencies.at(Scale(*scale)).add(*ticks);
        }
        latencies
    }

    proptest! {
        #[test]
        fn parts_merge_to_the_whole_in_any_order(
            values in proptest::collection::vec((-3_i32..3, any::<u64>()), 0..60),
            ends in proptest::collection::vec(any::<proptest::sample::Index>(), 2),
        ) {
            let mut ends: Vec<usize> = ends.iter().map(|it| it.index(values.len() + 1)).collect();
            ends.sort_unstable();
            let [a, b, c] = [
                &values[..ends[0]], &values[ends[0]..ends[1]], &values[ends[1]..],
            ].map(latencies);
            let merged = |parts: [&Latencies; 3]| {
                let mut sum = Latencies::default();
                parts.iter().for_each(|part| sum.merge(part));
                sum
            };
            let whole = latencies(&values);
            prop_assert_eq!(&merged([&a, &b, &c]), &whole);
            prop_assert_eq!(&merged([&c, &a, &b]), &whole);
            let (mut left, mut right) = (a.clone(), b.clone());
            left.merge(&b);
            left.merge(&c);
            right.merge(&c);
            right.merge(&a);
            prop_assert_eq!(&left, &right);
        }
    }

    #[test]
    fn nanoseconds_are_exact_and_near_rates_share_a_histogram() {
        assert_eq!(Scale::of(Clock::NANOSECONDS).tick_nanoseconds(), 1.0);
        let rate = |mhz: f64| Clock {
            multiplier: (1000.0 / mhz * 2_f64.powi(32)) as u64,
            shift: 32,
        };
        assert_eq!(Scale::of(rate(2400.000)), Scale::of(rate(2400.010)));
        assert_ne!(Scale::of(rate(2400.0)), Scale::of(rate(2500.0)));
        for mhz in [24.0, 1000.5, 2399.96, 3700.1] {
            let error = Scale::of(rate(mhz)).tick_nanoseconds() * mhz / 1000.0 - 1.0;
            assert!(error.abs() < 0.00034, "{mhz} MHz: {error}");
        }
    }

    #[test]
    fn the_greatest_and_least_clocks_have_a_scale() {
        for (multiplier, shift) in [(u64::MAX, 0), (1, 63)] {
            let scale = Scale::of(Clock { multiplier, shift });
            assert!(scale.tick_nanoseconds().is_finite());
        }
    }

    #[test]
    fn merging_does_not_depend_on_the_order() {
        let mut one = Latencies::default();
        let mut two = Latencies::default();
        one.at(Scale(0)).add(1);
        one.at(Scale(-5)).add(2);
        two.at(Scale(7)).add(3);
        two.at(Scale(0)).add(4);
        let (mut ab, mut ba) = (one.clone(), two.clone());
        ab.merge(&two);
        ba.merge(&one);
        assert_eq!(ab, ba);
        assert_eq!(ab.histograms().count(), 3);
    }
}
