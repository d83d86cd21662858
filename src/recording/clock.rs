//! From a recording's ticks to nanoseconds.

/// The rational factor of a process's clock: ns = (ticks * multiplier) >> shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// The multiplier, not 0.
    pub multiplier: u64,
    /// The shift in bits, below 64.
    pub shift: u32,
}

impl Clock {
    /// A clock that ticks in ns.
    pub const NANOSECONDS: Self = Self {
        multiplier: 1,
        shift: 0,
    };

    /// Ticks in ns, rounded down; the greatest `u64` where they are more.
    #[must_use]
    pub fn nanoseconds(self, ticks: u64) -> u64 {
        self.nanoseconds_of_sum(u128::from(ticks))
    }

    /// The same for a sum of many calls' ticks, which may exceed a word in hostile files.
    #[must_use]
    pub fn nanoseconds_of_sum(self, ticks: u128) -> u64 {
        let scaled = ticks.saturating_mul(u128::from(self.multiplier)) >> self.shift;
        u64::try_from(scaled).unwrap_or(u64::MAX)
    }

    /// Nanoseconds of one tick.
    #[must_use]
    pub fn tick_nanoseconds(self) -> f64 {
        self.multiplier as f64 / (self.shift as f64).exp2()
    }
}

/// What the system's clocks say at one moment, in ns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Since 1970 UTC.
    pub wall_ns: u64,
    /// By CLOCK_MONOTONIC.
    pub monotonic_ns: u64,
}

impl Moment {
    /// This moment.
    #[must_use]
    pub fn now() -> Self {
        let now = |clock| {
            let time = rustix::time::clock_gettime(clock);
            let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
            let rest = u64::try_from(time.tv_nsec).unwrap_or(0);
            seconds.saturating_mul(1_000_000_000).saturating_add(rest)
        };
        Self {
            wall_ns: now(rustix::time::ClockId::Realtime),
            monotonic_ns: now(rustix::time::ClockId::Monotonic),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_without_overflow() {
        // 3 GHz: a third of a ns a tick.
        let clock = Clock {
            multiplier: (1 << 32) / 3,
            shift: 32,
        };
        assert_eq!(clock.nanoseconds(3_000_000_000), 999_999_999);
        assert_eq!(clock.nanoseconds(u64::MAX), u64::MAX / 3 - 1_431_655_766);
        assert_eq!(Clock::NANOSECONDS.nanoseconds(u64::MAX), u64::MAX);
        let fast = Clock {
            multiplier: u64::MAX,
            shift: 1,
        };
        assert_eq!(fast.nanoseconds_of_sum(u128::MAX), u64::MAX);
        assert!((clock.tick_nanoseconds() - 1.0 / 3.0).abs() < 1e-9);
    }
}
