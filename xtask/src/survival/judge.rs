//! What came of an action: compares what is on the disk, and what a start of Python does, with
//! what `probe status` says; then takes the probe out, and compares what is left.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::action::Promise;
use super::ours::{self, Ours};
use super::scene::Scene;
use crate::fingerprint::Fingerprint;
use crate::{process, venvs};

/// One run of the probe or of a small program takes no longer.
const LIMIT: Duration = Duration::from_secs(60);

/// Says `on`, and whether the probe is at work, by the module itself.
const START: &str = "\
import sys
found = [m for n, m in sys.modules.items() if n.startswith('_probe_') and '.' not in n]
print('on', any(getattr(m, 'STATE', {}).get('session') is not None for m in found))";

/// What `probe status --json` says.
#[derive(Debug, Deserialize)]
struct Status {
    state: String,
    fires: Option<bool>,
    files: Vec<File>,
    why: Vec<String>,
    #[serde(default)]
    todo: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct File {
    path: PathBuf,
    state: String,
}

/// One row of the table, and what is wrong in it.
pub(super) struct Row {
    promise: Promise,
    state: String,
    fires: bool,
    start: &'static str,
    left: &'static str,
    pub(super) problems: Vec<String>,
}

impl Row {
    /// The cells behind the action's name.
    pub(super) fn cells(self) -> Vec<String> {
        let fires = if self.fires { "yes" } else { "no" };
        vec![
            self.promise.word().to_owned(),
            self.state,
            fires.to_owned(),
            self.start.to_owned(),
            self.left.to_owned(),
        ]
    }

    /// Judges a virtualenv in which `before` was installed.
    pub(super) fn judge(
        scene: &Scene<'_>,
        promise: Promise,
        venv: &Path,
        before: &Ours,
    ) -> Result<Self> {
        let mut problems = Vec::new();
        let now = ours::at_its_names(venv)?;
        let differing: BTreeSet<&PathBuf> = before
            .iter()
            .filter(|(path, content)| now.get(*path) != Some(content))
            .map(|(path, _)| path)
            .collect();
        let (start, fires) = start(scene, venv)?;
        problems.extend(start.problem("a start of Python"));
        let status = Status::ask(scene, venv)?;
        problems.extend(status.lies(promise, &differing, before, fires));
        let (left, found) = take_out(scene, venv, &status)?;
        problems.extend(found);
        Ok(Self {
            promise,
            state: status.state,
            fires,
            start: if start.is_silent { "silent" } else { "PRINTS" },
            left,
            problems,
        })
    }
}

/// What a start of Python wrote.
struct Start {
    is_silent: bool,
    text: String,
}

impl Start {
    fn problem(&self, when: &str) -> Option<String> {
        (!self.is_silent).then(|| format!("{when} says: {}", self.text))
    }
}

/// Starts Python; says what it wrote and whether the probe is at work in it.
fn start(scene: &Scene<'_>, venv: &Path) -> Result<(Start, bool)> {
    let mut python = scene.command(&venvs::python(venv));
    // Bytecode of what tools installed would count as a change.
    python.args(["-B", "-c", START]);
    let output = process::output_within(&mut python, LIMIT)?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let fires = stdout == "on True\n";
    let is_silent = output.stderr.is_empty() && (fires || stdout == "on False\n");
    let text = stdout + &String::from_utf8_lossy(&output.stderr);
    Ok((Start { is_silent, text }, fires))
}

impl Status {
    fn ask(scene: &Scene<'_>, venv: &Path) -> Result<Self> {
        let mut status = scene.stage.probe();
        status.args(["status", "--json", "--venv"]).arg(venv);
        let output = process::output_within(&mut status, LIMIT)?;
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("status said: {}", text(&output)))
    }

