//! A comparison as JSON, schema 1. Shares are relative: 0.1 is 10 % more.

use serde::Serialize;

use crate::compare::codec::timestamp;
use crate::compare::comparing::LEVEL;
use crate::compare::side::{Side, SideTimes};
use crate::compare::snapshot::Snapshot;
use crate::compare::verdict::{Change, Compared, Comparison, Errors};

/// The document.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    schema: u32,
    before: Source,
    after: Source,
    test: &'static str,
    errors_test: &'static str,
    level: f64,
    threshold: f64,
    /// How much longer all functions alike took; null where too few tell, or it isn't wanted.
    drift: Option<f64>,
    /// As a standard deviation: of the typical time, and of the fast one.
    noise: [f64; 2],
    noise_assumed: bool,
    tested: usize,
    functions: Vec<Entry<'a>>,
}

#[derive(Debug, Serialize)]
struct Source {
    path: String,
    taken: String,
    venv: Option<String>,
    processes: u64,
    missing: u64,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    name: &'a str,
    verdict: &'static str,
    errors: &'static str,
    impact_ns: f64,
    change: Option<f64>,
    change_low: Option<f64>,
    change_high: Option<f64>,
    chance: Option<f64>,
    errors_chance: Option<f64>,
    /// Which figure the change is of.
    figure: Option<&'static str>,
    from: Option<&'static str>,
    before: Option<Figures>,
    after: Option<Figures>,
}

#[derive(Debug, Serialize)]
struct Figures {
    calls: u64,
    errors: u64,
    total_ns: Option<u64>,
    self_ns: Option<u64>,
    mean_ns: Option<f64>,
    typical_ns: Option<f64>,
    fast_ns: Option<f64>,
    p50_ns: Option<f64>,
    p90_ns: Option<f64>,
    p99_ns: Option<f64>,
}

impl<'a> Document<'a> {
    /// The document of these functions of a comparison of two files with these paths.
    #[must_use]
    pub fn new(
        comparison: &Comparison,
        functions: &[&'a Compared],
        threshold: f64,
        sources: [(&str, &Snapshot); 2],
    ) -> Self {
        let [before, after] = sources.map(|(path, it)| Source {
            path: path.to_owned(),
            taken: timestamp(it.taken).to_string(),
            venv: it.venv.clone(),
            processes: it.processes(),
            missing: it.missing,
        });
        Self {
            schema: 1,
            before,
            after,
            test: "one-sided t-test of the change's logarithm beyond half of the threshold, Holm's correction",
            errors_test: "Fisher's exact test, Holm's correction",
            level: LEVEL,
            threshold: threshold / 100.0,
            drift: comparison.drift.map(|it| it - 1.0),
            noise: comparison.noise,
            noise_assumed: comparison.noise_assumed,
            tested: comparison.tested,
            functions: functions.iter().copied().map(entry).collect(),
        }
    }
}

fn entry(it: &Compared) -> Entry<'_> {
    let (errors, errors_chance) = match it.errors {
        Errors::More { chance } => ("more", Some(chance)),
        Errors::Fewer { chance } => ("fewer", Some(chance)),
        Errors::Same => ("same", None),
    };
    let change = it.change.as_ref();
    Entry {
        name: &it.name,
        verdict: it.verdict.name(),
        errors,
        impact_ns: it.impact_ns,
        change: change.map(Change::share),
        change_low: change.map(|it| it.interval().0),
        change_high: change.map(|it| it.interval().1),
        chance: change.map(|it| it.chance),
        errors_chance,
        figure: change.map(|it| it.figure.name()),
        from: change.map(|it| match it.processes {
            Some(_) => "processes",
            None => "calls",
        }),
        before: it.before.as_ref().map(figures),
        after: it.after.as_ref().map(figures),
    }
}

fn figures(it: &Side) -> Figures {
    let times = it.times.as_ref();
    Figures {
        calls: it.calls,
        errors: it.errors,
        total_ns: times.map(|it| it.total_ns),
        self_ns: times.and_then(|it| it.self_ns),
        mean_ns: times.map(|it| it.mean_ns),
        typical_ns: times.and_then(SideTimes::typical_ns),
        fast_ns: times.and_then(SideTimes::fast_ns),
        p50_ns: times.map(|it| it.percentiles.p50),
        p90_ns: times.map(|it| it.percentiles.p90),
        p99_ns: times.map(|it| it.percentiles.p99),
    }
}
