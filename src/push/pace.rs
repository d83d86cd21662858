//! When to send: at each interval, and after a failure when a while has passed that doubles with
//! each, spread by chance so that many pushers don't come at once. Nothing is kept for a retry: the
//! figures are cumulative, so the next ones take the place of those that failed. Pure: moments are
//! durations since the pusher started, and chance is given.

use std::time::Duration;

/// After a first failure.
const FIRST: Duration = Duration::from_secs(1);

/// And never more than this, unless the collector says so.
const LONGEST: Duration = Duration::from_secs(60);

/// A collector that asks for more isn't obeyed: it would never hear from us again.
const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// The next moment to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    interval: Duration,
    next: Duration,
    failures: u32,
}

impl Pace {
    /// Sends at once, then at each interval.
    #[must_use]
    pub fn new(interval: Duration) -> Self {
        Self {
            interval,
            next: Duration::ZERO,
            failures: 0,
        }
    }

    /// How long to wait from `now` on.
    #[must_use]
    pub fn wait(&self, now: Duration) -> Duration {
        self.next.saturating_sub(now)
    }

    /// All was sent that was due. Intervals that passed meanwhile are left out.
    pub fn sent(&mut self, now: Duration) {
        self.failures = 0;
        self.next += self.interval;
        if self.next < now {
            self.next = now;
        }
    }

    /// It failed at `now`; `after` is what the collector asks for. `chance` is between 0 and 1.
    pub fn failed(&mut self, now: Duration, after: Option<Duration>, chance: f64) {
        let longest = FIRST.saturating_mul(2_u32.saturating_pow(self.failures));
        let longest = longest.min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        // Between the half and the whole.
        let wait = longest.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0);
        let asked = after.unwrap_or_default().min(LONGEST_ASKED);
        self.next = now + wait.max(asked);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn in_time_it_keeps_to_its_interval() {
        let mut pace = Pace::new(10 * SECOND);
        assert_eq!(pace.wait(Duration::ZERO), Duration::ZERO);
        pace.sent(2 * SECOND);
        assert_eq!(pace.wait(2 * SECOND), 8 * SECOND);
        // The machine slept: no burst makes up for it.
        pace.sent(100 * SECOND);
        assert_eq!(pace.wait(100 * SECOND), Duration::ZERO);
        pace.sent(100 * SECOND);
        assert_eq!(pace.wait(100 * SECOND), 10 * SECOND);
    }

    proptest! {
        #[test]
        fn failures_wait_longer_each_time_and_never_shorter_than_asked(
            asked in proptest::collection::vec(
                (proptest::option::of(0_u64..100_000), 0.0_f64..1.0), 1..80),
        ) {
            let mut pace = Pace::new(15 * SECOND);
            let mut now = Duration::ZERO;
            for (failures, (after, chance)) in asked.iter().enumerate() {
                let after = after.map(Duration::from_secs);
                pace.failed(now, after, *chance);
                let wait = pace.wait(now);
                let ours = (SECOND * 2_u32.saturating_pow(failures as u32)).min(LONGEST);
                prop_assert!(wait >= ours / 2);
                prop_assert!(wait >= after.unwrap_or_default().min(LONGEST_ASKED));
                prop_assert!(wait <= ours.max(after.unwrap_or_default()));
                now += wait;
                prop_assert_eq!(pace.wait(now), Duration::ZERO);
            }
            pace.sent(now);
            prop_assert!(pace.wait(now) <= 15 * SECOND);
            pace.failed(now, None, 1.0);
            prop_assert_eq!(pace.wait(now), SECOND, "a success forgets what failed before");
        }
    }
}
