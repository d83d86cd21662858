//! What the probe may cost. Pure.

use crate::interpreters::Minor;

use super::calls::{Kind, Workload};

/// The most that a figure may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Goal {
    /// So many times what viztracer adds.
    Ratio(f64),
    /// So many nanoseconds.
    Nanoseconds(f64),
}

/// The most that start-up may take, in milliseconds.
pub(super) const START_UP: f64 = 1.0;

/// The most that instrumenting one function may take, in microseconds.
pub(super) const INSTRUMENTING: f64 = 20.0;

/// The most memory that 200 functions may take, in MiB.
pub(super) const MEMORY: f64 = 4.0;

/// The most that a call may take while recording is switched off, in nanoseconds.
const SWITCHED_OFF: f64 = 25.0;

/// True for the versions on which the probe is compared with viztracer.
pub(super) fn is_compared(minor: Minor) -> bool {
    [Minor(3, 12), Minor(3, 13)].contains(&minor)
}

/// The limit for one figure, where it has one. Only the native engine has limits.
pub(super) fn of(minor: Minor, kind: &Kind, workload: Workload) -> Option<Goal> {
    let Kind::Native { detail, off } = kind else {
        return None;
    };
    let plain = matches!(workload, Workload::Call | Workload::Fib);
    if *off {
        return plain.then_some(Goal::Nanoseconds(SWITCHED_OFF));
    }
    if !is_compared(minor) {
        let limit = match minor {
            Minor(3, 8..=10) => 20.0,
            Minor(3, 11) => 30.0,
            _ => 32.0,
        };
        return (plain && *detail == "time").then_some(Goal::Nanoseconds(limit));
    }
    match (workload, *detail) {
        (Workload::Call | Workload::Fib, "count") => Some(Goal::Ratio(0.25)),
        (Workload::Call | Workload::Fib, "time") => Some(Goal::Ratio(0.5)),
        (Workload::Call | Workload::Fib, "tree") => Some(Goal::Ratio(0.65)),
        (Workload::Await, _) => Some(Goal::Ratio(0.8)),
        (Workload::Generator, "tree") => Some(Goal::Ratio(0.5)),
        _ => None,
    }
}

/// A figure beside its limit, for a table.
pub(super) fn beside(figure: f64, limit: f64) -> &'static str {
    if figure <= limit { "met" } else { "missed" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Minor = Minor(3, 13);

    fn native(detail: &'static str, off: bool) -> Kind {
        Kind::Native { detail, off }
    }

    #[test]
    fn calls_are_limited_by_detail_on_versions_that_are_compared() {
        let limit = |detail| of(NEW, &native(detail, false), Workload::Fib);
        assert_eq!(limit("count"), Some(Goal::Ratio(0.25)));
        assert_eq!(limit("time"), Some(Goal::Ratio(0.5)));
        assert_eq!(limit("tree"), Some(Goal::Ratio(0.65)));
    }

    #[test]
    fn other_versions_have_limits_in_nanoseconds() {
        let limit = |minor| of(minor, &native("time", false), Workload::Call);
        assert_eq!(limit(Minor(3, 8)), Some(Goal::Nanoseconds(20.0)));
        assert_eq!(limit(Minor(3, 11)), Some(Goal::Nanoseconds(30.0)));
        assert_eq!(limit(Minor(3, 15)), Some(Goal::Nanoseconds(32.0)));
    }

    #[test]
    fn a_call_that_isn_t_recorded_has_one_limit_everywhere() {
        for minor in [Minor(3, 9), NEW] {
            let limit = of(minor, &native("tree", true), Workload::Call);
            assert_eq!(limit, Some(Goal::Nanoseconds(25.0)));
        }
    }

    #[test]
    fn only_the_native_engine_has_limits() {
        assert_eq!(of(NEW, &Kind::Viztracer, Workload::Call), None);
        let python = Kind::Python { detail: "time" };
        assert_eq!(of(NEW, &python, Workload::Call), None);
    }
}
