//! One round: three snapshots of several runs each, of which the third is of a program with one
//! slower function; the first is compared with both others.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::stage::Stage;
use crate::{process, venvs, workspace};

/// No single program takes longer.
const LIMIT: Duration = Duration::from_secs(300);

/// As many functions as the program has.
const FUNCTIONS: usize = 50;

/// What came of a round.
pub(crate) struct Round {
    /// The function that was made slower.
    name: String,
    /// Its change, as `diff` found it.
    pub(crate) found: Option<f64>,
    /// Where nothing was changed.
    pub(crate) same: Answer,
    /// Where one function was.
    pub(crate) slower: Answer,
}

/// As much of what `diff --json` says as is judged.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    /// What the machine did to all functions.
    pub(crate) drift: f64,
    functions: Vec<Function>,
}

#[derive(Debug, Deserialize)]
struct Function {
    name: String,
    verdict: String,
    errors: String,
    change: Option<f64>,
}

impl Answer {
    /// The functions that are said to have changed, each with how.
    fn named(&self) -> Vec<(&str, &str)> {
        let changed = self.functions.iter().filter(|it| {
            let quiet = ["same", "unclear"].contains(&it.verdict.as_str());
            !quiet || it.errors != "same"
        });
        changed
            .map(|it| (it.name.as_str(), it.verdict.as_str()))
            .collect()
    }
}

impl Round {
    /// Plays one; `amount` is how many runs in each snapshot, of how many calls.
    pub(crate) fn play(
        stage: &Stage,
        venv: &Path,
        name: &str,
        number: usize,
        amount: (usize, usize),
    ) -> Result<Self> {
        // All functions have their turn, in no order.
        let slower = format!("f{:02}", number * 17 % FUNCTIONS);
        let snapshots = [("a", ""), ("b", ""), ("c", slower.as_str())];
        let (runs, calls) = amount;
        // In turn, so that what the machine does meets all alike.
        for turn in 0..runs {
            for at in 0..snapshots.len() {
                let (letter, slower) = snapshots[(turn + at) % snapshots.len()];
                work(stage, venv, &format!("{name}-{letter}"), slower, calls)?;
            }
        }
        for (letter, _) in snapshots {
            snapshot(stage, venv, &format!("{name}-{letter}"))?;
        }
        let name_of = format!("work:{slower}");
        let compared = |letter| diff(stage, &format!("{name}-a"), &format!("{name}-{letter}"));
        let answer = compared("c")?;
        let found = answer.functions.iter().find(|it| it.name == name_of);
        Ok(Self {
            found: found.and_then(|it| it.change),
            name: name_of,
            same: compared("b")?,
            slower: answer,
        })
    }

    /// True where the slower function was named, and no other.
    pub(crate) fn named_it_only(&self) -> bool {
        self.slower.named() == [(self.name.as_str(), "slower")]
    }

    /// True where nothing was named that didn't change.
    pub(crate) fn named_nothing(&self) -> bool {
        self.same.named().is_empty()
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} 10 % slower: named {:?}, its change {:+.1} %, all alike {:+.1} %; nothing changed: \
             named {:?}, all alike {:+.1} %",
            self.name,
            self.slower.named(),
            100.0 * self.found.unwrap_or(f64::NAN),
            100.0 * self.slower.drift,
            self.same.named(),
            100.0 * self.same.drift,
        )
    }
}

/// The data folder of a snapshot, as long as it isn't taken.
fn data(stage: &Stage, name: &str) -> PathBuf {
    stage.folder().join(format!("data-{name}"))
}

/// Runs the program once.
fn work(stage: &Stage, venv: &Path, name: &str, slower: &str, calls: usize) -> Result<()> {
    let mut python = stage.command(&venvs::python(venv));
    python
        .arg(workspace::root().join("tests/regressions/work.py"))
        .arg(calls.to_string())
        .env("SLOWER", slower)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PROBE_DATA_DIR", data(stage, name));
    process::run_quietly(&mut python, LIMIT)?;
    Ok(())
}

/// Takes a snapshot `NAME.json` of all runs.
fn snapshot(stage: &Stage, venv: &Path, name: &str) -> Result<()> {
    let data = data(stage, name);
    let mut snapshot = stage.probe();
    snapshot
        .args(["snapshot", &format!("{name}.json"), "--venv"])
        .arg(venv)
        .arg("--data-dir")
        .arg(&data);
    process::run_quietly(&mut snapshot, LIMIT)?;
    fs::remove_dir_all(&data).with_context(|| format!("`{}`", data.display()))
}

fn diff(stage: &Stage, before: &str, after: &str) -> Result<Answer> {
    let mut diff = stage.probe();
    diff.args(["diff", "--json"])
        .args([format!("{before}.json"), format!("{after}.json")]);
    let output = process::run_quietly(&mut diff, LIMIT)?;
    serde_json::from_slice(&output.stdout).context("the answer of `probe diff` can't be read")
}
