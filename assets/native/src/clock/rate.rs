//! How many ns a tick is: measured between two moments, better the further they are apart.
//! Reads no clock.

/// Bits of the fraction of a multiplier.
pub(crate) const SHIFT: u32 = 32;

/// A ratio is certain where it is wrong by less than this; two certain ones that differ by more
/// than 1 % tell of a jump of one of the clocks.
const CERTAIN: f64 = 0.0025;
const JUMP: f64 = 0.01;

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    pub(super) ticks: u64,
    /// CLOCK_MONOTONIC.
    pub(super) nanoseconds: u64,
    /// The ticks that may lie between the two.
    pub(super) width: u64,
}

/// What is known of the ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rate {
    /// The first moment, which bounds what any call can have taken.
    first: Moment,
    /// The moment that measurements start from: the first one, or after the latest jump.
    anchor: Moment,
    /// The latest moment.
    latest: Moment,
    /// 0 where nothing is known yet.
    multiplier: u64,
    /// Ticks between the moments that it was measured at.
    span: u64,
    /// By what part it may be wrong.
    error: f64,
}

impl Rate {
    pub(super) fn starting(at: Moment) -> Self {
        Self {
            first: at,
            anchor: at,
            latest: at,
            multiplier: 0,
            span: 0,
            error: f64::INFINITY,
        }
    }

    pub(super) fn multiplier(&self) -> u64 {
        self.multiplier
    }

    pub(super) fn anchor(&self) -> Moment {
        self.anchor
    }

    /// Whether a measurement would be better than the one that is known by half.
    pub(super) fn is_due(&self, ticks: u64) -> bool {
        self.multiplier == 0 || ticks.saturating_sub(self.anchor.ticks) / 2 >= self.span
    }

    /// What is known after another moment.
    pub(super) fn refined(self, at: Moment) -> Self {
        let span = at.ticks.saturating_sub(self.anchor.ticks);
        let passed = at.nanoseconds.saturating_sub(self.anchor.nanoseconds);
        let jumped = Self {
            anchor: at,
            latest: at,
            ..self
        };
        let multiplier = (u128::from(passed) << SHIFT).checked_div(u128::from(span));
        let Some(multiplier @ 1..) = multiplier.and_then(|it| u64::try_from(it).ok()) else {
            return jumped;
        };
        let width = self.anchor.width.saturating_add(at.width);
        let error = width as f64 / span as f64;
        let difference = (multiplier as f64 / self.multiplier as f64 - 1.0).abs();
        if error < CERTAIN && self.error < CERTAIN && difference > JUMP {
            return jumped;
        }
        if error > self.error {
            return Self { latest: at, ..self };
        }
        Self {
            latest: at,
            multiplier,
            span,
            error,
            ..self
        }
    }

    /// CLOCK_MONOTONIC at the latest known moment before these ticks.
    pub(super) fn moment_before(&self, ticks: u64) -> u64 {
        if ticks >= self.latest.ticks {
            self.latest.nanoseconds
        } else {
            self.first.nanoseconds
        }
    }
}

/// The ticks of some ns; the greatest number where the ratio isn't known.
pub(super) fn ticks(nanoseconds: u64, multiplier: u64) -> u64 {
    let ticks = (u128::from(nanoseconds) << SHIFT).checked_div(u128::from(multiplier));
    ticks
        .and_then(|it| u64::try_from(it).ok())
        .unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A moment of a clock of 2.5 GHz that started at 1000 ticks, at these ns.
    fn at(nanoseconds: u64) -> Moment {
        Moment {
            ticks: 1000 + nanoseconds * 5 / 2,
            nanoseconds,
            width: 60,
        }
    }

    fn later(moment: Moment, ticks: i64) -> Moment {
        let ticks = moment.ticks.checked_add_signed(ticks).unwrap();
        Moment { ticks, ..moment }
    }

    const RIGHT: u64 = (2 << SHIFT) / 5;

    fn is_right(rate: &Rate) -> bool {
        rate.multiplier().abs_diff(RIGHT) < RIGHT / 100_000
    }

    #[test]
    fn a_longer_span_is_better() {
        let rate = Rate::starting(at(0));
        assert!(rate.is_due(at(1).ticks));
        let rough = rate.refined(later(at(50_000), 100));
        assert!(!is_right(&rough));
        assert!(!rough.is_due(at(80_000).ticks));
        let fine = rough.refined(later(at(1_000_000_000), 100));
        assert!(is_right(&fine));
        // A look that was interrupted says less than what is known.
        let interrupted = Moment {
            width: 1 << 40,
            ..later(at(3_000_000_000), -(1 << 30))
        };
        assert_eq!(fine.refined(interrupted).multiplier(), fine.multiplier());
    }

    #[test]
    fn a_jump_does_not_change_what_is_known() {
        let known = Rate::starting(at(0)).refined(at(1_000_000));
        assert!(is_right(&known));
        for jump in [1 << 40, -3_000_000, 1_000_000_000] {
            let mut rate = known;
            for time in 3..100 {
                rate = rate.refined(later(at(time * 1_000_000), jump));
                assert!(is_right(&rate), "{jump}: {}", rate.multiplier());
            }
        }
        // Even where every tick is another one: ns of before stay right.
        let mut rate = known;
        for time in 3..100 {
            let ticks = 1000 + time * 9_000_000;
            rate = rate.refined(Moment {
                ticks,
                ..at(time * 1_000_000)
            });
            assert!(is_right(&rate));
        }
    }

    #[test]
    fn a_clock_that_stands_still_says_nothing() {
        let rate = Rate::starting(at(0));
        assert_eq!(rate.refined(at(0)).multiplier(), 0);
        let still = Moment {
            nanoseconds: 1 << 50,
            ..at(0)
        };
        assert_eq!(rate.refined(still).multiplier(), 0);
    }

    #[test]
    fn the_moment_before_a_begin_is_the_latest() {
        let rate = Rate::starting(at(7)).refined(at(1_000_000_000));
        assert_eq!(rate.moment_before(at(2_000_000_000).ticks), 1_000_000_000);
        assert_eq!(rate.moment_before(at(500).ticks), 7);
        assert_eq!(rate.moment_before(0), 7);
    }

    #[test]
    fn nanoseconds_become_ticks() {
        assert!(ticks(3_000_000_000, RIGHT).abs_diff(7_500_000_000) < 10);
        assert_eq!(ticks(1, 0), u64::MAX);
        assert_eq!(ticks(u64::MAX, 1), u64::MAX);
    }
}
