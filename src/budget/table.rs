//! What came of budgets, for people: a line for each, the functions that exceed it below.

use owo_colors::OwoColorize;

use crate::budget::check::{Finding, Found, State};
use crate::budget::grammar::Budget;
use crate::budget::metric::Dimension;
use crate::harmless;
use crate::report::aligned::aligned;
use crate::report::units::{count, counted, duration};

/// Functions named below a budget that they exceed.
const MOST_NAMED: usize = 20;

/// The findings as text.
#[must_use]
pub fn render(findings: &[Finding<'_>]) -> String {
    let mut text = String::new();
    for finding in findings {
        let state = format!("{:<10}", finding.state.name());
        let state = match finding.state {
            State::Within => state.green().to_string(),
            State::Skipped => state.dimmed().to_string(),
            _ => state.red().bold().to_string(),
        };
        let budget = harmless::line(&finding.budget.text);
        text.push_str(&format!("{state}{}{}\n", budget.bold(), beside(finding)));
        for line in below(finding) {
            text.push_str(&format!("{line}\n"));
        }
    }
    text
}

/// One sentence for each failure, which names the function, its figure and the budget.
#[must_use]
pub fn failures(findings: &[Finding<'_>]) -> Vec<String> {
    let mut all = Vec::new();
    for finding in findings.iter().filter(|it| !it.state.is_well()) {
        let budget = finding.budget;
        let failing = finding.functions.iter().filter(|it| !it.state.is_well());
        let sentences = failing.map(|it| match (it.measured, &it.why) {
            (Some(measured), _) => format!(
                "`{}`: {} is {}, {} the budget `{}`",
                it.name,
                budget.metric.name(),
                figure(budget, measured),
                excess(budget, it),
                budget.text,
            ),
            (None, why) => format!(
                "`{}`: the budget `{}` can't be checked: {}",
                it.name,
                budget.text,
                why.as_deref().unwrap_or("no figure")
            ),
        });
        all.extend(sentences);
        all.extend(
            finding
                .why
                .iter()
                .map(|why| format!("`{}`: {why}", budget.text)),
        );
    }
    all
}

/// What is to be said on the budget's line.
fn beside(finding: &Finding<'_>) -> String {
    if let Some(why) = &finding.why {
        return format!("  {}", harmless::line(why));
    }
    let worst = finding.functions.first();
    match (
        finding.state,
        worst.and_then(|it| Some((it.name, it.measured?))),
    ) {
        (State::Within, Some((name, measured))) => {
            let figure = figure(finding.budget, measured);
            let name = harmless::line(name);
            match finding.functions.len() {
                1 => format!("  {name} {figure}"),
                many => format!(
                    "  {}, at worst {name} {figure}",
                    counted(many as u64, "function")
                ),
            }
        }
        _ => String::new(),
    }
}

/// The functions that fail.
fn below(finding: &Finding<'_>) -> Vec<String> {
    let failing: Vec<&Found<'_>> = (finding.functions.iter())
        .filter(|it| !it.state.is_well())
        .collect();
    if failing.is_empty() {
        return Vec::new();
    }
    let rows = failing.iter().take(MOST_NAMED).map(|it| {
        let figures = match it.measured {
            Some(measured) => [
                figure(finding.budget, measured),
                match excess(finding.budget, it).as_str() {
                    AT_LIMIT => "at the limit".to_owned(),
                    times if times.ends_with(TIMES) => format!("{times} the limit"),
                    other => other.to_owned(),
                },
            ],
            None => [
                String::new(),
                it.why.as_deref().map(harmless::line).unwrap_or_default(),
            ],
        };
        let name = format!("          {}", harmless::line(it.name));
        std::iter::once(name).chain(figures)
    });
    let mut lines = aligned(rows, |column| column == 1);
    let others = finding.functions.len() - failing.len();
    let unnamed = failing.len().saturating_sub(MOST_NAMED);
    for (number, what) in [(unnamed, "more fail"), (others, "within")] {
        if number > 0 {
            let line = format!("          {} {what}", count(number as u64));
            lines.push(line.dimmed().to_string());
        }
    }
    lines
}

/// A figure in its unit.
fn figure(budget: &Budget, value: f64) -> String {
    match budget.metric.dimension() {
        Dimension::Time => duration(value as u64),
        Dimension::Count => count(value as u64),
        Dimension::Share => format!("{:.2} %", 100.0 * value),
    }
}

/// How a figure stands to a budget that it has reached and not passed.
const AT_LIMIT: &str = "at the limit of";

/// After a number, how a figure stands to a budget that is much less.
const TIMES: &str = " times";

/// By how much a figure is beyond the limit, in words before "the budget".
fn excess(budget: &Budget, it: &Found<'_>) -> String {
    let side = if budget.comparison.is_upper() {
        "over"
    } else {
        "under"
    };
    let difference = (it.measured.unwrap_or(0.0) - budget.limit).abs();
    match it.beyond {
        _ if difference == 0.0 => AT_LIMIT.to_owned(),
        Some(beyond) if beyond >= 9.0 => format!("{}{TIMES}", count((beyond + 1.0) as u64)),
        Some(beyond) if beyond >= 0.0005 => format!("{:.1} % {side}", 100.0 * beyond),
        Some(_) => format!("just {side}"),
        None => format!("{} {side}", figure(budget, difference)),
    }
}
