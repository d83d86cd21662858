//! Plays the scenes once, on one Python with one engine and one detail, and judges them.

use std::fmt;
use std::fs;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{scenes, valgrind};
use crate::engine::Engine;
use crate::interpreters::Interpreter;
use crate::stage::{Setup, Stage};
use crate::{console, process, venvs, workspace};

/// What is timed. `PROBE_TARGETS` isn't used: scenes run as an installed program would.
const TARGETS: [&str; 2] = ["subjects:**", "shapes:**"];

/// What lets the scene `greenlets` play: one version for each Python, so that nothing new fails
/// an old commit.
const GREENLETS: [&str; 6] = [
    r#"greenlet==3.1.1; python_version == "3.8""#,
    r#"gevent==24.2.1; python_version == "3.8""#,
    r#"greenlet==3.2.4; python_version == "3.9""#,
    r#"gevent==25.9.1; python_version == "3.9""#,
    r#"greenlet==3.3.0; python_version >= "3.10""#,
    r#"gevent==25.9.1; python_version >= "3.10""#,
];

/// How many lines of a scene's own messages are shown.
const LINES: usize = 8;

/// How much is done, and what watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Seconds.
    Short,
    /// Some ten times as much.
    Long,
    /// Little, under valgrind, where all is some forty times slower.
    Valgrind,
}

impl Form {
    /// The scale that scenes are told.
    fn scale(self) -> &'static str {
        match self {
            Self::Short => "0.2",
            Self::Long => "3",
            Self::Valgrind => "0.1",
        }
    }

    /// No scene takes longer.
    fn limit(self) -> Duration {
        Duration::from_secs(match self {
            Self::Short => 60,
            Self::Long => 300,
            Self::Valgrind => 900,
        })
    }
}

/// What came of some scenes.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Scenes that were played.
    pub(super) played: usize,
    /// Scenes that weren't.
    pub(super) left_out: usize,
    /// What was noticed that is no problem.
    notes: Vec<String>,
    /// What was wrong, each in a sentence.
    pub(super) problems: Vec<String>,
}

impl Outcome {
    /// Prints notes and problems.
    pub(super) fn say(&self) {
        for note in &self.notes {
            console::line(&format!("note: {note}"));
        }
        for problem in &self.problems {
            console::line(&format!("problem: {problem}"));
        }
    }
}

impl AddAssign for Outcome {
    fn add_assign(&mut self, other: Self) {
        self.played += other.played;
        self.left_out += other.left_out;
        self.notes.extend(other.notes);
        self.problems.extend(other.problems);
    }
}

/// Plays the scenes and judges them.
pub(super) fn play(
    stage: &Stage,
    engine: Engine,
    python: &Interpreter,
    detail: &str,
    form: Form,
    scenes: &[&str],
) -> Result<Outcome> {
    let name = format!("{engine}-{detail}");
    let setup = Setup {
        engine,
        detail,
        targets: &TARGETS,
    };
    let venv = stage.venv_with_probe(python, &name, setup)?;
    let folder = stage
        .folder()
        .join(format!("{}{form}-{name}.scenes", python.minor()));
    let about = format!("Python {}{form}, {engine}, {detail}", python.version);
    let (greenlets, why) = greenlets(python);
    let mut outcome = Outcome::default();
    outcome
        .notes
        .extend(why.map(|why| format!("{about}: no greenlets: {why}")));
    let mut played = Vec::new();
    for scene in scenes {
        if let Some(why) = scenes::left_out(engine, scene) {
            outcome.left_out += 1;
            outcome
                .notes
                .push(format!("{about}: {scene} is left out: {why}"));
            continue;
        }
        let place = folder.join(scene);
        fs::create_dir_all(&place).with_context(|| format!("`{}`", place.display()))?;
        let mut command = command(stage, &venv, form);
        command
            .args([scene, "truth.json", "--scale", form.scale()])
            .current_dir(&place)
            .env("PROBE_DATA_DIR", place.join("data"));
        if let Some(packages) = &greenlets {
            command.env("PYTHONPATH", packages);
        }
        outcome.played += 1;
        match failure(&mut command, form.limit())? {
            None => played.push(place),
            Some(text) => outcome.problems.push(format!("{about}: {scene}: {text}")),
        }
    }
    judge(python, engine, detail, &played, &about, &mut outcome)?;
    Ok(outcome)
}

/// The command that plays a scene, up to the scene's name.
fn command(stage: &Stage, venv: &Path, form: Form) -> Command {
    let python = venvs::python(venv);
    let mut command = match form {
        Form::Valgrind => valgrind::command(stage, &python),
        Form::Short | Form::Long => stage.command(&python),
    };
    command.arg(workspace::root().join("tests/stress/stress.py"));
    if form == Form::Valgrind {
        command.arg("--watched");
    }
    command
}

/// The folder with greenlet and gevent for this Python, or why there is none.
fn greenlets(python: &Interpreter) -> (Option<PathBuf>, Option<String>) {
    let folder = workspace::target().join(format!("pythons/greenlets-{}", python.minor()));
    match venvs::with_packages(python, &folder, &GREENLETS, &folder) {
        Ok(()) => {
            let packages = format!("lib/python{}/site-packages", python.minor());
            (Some(folder.join(packages)), None)
        }
        Err(_) => (
            None,
            Some("this Python has no pip, or PyPI nothing for it".to_owned()),
        ),
    }
}

/// What is wrong with how a program ended, with its last lines; `None` where all is well. A
/// program that says anything on stderr, as the payload never must, has a problem too.
fn failure(command: &mut Command, limit: Duration) -> Result<Option<String>> {
    let output = match process::output_within(command, limit) {
        Ok(output) => output,
        Err(error) => return Ok(Some(error.to_string())),
    };
    if output.status.success() && output.stderr.is_empty() {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().collect();
    let last = lines[lines.len().saturating_sub(LINES)..].join("\n    ");
    Ok(Some(match output.status.success() {
        true => format!("it said:\n    {last}"),
        false => format!("it ended with {}:\n    {last}", output.status),
    }))
}

/// Compares truths with recordings.
fn judge(
    python: &Interpreter,
    engine: Engine,
    detail: &str,
    played: &[PathBuf],
    about: &str,
    outcome: &mut Outcome,
) -> Result<()> {
    let mut command = Command::new(&python.path);
    command
        .arg(workspace::root().join("tests/stress/judge.py"))
        .args([&engine.to_string(), detail])
        .args(played)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let output = process::output_within(&mut command, Form::Long.limit())?;
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        match line.split_once(": ") {
            Some(("note", text)) => outcome.notes.push(format!("{about}: {text}")),
            Some(("problem", text)) => outcome.problems.push(format!("{about}: {text}")),
            _ => bail!("`judge.py` said `{line}`"),
        }
    }
    if !matches!(output.status.code(), Some(0 | 1)) || !output.stderr.is_empty() {
        bail!(
            "`judge.py` ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Short | Self::Long => "",
            Self::Valgrind => " under valgrind",
        })
    }
}
