//! Where a histogram's calls lie, by two figures: the typical time, the mean of the middle 80 % of
//! all calls; and the fast time, the mean from the 1st to the 10th percentile. A few calls that
//! the machine interrupted don't move the first; many do, and the whole machine being busy does.
//! The second stays even then, since others can only make a call slower (J. Chen, J. Revels,
//! "Robust benchmarking in noisy environments", 2016); but it says nothing of slow paths.
//!
//! A slot of the histogram is up to 6 % wide, too coarse to see a change of 10 % well. But the sum
//! of all calls is recorded exactly, and so are the shortest and the longest. What the slots'
//! middles add up to differs from that sum; the difference is shared out among the slots as the
//! best linear estimate does, given that a slot's mean may lie anywhere in it. Narrow
//! distributions, which the slots show badly, become nearly exact by it.

use crate::compare::sparse::Cell;

/// The part of the calls, from the fastest, whose mean is the typical time.
pub const TYPICAL: (f64, f64) = (0.1, 0.9);

/// The part whose mean is the fast time.
pub const FAST: (f64, f64) = (0.01, 0.1);

/// Where calls lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Location {
    /// The mean of a part of the calls in ns; more than 0.
    pub nanoseconds: f64,
    /// Its standard error by chance, relative, if calls are independent of each other (K. K.
    /// Yuen, "The two-sample trimmed t for unequal population variances", 1974).
    pub sampling: f64,
    /// Its standard error by the slots' width, relative; the same in all processes.
    pub resolution: f64,
}

/// What is known exactly of all calls together, in ns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exact {
    /// Their sum.
    pub total: f64,
    /// The shortest.
    pub shortest: f64,
    /// The longest.
    pub longest: f64,
}

/// Both figures of the calls in these cells (sorted), of which so much is known exactly. None
/// where there is no call or they took no time at all.
#[must_use]
pub fn locations(cells: &[Cell], exact: Exact) -> Option<(Location, Location)> {
    let mut slots = slots(cells, exact);
    let refinement = Refinement::of(&slots, exact.total);
    refinement.apply(&mut slots);
    let location = |part| location(&slots, &refinement, part);
    Some((location(TYPICAL)?, location(FAST)?))
}

/// What is known of a cell.
struct Slot {
    calls: f64,
    mean: f64,
    /// Of the mean, before the sum of all calls is known.
    variance: f64,
    low: f64,
    high: f64,
}

/// The cells, as far as they are known without the sum of all calls.
fn slots(cells: &[Cell], exact: Exact) -> Vec<Slot> {
    let mut slots: Vec<Slot> = cells
        .iter()
        .map(|it| Slot {
            calls: it.calls,
            mean: 0.0,
            variance: 0.0,
            low: it.low,
            // Of what has no end, nothing but the longest is known.
            high: if it.high.is_finite() {
                it.high
            } else {
                exact.longest.max(it.low)
            },
        })
        .collect();
    if let Some(first) = slots.first_mut() {
        first.low = exact.shortest.clamp(first.low, first.high);
    }
    if let Some(last) = slots.last_mut() {
        last.high = exact.longest.clamp(last.low, last.high.max(last.low));
    }
    for it in &mut slots {
        it.mean = f64::midpoint(it.low, it.high);
        it.variance = (it.high - it.low).powi(2) / 12.0;
    }
    if let Some(last) = slots.last_mut() {
        // One of its calls is the longest.
        let others = (last.calls - 1.0).max(0.0) / last.calls.max(1.0);
        last.mean = others * last.mean + (1.0 - others) * last.high;
        last.variance *= others * others;
    }
    slots
}

/// How the slots' means change when the sum of all calls is known.
struct Refinement {
    /// Of the sum, before it is known.
    variance: f64,
    factor: f64,
    /// False where the sum can't be right: of a live file, or a hostile one.
    holds: bool,
}

