//! Metric families as plain values, whatever they are encoded as.

use crate::metrics::distribution::Distribution;

/// Metrics of one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// The name, with its unit and without the suffix that the kind gives it (`_total`, `_info`).
    pub name: &'static str,
    /// What it is, in one sentence.
    pub help: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// Its unit, which the name ends with; none for what is only counted.
    pub unit: Option<&'static str>,
    /// Its samples, no two with the same labels.
    pub samples: Vec<Sample>,
}

impl Family {
    /// The name of its samples; those of a histogram have more suffixes of their own.
    #[must_use]
    pub fn sample_name(&self) -> String {
        let suffix = match self.kind {
            Kind::Counter => "_total",
            Kind::Info => "_info",
            Kind::Gauge | Kind::Histogram => "",
        };
        format!("{}{suffix}", self.name)
    }
}

/// What a family's samples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It rises and falls.
    Gauge,
    /// How often each value was met.
    Histogram,
    /// Its labels are what it says; its value is 1.
    Info,
}

/// One time series at this moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Its labels.
    pub labels: Vec<(&'static str, String)>,
    /// Its value.
    pub value: Value,
}

/// A sample's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A count.
    Integer(u64),
    /// In the family's unit.
    Number(f64),
    /// In seconds.
    Distribution(Distribution),
}

impl Value {
    /// The value as a number; a distribution's is its sum.
    #[must_use]
    pub fn number(&self) -> f64 {
        match self {
            Self::Integer(count) => *count as f64,
            Self::Number(number) => *number,
            Self::Distribution(distribution) => distribution.sum_seconds,
        }
    }
}
