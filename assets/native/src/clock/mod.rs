//! The clock that calls are timed with: the processor's counter where it can be trusted, else
//! CLOCK_MONOTONIC. Its ticks become ns only when somebody reads a recording.
//!
//! The kind is chosen once (`source`) and stays: ticks of two kinds can't be in one histogram. A
//! forked child keeps its parent's kind, another program chooses anew. Where the kernel stops
//! trusting the counter meanwhile (it says so in its log; `current_clocksource` is another one
//! then) a process goes on with it: asking again would cost system calls and could change
//! nothing. What keeps times sane then, and over a suspend or a migration, is `since`: never
//! negative, and never longer than CLOCK_MONOTONIC says; and `rate`, which keeps what it knew of
//! the ratio before a jump.

mod rate;
mod source;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, Once};

pub(crate) use rate::SHIFT;
use rate::{Moment, Rate};
use source::{counter, monotonic};

/// More ticks than this are compared with CLOCK_MONOTONIC: 3 s at 3 GHz, 6 min at 24 MHz.
const LONG: u64 = 1 << 33;
/// Nanoseconds from the first moment to the second one, at least: a ratio is better than 0.3 %
/// then.
const SHORTEST_SPAN: u64 = 50_000;

/// Whether `now` reads the processor's counter.
static COUNTING: AtomicBool = AtomicBool::new(false);
static KIND: AtomicU8 = AtomicU8::new(source::MONOTONIC);
static MULTIPLIER: AtomicU64 = AtomicU64::new(0);
/// CLOCK_MONOTONIC at the first moment.
static STARTED: AtomicU64 = AtomicU64::new(0);
/// Locked for as long as a computation takes, by whoever holds the GIL: always free. It is only
/// tried, so that even a child forked at a bad moment doesn't hang.
static RATE: Mutex<Option<Rate>> = Mutex::new(None);
static START: Once = Once::new();

/// Chooses the clock and takes its first moment; later calls do nothing.
pub(crate) fn start() {
    START.call_once(|| {
        let kind = source::choose(std::env::var_os("PROBE_CLOCK").as_deref());
        KIND.store(kind, Relaxed);
        COUNTING.store(kind != source::MONOTONIC, Relaxed);
        let first = moment();
        STARTED.store(first.nanoseconds, Relaxed);
        if let Ok(mut rate) = RATE.try_lock() {
            *rate = Some(Rate::starting(first));
        }
    });
}

/// The clock in ticks. Between two processors it may differ by a little in either direction:
/// subtract with [`since`] alone.
#[inline(always)]
pub(crate) fn now() -> u64 {
    if COUNTING.load(Relaxed) {
        counter()
    } else {
        monotonic()
    }
}

/// The ticks from `begin` to `now`; 0 where the clock went back, and never more than has passed
/// since the process began to record.
#[inline(always)]
pub(crate) fn since(begin: u64, now: u64) -> u64 {
    let ticks = now.saturating_sub(begin);
    if ticks > LONG {
        return possible(begin, ticks);
    }
    ticks
}

/// The kind, as in word 3 of a recording.
pub(crate) fn kind() -> u64 {
    u64::from(KIND.load(Relaxed))
}

/// From ticks to ns: `ticks * multiplier >> shift`. The shift never changes in a process.
pub(crate) fn calibration() -> (u64, u32) {
    if !COUNTING.load(Relaxed) {
        return (1, 0);
    }
    // Once, but where another thread is about to find the first ratio: no GIL is needed here.
    for _ in 0..10_000 {
        refine();
        match MULTIPLIER.load(Relaxed) {
            0 => std::thread::yield_now(),
            multiplier => return (multiplier, SHIFT),
        }
    }
    (1 << SHIFT, SHIFT) // nothing is known: as if it ticked in ns
}

/// Measures the ratio anew where at least twice the time has passed that it was measured over;
/// else costs one look at the clock. Waits at most 50 us, the first time.
pub(crate) fn refine() {
    if !COUNTING.load(Relaxed) {
        return;
    }
    let Ok(mut guard) = RATE.try_lock() else {
        return;
    };
    let Some(rate) = guard.as_mut() else {
        return;
    };
    if !rate.is_due(counter()) {
        return;
    }
    if rate.multiplier() == 0 {
        wait_until(rate.anchor().nanoseconds.saturating_add(SHORTEST_SPAN));
    }
    *rate = rate.refined(moment());
    MULTIPLIER.store(rate.multiplier(), Relaxed);
}

/// A call's ticks where they are many: no more than have passed since the latest moment before
/// its begin at which both clocks were read.
#[cold]
#[inline(never)]
fn possible(begin: u64, ticks: u64) -> u64 {
    if !COUNTING.load(Relaxed) {
        return ticks;
    }
    let nanoseconds = monotonic();
    let before = RATE
        .try_lock()
        .ok()
        .and_then(|rate| rate.as_ref().map(|it| it.moment_before(begin)));
    let (multiplier, _) = calibration();
    let before = before.unwrap_or(STARTED.load(Relaxed));
    ticks.min(rate::ticks(nanoseconds.saturating_sub(before), multiplier))
}

/// Both clocks at one moment: the best of a few looks, with no interrupt between.
fn moment() -> Moment {
    let mut best = Moment {
        ticks: 0,
        nanoseconds: 0,
        width: u64::MAX,
    };
    for _ in 0..4 {
        let before = now();
        let nanoseconds = monotonic();
        let width = now().saturating_sub(before);
        if width < best.width {
            best = Moment {
                ticks: before + width / 2,
                nanoseconds,
                width,
            };
        }
    }
    best
}

fn wait_until(nanoseconds: u64) {
    // Bounded, whatever the clock does: a look at it takes some 20 ns.
    for _ in 0..100_000 {
        if monotonic() >= nanoseconds {
            return;
        }
        std::hint::spin_loop();
    }
}
