//! Runs the program under one agent in each way, and judges what came of it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::known::{Agent, LIMITS};
use super::ours;
use super::theirs::{self, Evidence};
use super::ways::{self, Places, TARGETS, WAYS, Way};
use crate::engine::Engine;
use crate::interpreters::Minor;
use crate::stage::Stage;
use crate::{process, workspace};

/// One run of the program is ended after so many seconds, with all that it started.
const PATIENCE: &str = "240";

/// So long until the ending itself is given up.
const LIMIT: Duration = Duration::from_secs(300);

/// `probe install` and `probe uninstall` take no longer.
const COMMAND: Duration = Duration::from_secs(60);

/// The program's exit code.
const CODE: i32 = 3;

/// Lines of the program's own begin so; agents may print too.
const OWN: &str = "app: ";

/// What is wrong after one run; nothing, where all is well.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// With the program's own output and end.
    pub(super) program: Vec<String>,
    /// With what the probe recorded.
    pub(super) ours: Vec<String>,
    /// With what the agent found out.
    pub(super) theirs: Vec<String>,
}

impl Findings {
    /// The table's cell: `both`, or what is missing.
    pub(super) fn in_a_word(&self, way: Way) -> String {
        let wrong: Vec<&str> = [
            ("the program differs", &self.program),
            ("ours missing", &self.ours),
            ("theirs missing", &self.theirs),
        ]
        .into_iter()
        .filter(|(_, wrong)| !wrong.is_empty())
        .map(|(text, _)| text)
        .collect();
        match (wrong.is_empty(), way) {
            (true, Way::Alone) => "works".to_owned(),
            (true, _) => "both".to_owned(),
            (false, _) => wrong.join(", "),
        }
    }

    /// Takes out what is known and meant, and returns why it is.
    pub(super) fn without_limits(
        &mut self,
        agent: &Agent,
        engine: Engine,
        python: Minor,
    ) -> Vec<&'static str> {
        let mut met = Vec::new();
        let limits = LIMITS.iter().filter(|limit| {
            limit.agent == agent.name
                && limit.engines.contains(&engine)
                && (limit.pythons.0..=limit.pythons.1).contains(&python)
        });
        for limit in limits {
            let before = self.all().count();
            for wrong in [&mut self.program, &mut self.theirs] {
                wrong.retain(|text| !text.contains(limit.says));
            }
            if self.all().count() != before {
                met.push(limit.why);
            }
        }
        met
    }

    /// All that is wrong.
    pub(super) fn all(&self) -> impl Iterator<Item = &String> {
        self.program.iter().chain(&self.ours).chain(&self.theirs)
    }
}

/// One agent on one Python.
pub(super) struct Trial<'a> {
    pub(super) stage: &'a Stage,
    pub(super) agent: &'a Agent,
    pub(super) engine: Engine,
    pub(super) probe: &'a Path,
    pub(super) venv: &'a Path,
    /// Where its runs leave their files.
    pub(super) folder: PathBuf,
}

