//! A function's record block: its words, its histogram, and how a call is added to it.
//!
//! Words are stored whole and aligned, the slot last, so a reader in another process sees every
//! call that has returned and never half of one (docs/recording.md).

use std::sync::atomic::{AtomicU64, Ordering};

use crate::recording::layout::record::{ACTIVE, BEGUN, COUNTED, ERRORS, LEAST, MOST, SLOTS, TOTAL};
use crate::recording::layout::{RECORD_WORDS, SLOTS as HISTOGRAM_SLOTS};

/// The words of a record block in the mapped file, or of the sink.
#[derive(Clone, Copy)]
pub(crate) struct Record(*mut u64);

/// Takes in the calls that there is no room for, or nothing to record them in.
static SINK: [AtomicU64; RECORD_WORDS] = [const { AtomicU64::new(0) }; RECORD_WORDS];

impl Record {
    /// A function that hasn't been called yet in this process.
    pub(crate) const NONE: Self = Self(std::ptr::null_mut());

    /// The record at the first word of its block.
    ///
    /// # Safety
    /// The block's words must stay mapped and writable for as long as the record is used.
    pub(crate) unsafe fn at(block: *mut u64) -> Self {
        Self(block)
    }

    /// A record that nobody reads.
    pub(crate) fn sink() -> Self {
        Self(SINK.as_ptr().cast::<u64>().cast_mut())
    }

    #[inline(always)]
    pub(crate) fn is_none(self) -> bool {
        self.0.is_null()
    }

    /// The block's first word.
    pub(crate) fn as_ptr(self) -> *mut u64 {
        self.0
    }

    /// How many calls ended or were counted, and how many of them by an exception.
    ///
    /// # Safety
    /// As below; the block has a histogram.
    pub(crate) unsafe fn sums(self) -> (u64, u64) {
        // SAFETY: the block has these words.
        unsafe {
            let read = |at: usize| word(self.0.add(at)).load(Ordering::Relaxed);
            let slots: u64 = (SLOTS..RECORD_WORDS).map(read).sum();
            (slots + read(COUNTED), read(ERRORS))
        }
    }

    /// Counts a call that begins; returns how many have.
    ///
    /// # Safety
    /// This record isn't `NONE`; the same goes for the methods below.
    #[inline(always)]
    pub(crate) unsafe fn begin(self) -> u64 {
        // SAFETY: the block has this word.
        unsafe { add(self.0.add(BEGUN), 1) }
    }

    /// Counts a call of detail `count`; returns how many there were.
    #[inline(always)]
    pub(crate) unsafe fn count(self) -> u64 {
        // SAFETY: the block has this word.
        unsafe { add(self.0.add(COUNTED), 1) }
    }

    /// Takes back what `begin` counted.
    pub(crate) unsafe fn take_back_begin(self) {
        // SAFETY: the block has this word.
        unsafe { add(self.0.add(BEGUN), u64::MAX) };
    }

    /// Takes back what `count` counted.
    pub(crate) unsafe fn take_back_count(self) {
        // SAFETY: the block has this word.
        unsafe { add(self.0.add(COUNTED), u64::MAX) };
    }

    /// Counts a call that ends by an exception.
    #[cold]
    pub(crate) unsafe fn fail(self) {
        // SAFETY: the block has this word.
        unsafe { add(self.0.add(ERRORS), 1) };
    }

    /// Adds to the time in which a generator or coroutine ran.
    #[inline(always)]
    pub(crate) unsafe fn ran(self, ticks: u64) {
        // SAFETY: the block has this word.
        unsafe { add(self.0.add(ACTIVE), ticks) };
    }

    /// Adds to the total of calls that no node counts.
    #[inline(always)]
    pub(crate) unsafe fn total(self, ticks: u64) {
        // SAFETY: the block has this word.
        unsafe { add(self.0.add(TOTAL), ticks) };
    }

    /// Adds an ended call of so many ticks to the extremes and the histogram.
    #[inline(always)]
    pub(crate) unsafe fn end(self, ticks: u64) {
        // SAFETY: the block has these words, and `slot` answers less than the number of slots.
        unsafe {
            raise(self.0.add(LEAST), !ticks);
            raise(self.0.add(MOST), ticks);
            let slot = word(self.0.add(SLOTS + slot(ticks)));
            slot.store(
                slot.load(Ordering::Relaxed).wrapping_add(1),
                Ordering::Release,
            );
        }
    }
}

/// A word of a mapped file as an atomic one.
///
/// # Safety
/// The word must be mapped, writable and aligned.
#[inline(always)]
pub(crate) unsafe fn word<'a>(at: *mut u64) -> &'a AtomicU64 {
    // SAFETY: the caller's promise.
    unsafe { AtomicU64::from_ptr(at) }
}

/// Adds to a word that only the holder of the GIL writes; returns the sum.
///
/// # Safety
/// As for `word`.
#[inline(always)]
pub(crate) unsafe fn add(at: *mut u64, amount: u64) -> u64 {
    // SAFETY: the caller's promise.
    let word = unsafe { word(at) };
    let sum = word.load(Ordering::Relaxed).wrapping_add(amount);
    word.store(sum, Ordering::Relaxed);
    sum
}

#[inline(always)]
unsafe fn raise(at: *mut u64, value: u64) {
    // SAFETY: the caller's promise.
    let word = unsafe { word(at) };
    if value > word.load(Ordering::Relaxed) {
        word.store(value, Ordering::Relaxed);
    }
}

/// The slot of the log-linear histogram: 16 an octave, as HdrHistogram's with four bits
/// (<https://hdrhistogram.github.io/HdrHistogram/>).
#[inline(always)]
pub(crate) fn slot(ticks: u64) -> usize {
    let bits = 64 - (ticks | 1).leading_zeros();
    if bits < 5 {
        return ticks as usize;
    }
    if bits > 50 {
        return HISTOGRAM_SLOTS - 1;
    }
    let shift = bits - 5;
    ((shift << 4) as usize) + (ticks >> shift) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_follow_each_other_without_a_gap() {
        let mut expected = 0;
        for ticks in 0..100_000u64 {
            let found = slot(ticks);
            assert!(found == expected || found == expected + 1, "{ticks}");
            expected = found;
        }
        assert_eq!(slot((1 << 50) - 1), HISTOGRAM_SLOTS - 1);
        assert_eq!(slot(u64::MAX), HISTOGRAM_SLOTS - 1);
    }
}