impl Refinement {
    fn of(slots: &[Slot], total: f64) -> Self {
        let sum: f64 = slots.iter().map(|it| it.calls * it.mean).sum();
        let variance: f64 = slots.iter().map(|it| it.calls.powi(2) * it.variance).sum();
        let known = variance > 0.0 && variance.is_finite();
        let factor = if known { (total - sum) / variance } else { 0.0 };
        let fits = |it: &Slot| {
            let mean = it.mean + it.calls * it.variance * factor;
            (it.low..=it.high).contains(&mean)
        };
        Self {
            variance,
            factor,
            holds: known && slots.iter().all(fits),
        }
    }

    fn apply(&self, slots: &mut [Slot]) {
        for it in slots {
            let mean = it.mean + it.calls * it.variance * self.factor;
            it.mean = mean.clamp(it.low, it.high);
        }
    }

    /// The standard error that is left of the mean of the slots with these weights.
    fn left(&self, slots: &[Slot], weights: &[f64]) -> f64 {
        let of = |of: &dyn Fn(&Slot, f64) -> f64| -> f64 {
            (slots.iter().zip(weights))
                .map(|(slot, weight)| of(slot, *weight))
                .sum()
        };
        let before = of(&|slot, weight| weight * weight * slot.variance);
        if !self.holds {
            return before.sqrt();
        }
        let shared = of(&|slot, weight| weight * slot.calls * slot.variance);
        (before - shared * shared / self.variance).max(0.0).sqrt()
    }
}

