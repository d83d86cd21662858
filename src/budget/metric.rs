//! The figures that a budget can be for: their names, what they are measured in, and where they
//! stand in the model.

use crate::report::model::{Function, Time};

/// A figure of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Metric {
    P50,
    P90,
    P99,
    Mean,
    Min,
    Max,
    Total,
    SelfTime,
    Calls,
    Errors,
    ErrorRate,
    InFlight,
}

/// What a figure is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// Nanoseconds.
    Time,
    /// A number of calls.
    Count,
    /// A part of the calls; 1 is all.
    Share,
}

/// All of them with their names; the first of several is the usual one.
const NAMES: [(&str, Metric); 13] = [
    ("p50", Metric::P50),
    ("p90", Metric::P90),
    ("p99", Metric::P99),
    ("mean", Metric::Mean),
    ("min", Metric::Min),
    ("max", Metric::Max),
    ("total", Metric::Total),
    ("self", Metric::SelfTime),
    ("calls", Metric::Calls),
    ("errors", Metric::Errors),
    ("error_rate", Metric::ErrorRate),
    ("errors%", Metric::ErrorRate),
    ("in_flight", Metric::InFlight),
];

impl Metric {
    /// All names.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|it| it.0)
    }

    /// The figure of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|it| it.0 == name).map(|it| it.1)
    }

    /// Its usual name.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|it| it.1 == self).map_or("", |it| it.0)
    }

    /// What it is measured in.
    #[must_use]
    pub fn dimension(self) -> Dimension {
        match self {
            Self::Calls | Self::Errors | Self::InFlight => Dimension::Count,
            Self::ErrorRate => Dimension::Share,
            _ => Dimension::Time,
        }
    }

    /// The figure of a function that was called, or why it has none.
    pub(super) fn of(self, function: &Function) -> Result<f64, &'static str> {
        let time = |of: fn(&Time) -> f64| match &function.time {
            Some(time) => Ok(of(time)),
            None if function.calls == 0 => Err("none of its calls has ended"),
            None => Err("its calls were counted, not timed (detail `count`)"),
        };
        match self {
            Self::P50 => time(|it| it.percentiles.p50),
            Self::P90 => time(|it| it.percentiles.p90),
            Self::P99 => time(|it| it.percentiles.p99),
            Self::Mean => time(|it| it.mean_ns),
            Self::Min => time(|it| it.min_ns as f64),
            Self::Max => time(|it| it.max_ns as f64),
            Self::Total => time(|it| it.total_ns as f64),
            Self::SelfTime => {
                time(|_| 0.0)?;
                let of = function.time.and_then(|it| it.self_ns);
                of.map(|it| it as f64)
                    .ok_or("it has no self time, which needs detail `tree`")
            }
            Self::Calls => Ok(function.calls as f64),
            Self::Errors => Ok(function.errors as f64),
            Self::ErrorRate if function.calls == 0 => Err("none of its calls has ended"),
            Self::ErrorRate => Ok(function.errors as f64 / function.calls as f64),
            Self::InFlight => Ok(function.in_flight as f64),
        }
    }
}
