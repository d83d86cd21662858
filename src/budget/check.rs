//! Holds what was recorded against budgets. Each function that a budget's target matches is
//! checked by itself. A target that matches nothing that was called is a failure: a budget that
//! checks nothing would pass for ever, whatever became of the function.

use crate::budget::grammar::Budget;
use crate::budget::metric::{Dimension, Metric};
use crate::report::Model;
use crate::report::model::Function;
use crate::targets::similar::most_similar;

/// What came of one budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding<'a> {
    /// The budget.
    pub budget: &'a Budget,
    /// What is to be said of the whole budget.
    pub state: State,
    /// Why, where no function tells it.
    pub why: Option<String>,
    /// The functions that it was checked for, those that are worst first.
    pub functions: Vec<Found<'a>>,
}

/// What came of one budget for one function.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<'a> {
    /// `module:qualname`.
    pub name: &'a str,
    /// As it is for this function.
    pub state: State,
    /// The figure; none where it isn't known.
    pub measured: Option<f64>,
    /// How far beyond the limit the figure is, as a part of the limit, and negative within it;
    /// none where the limit is 0.
    pub beyond: Option<f64>,
    /// Why it isn't known.
    pub why: Option<String>,
}

/// How a budget stands; the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing matched, and that is allowed.
    Skipped,
    /// All is as it must be.
    Within,
    /// The figure isn't known.
    Unknown,
    /// Nothing matched.
    Missing,
    /// A function exceeds it.
    Exceeded,
}

impl State {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Within => "within",
            Self::Unknown => "unknown",
            Self::Missing => "missing",
            Self::Exceeded => "exceeded",
        }
    }

    /// True where it can be left as it is.
    #[must_use]
    pub fn is_well(self) -> bool {
        self <= Self::Within
    }
}

/// Checks each budget; `missing_allowed` makes those that match nothing no failure.
#[must_use]
pub fn check<'a>(
    budgets: &'a [Budget],
    model: &'a Model,
    missing_allowed: bool,
) -> Vec<Finding<'a>> {
    let one = |budget| {
        let mut finding = check_one(budget, model);
        if finding.state == State::Missing && missing_allowed {
            finding.state = State::Skipped;
        }
        finding
    };
    budgets.iter().map(one).collect()
}

fn check_one<'a>(budget: &'a Budget, model: &'a Model) -> Finding<'a> {
    let mut functions: Vec<Found<'a>> = Vec::new();
    let mut never_called = 0_usize;
    for hooked in model.hooked.iter().filter(|it| matches(budget, &it.name)) {
        let name = &hooked.name;
        let place = model.functions.binary_search_by(|it| it.name.cmp(name));
        match place.ok().map(|index| &model.functions[index]) {
            Some(function) => functions.push(found(budget, name, budget.metric.of(function))),
            // How often it was called is known of one that wasn't, too.
            None if is_count(budget.metric) => functions.push(match &hooked.why_impossible {
                Some(why) => unknown(name, format!("it can't be timed: {why}")),
                None => found(budget, name, Ok(0.0)),
            }),
            None => never_called += 1,
        }
    }
    functions.sort_by(|a, b| {
        let by_state = b.state.cmp(&a.state);
        let size = |it: &Found<'_>| it.beyond.or(it.measured).unwrap_or(f64::NEG_INFINITY);
        by_state
            .then(size(b).total_cmp(&size(a)))
            .then(a.name.cmp(b.name))
    });
    let worst = functions.iter().map(|it| it.state).max();
    Finding {
        budget,
        state: worst.unwrap_or(State::Missing),
        why: worst
            .is_none()
            .then(|| nothing(budget, model, never_called)),
        functions,
    }
}

fn is_count(metric: Metric) -> bool {
    metric.dimension() == Dimension::Count
}

fn matches(budget: &Budget, name: &str) -> bool {
    let (module, qualname) = name.split_once(':').unwrap_or((name, ""));
    budget.pattern.matches(module, qualname)
}

fn found<'a>(budget: &Budget, name: &'a str, figure: Result<f64, &str>) -> Found<'a> {
    let measured = match figure {
        Ok(measured) => measured,
        Err(why) => return unknown(name, why.to_owned()),
    };
    let (limit, comparison) = (budget.limit, budget.comparison);
    let distance = if comparison.is_upper() {
        measured - limit
    } else {
        limit - measured
    };
    Found {
        name,
        state: if comparison.holds(measured, limit) {
            State::Within
        } else {
            State::Exceeded
        },
        measured: Some(measured),
        beyond: (limit > 0.0).then_some(distance / limit),
        why: None,
    }
}

fn unknown(name: &str, why: String) -> Found<'_> {
    Found {
        name,
        state: State::Unknown,
        measured: None,
        beyond: None,
        why: Some(why),
    }
}

/// Why a budget has no function.
fn nothing(budget: &Budget, model: &Model, never_called: usize) -> String {
    match never_called {
        0 => {}
        1 => return "the function that matches was never called".to_owned(),
        many => return format!("none of the {many} functions that match was called"),
    }
    let pattern = &budget.pattern;
    let exact = pattern.exact_module().zip(pattern.exact_qualname());
    let similar = exact.and_then(|(module, qualname)| {
        let names = model.functions.iter().map(called_name);
        most_similar(&format!("{module}:{qualname}"), names)
    });
    match similar {
        Some(name) => format!("nothing that was recorded matches; did you mean `{name}`?"),
        None => "nothing that was recorded matches; is it among the targets?".to_owned(),
    }
}

fn called_name(it: &Function) -> &str {
    &it.name
}