/// The mean of a part of the calls, and its errors.
fn location(slots: &[Slot], refinement: &Refinement, part: (f64, f64)) -> Option<Location> {
    let calls: f64 = slots.iter().map(|it| it.calls).sum();
    let (from, to) = (calls * part.0, calls * part.1);
    let (mut seen, mut kept, mut sum, mut squares) = (0.0, 0.0, 0.0, 0.0);
    let (mut ends, mut weights) = (None, Vec::with_capacity(slots.len()));
    for it in slots {
        let (first, last) = (seen, seen + it.calls);
        seen = last;
        let weight = (last.min(to) - first.max(from)).max(0.0);
        weights.push(weight);
        if weight <= 0.0 {
            continue;
        }
        // A slot's calls are spread evenly around its mean, as far as the slot goes.
        let half = (it.mean - it.low).min(it.high - it.mean).max(0.0);
        let at = |calls: f64| it.mean + half * (2.0 * (calls - first) / it.calls - 1.0);
        let (low, high) = (at(first.max(from)), at(last.min(to)));
        let mean = f64::midpoint(low, high);
        kept += weight;
        sum += weight * mean;
        squares += weight * (mean * mean + (high - low).powi(2) / 12.0);
        ends = Some((ends.map_or(low, |ends: (f64, f64)| ends.0), high));
    }
    let (low, high) = ends?;
    let mean = sum / kept;
    if mean <= 0.0 || !mean.is_finite() {
        return None;
    }
    // The winsorized variance: what is left out counts as the nearest that isn't.
    let (below, above) = (from, calls - to);
    let center = (sum + below * low + above * high) / calls;
    let all = (squares + below * low * low + above * high * high) / calls;
    let variance = (all - center * center).max(0.0);
    let share = kept / calls;
    for weight in &mut weights {
        *weight /= kept;
    }
    Some(Location {
        nanoseconds: mean,
        sampling: (variance / (calls - 1.0).max(1.0)).sqrt() / share / mean,
        resolution: refinement.left(slots, &weights) / mean,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::compare::Sparse;
    use crate::latency::{Latencies, Scale};
    use crate::recording::clock::Clock;

    fn of(values: &[u64]) -> (Location, Location) {
        let mut latencies = Latencies::default();
        for value in values {
            latencies.at(Scale::of(Clock::NANOSECONDS)).add(*value);
        }
        let exact = Exact {
            total: values.iter().map(|it| *it as f64).sum(),
            shortest: *values.iter().min().unwrap() as f64,
            longest: *values.iter().max().unwrap() as f64,
        };
        locations(&Sparse::of(&latencies).cells(), exact).unwrap()
    }

    fn near(found: f64, right: f64, error: f64) {
        assert!((found / right - 1.0).abs() <= error, "{found} for {right}");
    }

    #[test]
    fn a_narrow_distribution_is_nearly_exact_although_a_slot_is_wide() {
        for value in [10_000_u64, 10_100, 10_200, 10_300, 11_000, 11_110] {
            let values: Vec<u64> = (0..1000).map(|it| value + it % 20).collect();
            let (typical, fast) = of(&values);
            near(typical.nanoseconds, value as f64 + 9.5, 2e-4);
            near(fast.nanoseconds, value as f64 + 0.6, 2e-4);
        }
    }

    #[test]
    fn calls_that_the_machine_interrupted_do_not_move_it() {
        let plain: Vec<u64> = (0..1000).map(|it| 10_000 + it % 20).collect();
        let interrupted = |each: usize| -> Vec<u64> {
            let mut values = plain.clone();
            for (index, value) in values.iter_mut().enumerate() {
                if index % each == 0 {
                    *value += 4_000_000 + index as u64 * 1000;
                }
            }
            values
        };
        let (typical, fast) = of(&interrupted(20));
        near(typical.nanoseconds, 10_009.5, 0.016);
        near(fast.nanoseconds, 10_000.6, 0.003);
        // Their slots hide how much of the sum is theirs, and that is said.
        assert!(typical.resolution > 0.001, "{typical:?}");
        // Half of the calls: only the fast time is what it was.
        let (typical, fast) = of(&interrupted(2));
        assert!(typical.nanoseconds > 1e6);
        near(fast.nanoseconds, 10_000.6, 0.01);
    }

    #[test]
    fn few_calls_are_less_sure_than_many() {
        let values =
            |calls: u64| -> Vec<u64> { (0..calls).map(|it| 10_000 + it * 7919 % 5000).collect() };
        let (few, many) = (of(&values(20)).0, of(&values(2000)).0);
        assert!(few.sampling > 8.0 * many.sampling, "{few:?} {many:?}");
        // Of a uniform distribution of width w, winsorized by a tenth at each end, the standard
        // deviation is w * sqrt(0.8^3 / 12 + 0.2 * 0.4^2).
        let deviation = 5000.0 * (0.8_f64.powi(3) / 12.0 + 0.2 * 0.16).sqrt();
        near(
            many.sampling,
            deviation / 0.8 / 2000_f64.sqrt() / 12_500.0,
            0.03,
        );
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        let exact = Exact {
            total: 0.0,
            shortest: 0.0,
            longest: 0.0,
        };
        assert_eq!(locations(&[], exact), None);
        let cell = Cell {
            low: 0.0,
            high: 0.0,
            calls: 5.0,
        };
        assert_eq!(locations(&[cell], exact), None);
    }

    proptest! {
        #[test]
        fn whatever_is_said_to_be_exact_it_stays_in_the_cells(
            calls in proptest::collection::vec(1_u64..1000, 1..20), total: f64, ends: (f64, f64),
        ) {
            let cells: Vec<Cell> = (calls.iter().enumerate())
                .map(|(index, calls)| {
                    let low = 100.0 * (index + 1) as f64;
                    Cell { low, high: low + 99.0, calls: *calls as f64 }
                })
                .collect();
            let exact = Exact { total, shortest: ends.0.abs(), longest: ends.1.abs() };
            if let Some((typical, fast)) = locations(&cells, exact) {
                for it in [typical, fast] {
                    prop_assert!((99.9..=2099.1).contains(&it.nanoseconds), "{:?}", it);
                    prop_assert!(it.sampling >= 0.0 && it.resolution >= 0.0, "{:?}", it);
                }
                prop_assert!(fast.nanoseconds <= typical.nanoseconds + 1e-6);
            }
        }

        #[test]
        fn twice_as_slow_is_twice_the_time(
            values in proptest::collection::vec(1000_u64..100_000, 20..200),
        ) {
            let twice: Vec<u64> = values.iter().map(|it| it * 2).collect();
            let (one, two) = (of(&values), of(&twice));
            prop_assert!((two.0.nanoseconds / one.0.nanoseconds / 2.0 - 1.0).abs() < 0.001);
            prop_assert!((two.1.nanoseconds / one.1.nanoseconds / 2.0 - 1.0).abs() < 0.001);
        }
    }
}