    /// Where it doesn't say what is so.
    fn lies(
        &self,
        promise: Promise,
        differing: &BTreeSet<&PathBuf>,
        before: &Ours,
        fires: bool,
    ) -> Vec<String> {
        let mut lies = Vec::new();
        let all = differing.len() == before.len();
        let (so, states): (bool, &[&str]) = match promise {
            Promise::Kept => (differing.is_empty() && fires, &["intact"]),
            Promise::Moved => (differing.is_empty() && fires, &["stale"]),
            Promise::Damaged => (!differing.is_empty() && !all, &["modified", "incomplete"]),
            Promise::LeftBehind => (differing.is_empty() && !fires, &["stale"]),
            Promise::Removed => (all && !fires, &["absent"]),
        };
        if !so {
            lies.push(format!(
                "it isn't {}: {} of {} files differ, it fires: {fires}",
                promise.word(),
                differing.len(),
                before.len()
            ));
        }
        if !states.contains(&self.state.as_str()) {
            lies.push(format!("status says `{}`: {:?}", self.state, self.why));
        }
        if self.fires.unwrap_or(false) != fires {
            lies.push(format!("status says that it fires: {:?}", self.fires));
        }
        // Where the package is gone as a whole, its files aren't listed one by one.
        let named = |path: &Path| {
            let of_file = |file: &File| path.ends_with(&file.path) && file.state != "intact";
            let package = package_of(path);
            self.files.iter().any(of_file)
                || package.is_some_and(|it| self.why.iter().any(|why| why.contains(&it)))
        };
        if promise == Promise::Damaged {
            for path in differing.iter().filter(|path| !named(path)) {
                lies.push(format!("status doesn't name `{}`", path.display()));
            }
        }
        let whole = matches!(promise, Promise::Kept | Promise::Removed);
        if !whole && self.todo.is_empty() {
            lies.push(format!("status doesn't say what to do: {:?}", self.why));
        }
        lies
    }
}

/// The package that a file is of.
fn package_of(path: &Path) -> Option<String> {
    let mut parts = path.iter().map(|part| part.to_string_lossy());
    parts.find_map(|part| part.starts_with("_probe_").then(|| part.into_owned()))
}

/// Takes the probe out; says what is left and what is wrong with that.
fn take_out(
    scene: &Scene<'_>,
    venv: &Path,
    status: &Status,
) -> Result<(&'static str, Vec<String>)> {
    let mut problems = Vec::new();
    let before = Fingerprint::of(venv)?;
    let there: Vec<bool> = ours::at_its_names(venv)?
        .values()
        .map(|content| ours::names_the_probe(content))
        .collect();
    let mut uninstall = scene.stage.probe();
    uninstall.arg("uninstall").arg("--venv").arg(venv);
    let output = process::output_within(&mut uninstall, LIMIT)?;
    let wanted: &[i32] = match (there.is_empty(), status.state.as_str()) {
        (true, _) => &[3],
        // Files that are somebody else's stay, and the answer is no.
        (_, "modified" | "incomplete") => &[0, 1],
        _ => &[0],
    };
    let code = output.status.code();
    if !code.is_some_and(|code| wanted.contains(&code)) {
        problems.push(format!("uninstall ended with {code:?}: {}", text(&output)));
    }
    for (path, content) in ours::at_its_names(venv)? {
        if ours::names_the_probe(&content) {
            problems.push(format!("uninstall left `{}`", path.display()));
        }
    }
    for line in before.differences(&Fingerprint::of(venv)?) {
        let path = Path::new(
            line.split_once(' ')
                .map_or("", |(_, path)| path.trim_start()),
        );
        if !(line.starts_with("removed") && ours::may_go(venv, path)?) {
            problems.push(format!("uninstall {line}"));
        }
    }
    let (after, fires) = start(scene, venv)?;
    problems.extend(after.problem("after uninstall a start of Python"));
    if fires {
        problems.push("it fires after uninstall".to_owned());
    }
    let left = if problems.is_empty() {
        "what the tool made"
    } else {
        "NOT AS IT WAS"
    };
    Ok((left, problems))
}

fn text(output: &Output) -> String {
    let stream = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    stream(&output.stdout) + &stream(&output.stderr)
}
