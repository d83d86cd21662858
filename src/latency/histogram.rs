//! The log-linear histogram of `docs/recording.md`: which slot a number of ticks falls into,
//! what a slot holds, and adding up. The form is HdrHistogram's
//! (<https://hdrhistogram.github.io/HdrHistogram/>) with a fixed number of sub-buckets.

use std::ops::RangeInclusive;

use crate::recording::layout::{SLOTS, SUB_BUCKET_BITS};

/// Bits of the ticks from which on there is more than one value in a slot.
const EXACT_BITS: u32 = SUB_BUCKET_BITS + 1;

/// Slots of an octave.
const OCTAVE: usize = 1 << SUB_BUCKET_BITS;

/// The slot that a number of ticks falls into.
#[must_use]
pub fn slot_of(ticks: u64) -> usize {
    let bits = u64::BITS - ticks.leading_zeros();
    let octave = bits.saturating_sub(EXACT_BITS);
    let slot = ((octave as usize) << SUB_BUCKET_BITS) + (ticks >> octave) as usize;
    slot.min(SLOTS - 1)
}

/// The ticks that fall into a slot; the last slot holds all that are greater, too.
///
/// # Panics
/// Where there is no such slot.
#[must_use]
pub fn bounds(slot: usize) -> RangeInclusive<u64> {
    assert!(slot < SLOTS, "slot {slot} of {SLOTS}");
    let octave = (slot >> SUB_BUCKET_BITS).saturating_sub(1);
    let first = (slot - (octave << SUB_BUCKET_BITS)) as u64;
    let least = first << octave;
    let most = if slot == SLOTS - 1 {
        u64::MAX
    } else {
        ((first + 1) << octave) - 1
    };
    least..=most
}

/// The middle of a slot in ticks; of the last slot, the middle of what it would hold if it
/// were like the others. It is at most 3.13 % away from any of the slot's values.
#[must_use]
pub fn midpoint(slot: usize) -> f64 {
    let octave = (slot >> SUB_BUCKET_BITS).saturating_sub(1);
    let least = *bounds(slot).start() as f64;
    let width = (octave as f64).exp2();
    least + (width - 1.0) / 2.0
}

/// Counts by slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    slots: Box<[u64; SLOTS]>,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            slots: Box::new([0; SLOTS]),
        }
    }
}

impl Histogram {
    /// Adds counts to the slots from `first` on, as far as there are any; returns the sum of those
    /// that were added.
    pub fn add_slots(&mut self, first: usize, slots: &[u64]) -> u64 {
        let mine = self.slots.get_mut(first..).unwrap_or(&mut []);
        let slots = &slots[..slots.len().min(mine.len())];
        let (octaves, rest) = slots.as_chunks::<OCTAVE>();
        let (mine, _) = mine.as_chunks_mut::<OCTAVE>();
        let mut sum = 0_u64;
        for (mine, theirs) in mine.iter_mut().zip(octaves) {
            // Most of a histogram is empty; looking at an octave at once is cheaper than
            // trusting a least and a most that belong to another moment of a live file.
            if theirs.iter().fold(0, |bits, count| bits | count) == 0 {
                continue;
            }
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine = mine.saturating_add(*theirs);
                sum = sum.saturating_add(*theirs);
            }
        }
        self.add_counts(first + octaves.len() * OCTAVE, rest.iter().copied());
        rest.iter()
            .fold(sum, |sum, count| sum.saturating_add(*count))
    }

    /// Adds counts to the slots from `first` on, as far as there are any.
    pub fn add_counts(&mut self, first: usize, counts: impl IntoIterator<Item = u64>) {
        let mine = self.slots.get_mut(first..).unwrap_or(&mut []);
        for (mine, theirs) in mine.iter_mut().zip(counts) {
            *mine = mine.saturating_add(theirs);
        }
    }

    /// Adds one value in ticks.
    pub fn add(&mut self, ticks: u64) {
        let slot = &mut self.slots[slot_of(ticks)];
        *slot = slot.saturating_add(1);
    }

    /// Adds all of another histogram: what both would hold if their values had been added to
    /// one.
    pub fn merge(&mut self, other: &Self) {
        self.add_slots(0, &other.slots[..]);
    }

    /// The slots that aren't empty, and their counts.
    pub fn counts(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        let counts = self.slots.iter().copied().enumerate();
        counts.filter(|(_, count)| *count > 0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::recording::testing::naive_slot;

    #[test]
    fn slots_touch_without_gap_or_overlap() {
        assert_eq!(*bounds(0).start(), 0);
        for slot in 1..SLOTS {
            assert_eq!(*bounds(slot).start(), bounds(slot - 1).end() + 1, "{slot}");
        }
        assert_eq!(*bounds(SLOTS - 1).end(), u64::MAX);
    }

    #[test]
    fn edges_fall_where_the_format_says() {
        for (ticks, slot) in [
            (0, 0),
            (15, 15),
            (16, 16),
            (31, 31),
            (32, 32),
            (33, 32),
            (34, 33),
            ((1 << 50) - 1, 751),
            (1 << 50, 751),
            (u64::MAX, 751),
        ] {
            assert_eq!(slot_of(ticks), slot, "{ticks}");
        }
    }

    #[test]
    fn of_too_many_or_few_slots_those_that_there_are_count() {
        for (length, sum) in [(0, 0), (21, 21), (SLOTS, 752), (SLOTS + 21, 752)] {
            let mut histogram = Histogram::default();
            assert_eq!(histogram.add_slots(0, &vec![1; length]), sum, "{length}");
            assert_eq!(histogram.counts().map(|it| it.1).sum::<u64>(), sum);
        }
        for (first, length, sum) in [(3, 40, 40), (SLOTS - 2, 5, 2), (SLOTS, 5, 0)] {
            let mut histogram = Histogram::default();
            assert_eq!(histogram.add_slots(first, &vec![1; length]), sum, "{first}");
            let slots: Vec<_> = histogram.counts().map(|it| it.0).collect();
            assert_eq!(slots, (first..first + sum as usize).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_middle_is_near_to_both_ends_of_a_slot() {
        for slot in 1..SLOTS - 1 {
            let (least, most) = bounds(slot).into_inner();
            for value in [least as f64, most as f64] {
                let error = (midpoint(slot) - value).abs() / value;
                assert!(error <= 0.0313, "slot {slot}: {error}");
            }
        }
        assert_eq!(midpoint(0), 0.0);
        assert_eq!(midpoint(32), 32.5);
    }

    proptest! {
        #[test]
        fn slot_is_that_of_the_bit_by_bit_way(ticks: u64, shift in 0_u32..64) {
            let ticks = ticks >> shift;
            prop_assert_eq!(slot_of(ticks), naive_slot(ticks));
            prop_assert!(bounds(slot_of(ticks)).contains(&ticks));
        }

        #[test]
        fn merging_is_adding_one_after_the_other(
            a in proptest::collection::vec(any::<u64>(), 0..50),
            b in proptest::collection::vec(0_u64..1_000_000, 0..50),
        ) {
            let of = |values: &[u64]| {
                let mut histogram = Histogram::default();
                values.iter().for_each(|value| histogram.add(*value));
                histogram
            };
            let mut merged = of(&a);
            merged.merge(&of(&b));
            prop_assert_eq!(&merged, &of(&[a.clone(), b.clone()].concat()));
            let sum: u64 = merged.counts().map(|(_, count)| count).sum();
            prop_assert_eq!(sum, (a.len() + b.len()) as u64);
        }
    }
}
