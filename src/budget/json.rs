//! What came of budgets as JSON, schema 1: times in ns, shares as parts of 1.

use std::path::Path;

use serde::Serialize;

use crate::budget::check::Finding;
use crate::budget::metric::Dimension;

/// The document.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    schema: u32,
    venv: Option<String>,
    /// True where no budget fails.
    within: bool,
    budgets: Vec<Entry<'a>>,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    budget: &'a str,
    target: &'a str,
    metric: &'static str,
    comparison: &'static str,
    limit: f64,
    unit: &'static str,
    state: &'static str,
    why: Option<&'a str>,
    functions: Vec<Function<'a>>,
}

#[derive(Debug, Serialize)]
struct Function<'a> {
    name: &'a str,
    state: &'static str,
    measured: Option<f64>,
    beyond: Option<f64>,
    why: Option<&'a str>,
}

impl<'a> Document<'a> {
    /// The document of these findings.
    #[must_use]
    pub fn new(findings: &'a [Finding<'a>], venv: Option<&Path>) -> Self {
        Self {
            schema: 1,
            venv: venv.map(|it| it.to_string_lossy().into_owned()),
            within: findings.iter().all(|it| it.state.is_well()),
            budgets: findings.iter().map(entry).collect(),
        }
    }
}

fn entry<'a>(it: &'a Finding<'a>) -> Entry<'a> {
    let functions = it.functions.iter().map(|found| Function {
        name: found.name,
        state: found.state.name(),
        measured: found.measured,
        beyond: found.beyond,
        why: found.why.as_deref(),
    });
    Entry {
        budget: &it.budget.text,
        target: it.budget.pattern.text(),
        metric: it.budget.metric.name(),
        comparison: it.budget.comparison.symbol(),
        limit: it.budget.limit,
        unit: match it.budget.metric.dimension() {
            Dimension::Time => "ns",
            Dimension::Count => "calls",
            Dimension::Share => "share",
        },
        state: it.state.name(),
        why: it.why.as_deref(),
        functions: functions.collect(),
    }
}
