//! Plays one scenario on one interpreter: without the probe, with it, and after it was removed.
//! What is wrong is found by `judge`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::columns::Column;
use super::judge::{self, Kept};
use super::lines::{Lines, Ran};
use super::scenario::Scenario;
use super::tools;
use crate::fingerprint::Fingerprint;
use crate::stage::Stage;
use crate::{process, venvs, workspace};

/// Everything that a program of the matrix calls, and nothing else, is in this module.
pub(super) const TARGET: &str = "visited:**";

/// Installing, reporting and removing take no longer each.
const LIMIT: Duration = Duration::from_secs(60);

/// What came of a cell.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    /// All was as it should be.
    Passed,
    /// The interpreter can't play it, for this reason.
    NotApplicable(&'static str),
    /// What was wrong, a sentence each.
    Failed(Vec<String>),
}

/// Where cells are played.
pub(super) struct Place<'a> {
    stage: &'a Stage,
    /// A bare venv of each column, which cells copy.
    templates: BTreeMap<String, PathBuf>,
    tools: Option<PathBuf>,
}

impl<'a> Place<'a> {
    /// Makes a venv of each interpreter.
    ///
    /// # Errors
    /// One can't make a venv.
    pub(super) fn make(stage: &'a Stage, columns: &[Column]) -> Result<Self> {
        let mut templates = BTreeMap::new();
        for column in columns {
            let folder = stage.folder().join("templates").join(&column.label);
            venvs::bare(&column.python, &folder)?;
            templates.insert(column.label.clone(), folder);
        }
        Ok(Self {
            stage,
            templates,
            tools: tools::find(),
        })
    }

    /// Plays one cell; its folder stays where something was wrong.
    pub(super) fn play(&self, scenario: &Scenario, column: &Column) -> Outcome {
        if let Some(reason) = (scenario.unfit)(column) {
            return Outcome::NotApplicable(reason);
        }
        if self.tools.is_none() && format!("{scenario:?}").contains("$TOOLS") {
            return Outcome::NotApplicable("uv, virtualenv and pip can't be had from PyPI");
        }
        let folder = self
            .stage
            .folder()
            .join(&column.label)
            .join(scenario.folder());
        match self.play_in(scenario, column, &folder) {
            Ok(problems) if problems.is_empty() => {
                // A folder that can't be removed is no problem of the probe's.
                let _ = fs::remove_dir_all(&folder);
                Outcome::Passed
            }
            Ok(problems) => Outcome::Failed(problems),
            Err(error) => Outcome::Failed(vec![format!("{error:#}")]),
        }
    }

    fn play_in(&self, scenario: &Scenario, column: &Column, folder: &Path) -> Result<Vec<String>> {
        let lines = Lines::new(self.stage, folder, column, self.tools.as_deref());
        fs::create_dir_all(&lines.work)?;
        let template = self.templates.get(&column.label).context("no venv")?;
        process::run_quietly(
            Command::new("cp").arg("-a").arg(template).arg(&lines.venv),
            LIMIT,
        )?;
        // A copy, so that no bytecode is written beside the programs themselves.
        let programs = workspace::root().join("tests/matrix");
        process::run_quietly(
            Command::new("cp").arg("-r").arg(programs).arg(&lines.app),
            LIMIT,
        )?;
        lines.must("prepare", scenario.prepare)?;
        let plain = lines.run("run", scenario.run, false)?;
        let (before, kept) = (Fingerprint::of(&lines.site)?, Kept::of(&lines.site)?);

        let data = folder.join("data");
        if scenario.installed {
            let mut install = self.probe(&lines, "install");
            install.args(["-t", TARGET, "--data-dir"]).arg(&data);
            process::run_quietly(&mut install, LIMIT)?;
        }
        lines.must("meddle", scenario.meddle)?;
        let witnesses = folder.join("witnesses");
        fs::create_dir_all(&witnesses)?;
        let probed = lines.run("run", scenario.run, true)?;
        let mut problems = judge::output(&plain, &probed);
        problems.extend(judge::witnesses(&witnesses, scenario, column)?);
        problems.extend(self.recorded(&lines, scenario, &data)?);
        problems.extend(self.status(&lines, scenario)?);
        lines.must("mend", scenario.mend)?;

        if scenario.installed {
            process::run_quietly(&mut self.probe(&lines, "uninstall"), LIMIT)?;
        }
        let differences = before.differences(&Fingerprint::of(&lines.site)?);
        problems.extend(
            differences
                .iter()
                .map(|line| format!("after uninstall: {line}")),
        );
        problems.extend(kept.differences(&Kept::of(&lines.site)?));
        Ok(problems)
    }

    fn probe(&self, lines: &Lines<'_>, verb: &str) -> Command {
        let mut command = self.stage.probe();
        lines.homes(&mut command);
        command.args([verb, "--venv"]).arg(&lines.venv);
        command
    }

    fn recorded(&self, lines: &Lines<'_>, scenario: &Scenario, data: &Path) -> Result<Vec<String>> {
        let files = judge::recordings(data)?;
        if files == 0 {
            return Ok(judge::recorded(&serde_json::Value::Null, scenario));
        }
        let mut report = self.stage.probe();
        lines.homes(&mut report);
        report
            .args([
                "report",
                "--json",
                "--run",
                "all",
                "--limit",
                "0",
                "--data-dir",
            ])
            .arg(data);
        let output = process::output_within(&mut report, LIMIT)?;
        ensure!(
            output.status.success(),
            "`probe report` ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(judge::recorded(
            &serde_json::from_slice(&output.stdout)?,
            scenario,
        ))
    }

    fn status(&self, lines: &Lines<'_>, scenario: &Scenario) -> Result<Vec<String>> {
        let Some((code, text)) = scenario.status else {
            return Ok(Vec::new());
        };
        let output = process::output_within(&mut self.probe(lines, "status"), LIMIT)?;
        let ran = Ran::of(&output);
        if ran.code == Some(code) && ran.stdout.contains(text) {
            return Ok(Vec::new());
        }
        Ok(vec![format!(
            "`probe status` ended with {:?}, not {code}, or didn't say `{text}`:\n{}{}",
            ran.code, ran.stdout, ran.stderr
        )])
    }
}
