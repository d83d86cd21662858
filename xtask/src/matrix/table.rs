//! Prints what came of all cells: the table, the reasons below it, then what was wrong.

use super::cell::Outcome;
use super::columns::Column;
use super::scenario::Scenario;
use crate::console;

/// Prints, and returns how many cells failed. A cell that wasn't played is empty.
pub(super) fn print(
    columns: &[Column],
    scenarios: &[Scenario],
    outcomes: &[Option<Outcome>],
) -> usize {
    let width = scenarios
        .iter()
        .map(|scenario| scenario.name.len())
        .max()
        .unwrap_or(0);
    let mut reasons: Vec<&str> = Vec::new();
    let mut failures: Vec<String> = Vec::new();
    let (mut passed, mut not_applicable) = (0, 0);
    let heads: Vec<String> = columns
        .iter()
        .map(|column| format!("{:>6}", column.label))
        .collect();
    console::heading(&format!("{:width$} {}", "", heads.join(" ")));
    for (scenario, row) in scenarios.iter().zip(outcomes.chunks(columns.len())) {
        let mut cells = Vec::new();
        for (column, outcome) in columns.iter().zip(row) {
            let mark = match outcome {
                None => String::new(),
                Some(Outcome::Passed) => {
                    passed += 1;
                    "ok".to_owned()
                }
                Some(Outcome::NotApplicable(reason)) => {
                    not_applicable += 1;
                    let known = reasons.iter().position(|known| known == reason);
                    let index = known.unwrap_or_else(|| {
                        reasons.push(reason);
                        reasons.len() - 1
                    });
                    format!("[{}]", index + 1)
                }
                Some(Outcome::Failed(problems)) => {
                    failures.push(format!(
                        "{} on {} ({}):\n{}",
                        scenario.name,
                        column.label,
                        column.python.version,
                        indented(problems)
                    ));
                    "FAILED".to_owned()
                }
            };
            cells.push(format!("{mark:>6}"));
        }
        console::line(format!("{:width$} {}", scenario.name, cells.join(" ")).trim_end());
    }
    if !reasons.is_empty() {
        console::heading("Not applicable");
        for (index, reason) in reasons.iter().enumerate() {
            console::line(&format!("[{}] {reason}", index + 1));
        }
    }
    if !failures.is_empty() {
        console::heading("Failed");
        failures.iter().for_each(|failure| console::line(failure));
    }
    console::heading(&format!(
        "{} scenarios, {passed} passed, {not_applicable} not applicable, {} failed",
        scenarios.len(),
        failures.len()
    ));
    failures.len()
}

fn indented(problems: &[String]) -> String {
    problems
        .iter()
        .flat_map(|problem| problem.lines())
        .map(|line| format!("    {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
