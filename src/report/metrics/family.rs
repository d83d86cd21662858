//! What a metric family is: its name, what kind of figure it holds, and its samples.

use crate::report::metrics::Distribution;

/// What a family's figures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, as long as the same recordings are read.
    Counter,
    /// It comes and goes.
    Gauge,
    /// How often each value was met.
    Histogram,
    /// Text, in labels; the figure is 1.
    Info,
}

/// What a family's figures count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    None,
    /// Time.
    Seconds,
}

/// A label's name and value. A value is harmless to a terminal, and not escaped for any format.
pub type Label = (&'static str, String);

/// Figures that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// Its name, without the suffixes that unit and kind make: `probe_call_duration` becomes
    /// `probe_call_duration_seconds_bucket` and so on, `probe_calls` `probe_calls_total`.
    pub name: &'static str,
    /// What it says, without a full stop.
    pub help: &'static str,
    /// What its figures are.
    pub kind: Kind,
    /// What they count.
    pub unit: Unit,
    /// One for each set of labels.
    pub samples: Vec<Sample>,
}

impl Family {
    /// The same, of times.
    #[must_use]
    pub(super) fn in_seconds(self) -> Self {
        Self {
            unit: Unit::Seconds,
            ..self
        }
    }
}

/// A figure of a family.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// What tells it from others of the family.
    pub labels: Vec<Label>,
    /// The figure.
    pub value: Value,
}

impl Sample {
    pub(super) fn new(labels: Vec<Label>, value: Value) -> Self {
        Self { labels, value }
    }
}

/// A figure.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number of things.
    Count(u64),
    /// A time in ns, which is written in the family's unit.
    Nanoseconds(u64),
    /// Latencies.
    Distribution(Distribution),
}
