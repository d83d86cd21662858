//! Whether the probe's data arrived: what the processes say they called, against what was
//! recorded of each.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::process;
use crate::stage::Stage;

/// A report takes no longer.
const LIMIT: Duration = Duration::from_secs(60);

/// The answer of `probe report --json`, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Report {
    processes: Vec<Process>,
    functions: Vec<Function>,
}

#[derive(Debug, Deserialize)]
struct Process {
    pid: u32,
    engine: String,
}

#[derive(Debug, Deserialize)]
struct Function {
    name: String,
    calls: u64,
}

/// Calls of functions by name.
type Calls = BTreeMap<String, u64>;

/// Compares what was recorded below `data` with the files in `truth`, one a process, and returns
/// what is wrong.
pub(super) fn compare(
    stage: &Stage,
    engine: &str,
    data: &Path,
    truth: &Path,
) -> Result<Vec<String>> {
    let truth = truths(truth)?;
    let Some(all) = report(stage, data, "all")? else {
        return Ok(vec!["nothing was recorded".to_owned()]);
    };
    let mut wrong = Vec::new();
    let recorded: BTreeSet<u32> = all.processes.iter().map(|process| process.pid).collect();
    let told: BTreeSet<u32> = truth.keys().copied().collect();
    if all.processes.len() != told.len() || recorded != told {
        wrong.push(format!(
            "{} processes were recorded, and {} called something",
            all.processes.len(),
            told.len()
        ));
    }
    let others = all
        .processes
        .iter()
        .filter(|process| process.engine != engine);
    wrong.extend(others.map(|process| format!("the engine `{}` was at work", process.engine)));
    for (pid, truth) in &truth {
        let Some(report) = report(stage, data, &pid.to_string())? else {
            wrong.push("a process was not recorded".to_owned());
            continue;
        };
        let functions = report.functions.into_iter();
        let calls: Calls = functions
            .filter(|function| function.calls > 0)
            .map(|function| (function.name, function.calls))
            .collect();
        wrong.extend(differences(truth, &calls));
    }
    wrong.sort();
    wrong.dedup();
    Ok(wrong)
}

/// In words, where the calls differ.
fn differences(truth: &Calls, calls: &Calls) -> Vec<String> {
    let names: BTreeSet<&String> = truth.keys().chain(calls.keys()).collect();
    let count = |calls: &Calls, name| calls.get(name).copied().unwrap_or(0);
    names
        .into_iter()
        .map(|name| (name, count(truth, name), count(calls, name)))
        .filter(|(_, truly, recorded)| truly != recorded)
        .map(|(name, truly, recorded)| {
            format!("`{name}` was called {truly} times, recorded {recorded}")
        })
        .collect()
}

/// What each process said.
fn truths(folder: &Path) -> Result<BTreeMap<u32, Calls>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("`{}`", folder.display()))? {
        let path = entry?.path();
        let pid = path.file_stem().and_then(|stem| stem.to_str());
        let pid = pid
            .and_then(|stem| stem.parse().ok())
            .context("a truth without a pid")?;
        found.insert(pid, serde_json::from_slice(&fs::read(&path)?)?);
    }
    Ok(found)
}

/// The report of one process or all; `None` where there is nothing to report.
fn report(stage: &Stage, data: &Path, run: &str) -> Result<Option<Report>> {
    let mut command = stage.probe();
    command
        .args(["report", "--json", "--run", run, "--data-dir"])
        .arg(data);
    let output = process::output_within(&mut command, LIMIT)?;
    if output.status.code() == Some(3) {
        return Ok(None);
    }
    serde_json::from_slice(&output.stdout)
        .context("the answer of `probe report` can't be understood")
        .map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(named: &[(&str, u64)]) -> Calls {
        named
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    }

    #[test]
    fn missing_and_superfluous_calls_are_told() {
        let truth = calls(&[("work:a", 2), ("work:b", 1)]);
        assert!(differences(&truth, &truth).is_empty());
        assert_eq!(
            differences(&truth, &calls(&[("work:a", 3), ("work:c", 1)])),
            [
                "`work:a` was called 2 times, recorded 3",
                "`work:b` was called 1 times, recorded 0",
                "`work:c` was called 0 times, recorded 1",
            ]
        );
    }
}