impl Trial<'_> {
    /// Runs the program in each way; `None` for ways that there aren't with this agent.
    pub(super) fn all(&self) -> Result<Vec<Option<Findings>>> {
        // What a killed task may have left behind.
        self.uninstall()?;
        let mut alone = None;
        WAYS.into_iter()
            .map(|way| {
                if !way.exists(self.agent) {
                    return Ok(None);
                }
                let (findings, ran) = self.one(way, alone.as_ref())?;
                if way == Way::Alone {
                    alone = Some(ran);
                }
                Ok(Some(findings))
            })
            .collect()
    }

    fn one(&self, way: Way, alone: Option<&Ran>) -> Result<(Findings, Ran)> {
        let folder = self.folder.join(way.folder());
        if way == Way::Installed {
            self.install()?;
        }
        let ran = self.run(way, &folder);
        if way == Way::Installed {
            self.uninstall()?;
        }
        let ran = ran?;
        let mut findings = Findings {
            program: ran.problems(),
            ..Findings::default()
        };
        match (&ran.evidence, alone.map(|alone| &alone.evidence)) {
            (Err(why), _) => findings.theirs.push(why.clone()),
            (Ok(found), _) if found.is_empty() => {
                findings.theirs.push("it found nothing out".to_owned());
            }
            (Ok(found), Some(Ok(alone))) => findings.theirs = theirs::differences(alone, found),
            (Ok(_), _) => {}
        }
        if let Some(alone) = alone {
            if ran.lines != alone.lines {
                findings.program.push(format!("it printed {:?}", ran.lines));
            }
            findings.ours = ours::compare(
                self.stage,
                &self.engine.to_string(),
                &folder.join("recordings"),
                &folder.join("truth"),
            )?;
        }
        Ok((findings, ran))
    }

    fn run(&self, way: Way, folder: &Path) -> Result<Ran> {
        fs::create_dir_all(folder.join("truth"))
            .with_context(|| format!("`{}`", folder.display()))?;
        let bin = self.venv.join("bin");
        let program = workspace::root().join("tests/agents");
        let places = Places {
            probe: self.probe,
            bin: &bin,
            program: &program,
            data: folder,
        };
        let mut command = self.command(folder)?;
        command.args(ways::words(
            self.agent,
            way,
            &self.engine.to_string(),
            &places,
        ));
        for (name, value) in self.agent.environment {
            command.env(name, places.fill(value));
        }
        let status = process::status_within(&mut command, LIMIT)?;
        let read = |name: &str| -> Result<String> {
            Ok(String::from_utf8_lossy(&fs::read(folder.join(name))?).into_owned())
        };
        let lines = read("stdout")?
            .lines()
            .filter_map(|line| Some(line.get(line.find(OWN)?..)?.to_owned()))
            .collect();
        let python = bin.join("python");
        Ok(Ran {
            code: status.code(),
            lines,
            stderr: read("stderr")?,
            evidence: theirs::read(self.stage, self.agent, &python, &program, folder)
                .map_err(|error| format!("{error:#}")),
        })
    }

    /// What starts the program: with a limit of time, in an environment of its own.
    fn command(&self, folder: &Path) -> Result<Command> {
        let mut command = self.stage.command(Path::new("timeout"));
        // It ends the whole group of processes: what hangs may hold others up.
        command.args(["--kill-after=10", PATIENCE]);
        let bin = self.venv.join("bin");
        let old = std::env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(bin).chain(std::env::split_paths(&old));
        command
            .current_dir(folder)
            .stdout(File::create(folder.join("stdout"))?)
            .stderr(File::create(folder.join("stderr"))?)
            .env("PATH", std::env::join_paths(path)?)
            .env("VIRTUAL_ENV", self.venv)
            .env("PROBE_DATA_DIR", folder.join("recordings"))
            .env("AGENTS_TRUTH", folder.join("truth"));
        Ok(command)
    }

    fn install(&self) -> Result<()> {
        let engine = self.engine.to_string();
        let mut words = vec!["install", "--engine", &engine];
        words.extend(TARGETS.iter().flat_map(|target| ["-t", target]));
        process::run_quietly(&mut self.on_the_venv(&words), COMMAND)?;
        Ok(())
    }

    fn uninstall(&self) -> Result<()> {
        let output = process::output_within(&mut self.on_the_venv(&["uninstall"]), COMMAND)?;
        let done = matches!(output.status.code(), Some(0 | 3)); // 3: there was nothing
        anyhow::ensure!(
            done,
            "`probe uninstall` ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(())
    }

    fn on_the_venv(&self, words: &[impl AsRef<OsStr>]) -> Command {
        let mut command = self.stage.probe();
        command.args(words).arg("--venv").arg(self.venv);
        command
    }
}

/// What one run of the program left.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    lines: Vec<String>,
    stderr: String,
    evidence: Result<Evidence, String>,
}

impl Ran {
    /// What is wrong with its end, whatever else ran.
    fn problems(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.code != Some(CODE) {
            wrong.push(match self.code {
                Some(124 | 137) => format!("it was ended after {PATIENCE} s"),
                Some(code) => format!("it ended with code {code}"),
                None => "it was ended by a signal".to_owned(),
            });
        }
        if self.lines.is_empty() {
            wrong.push("it printed nothing".to_owned());
        }
        let marks = ["Traceback (most", "Exception ignored", "_probe_"];
        let mut before = "";
        for line in self.stderr.lines() {
            // The traceback of an ignored exception says no more than the line before it.
            if !before.starts_with(marks[1]) && marks.iter().any(|mark| line.contains(mark)) {
                wrong.push(format!("it wrote `{line}` to stderr"));
            }
            before = line;
        }
        wrong
    }
}
