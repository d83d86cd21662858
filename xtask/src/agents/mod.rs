//! `cargo xtask agents`: runs one program (tests/agents) under other tools that work inside of a
//! Python process (tracers, profilers, coverage, a debugger), with the probe and without, and
//! checks that their data and ours both arrive, and that the program ends as it would have.

mod known;
mod ours;
mod theirs;
mod trial;
mod ways;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::engine::{self, Engine};
use crate::interpreters::{self, Interpreter, Minor};
use crate::stage::Stage;
use crate::workspace::{self, Profile};
use crate::{console, markdown, venvs, verdict};
use known::{AGENTS, Agent, Release};
use trial::{Findings, Trial};
use ways::{WAYS, Way};

/// So many problems of one run are shown.
const SHOWN: usize = 5;

/// Arguments of `cargo xtask agents`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which Pythons
    #[arg(
        long,
        value_name = "3.12,3.13,…",
        value_delimiter = ',',
        default_value = "3.13"
    )]
    python: Vec<Minor>,
    /// Which of the probe's engines; without, each
    #[arg(long, env = "PROBE_ENGINE")]
    engine: Option<Engine>,
    /// Which agents; without, all
    #[arg(long, value_name = "AGENT,…", value_delimiter = ';')]
    agent: Vec<String>,
}

/// Runs the program in all ways and prints a table for each Python and engine; exits with 1 where
/// something is missing.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let agents = chosen(&args.agent)?;
    let probe = workspace::build(Profile::Debug)?;
    let stage = Stage::set("agents/runs", probe.clone())?;
    let lender = lender()?;
    let mut problems = 0;
    for python in interpreters::find_these(&args.python)? {
        for &engine in engine::wanted(&args.engine) {
            let surroundings = Surroundings {
                stage: &stage,
                probe: &probe,
                lender: &lender,
                python: &python,
                engine,
            };
            problems += table(&surroundings, &agents)?;
        }
    }
    Ok(verdict::exit(problems == 0))
}

/// Runs the agents on one Python, prints the table, and returns the number of problems.
fn table(surroundings: &Surroundings<'_>, agents: &[&Agent]) -> Result<usize> {
    let Surroundings { python, engine, .. } = surroundings;
    console::heading(&format!("Python {}, engine {engine}", python.version));
    let (mut rows, mut known, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for agent in agents {
        let Some(release) = agent.release(python.minor()) else {
            continue;
        };
        console::note(agent.name);
        let version = release
            .requirements
            .first()
            .and_then(|first| first.split_once("=="));
        let mut row = vec![match version {
            Some((_, version)) => format!("{} {version}", agent.name),
            None => agent.name.to_owned(),
        }];
        match surroundings.play(agent, release) {
            Ok(cells) => {
                for (way, cell) in WAYS.into_iter().zip(cells) {
                    let Some(mut findings) = cell else {
                        row.push("-".to_owned());
                        continue;
                    };
                    let about = format!("{}, {}", agent.name, way.title());
                    let limits = findings.without_limits(agent, *engine, python.minor());
                    let word = findings.in_a_word(way);
                    row.push(if limits.is_empty() {
                        word
                    } else {
                        word + ", with a note"
                    });
                    known.extend(limits.iter().map(|why| format!("{about}: {why}")));
                    notes.extend(
                        findings
                            .all()
                            .take(SHOWN)
                            .map(|text| format!("{about}: {text}")),
                    );
                }
            }
            Err(error) => {
                row.push("failed".to_owned());
                notes.push(format!("{}: {error:#}", agent.name));
            }
        }
        rows.push(row);
    }
    let head: Vec<&str> = std::iter::once("agent")
        .chain(WAYS.map(Way::title))
        .collect();
    console::line(markdown::table(&head, &rows).trim_end());
    for note in &known {
        console::line(&format!("known: {note}"));
    }
    for note in &notes {
        console::line(&format!("problem: {note}"));
    }
    Ok(notes.len())
}

/// What agents run in.
struct Surroundings<'a> {
    stage: &'a Stage,
    probe: &'a Path,
    /// The venv whose pip fills others.
    lender: &'a Path,
    python: &'a Interpreter,
    engine: Engine,
}

impl Surroundings<'_> {
    /// Runs one agent in all ways.
    fn play(&self, agent: &Agent, release: &Release) -> Result<Vec<Option<Findings>>> {
        let minor = self.python.minor();
        let slug = agent.name.replace(", ", "-").replace(' ', "-");
        let trial = Trial {
            stage: self.stage,
            agent,
            engine: self.engine,
            probe: self.probe,
            venv: &self.venv(release)?,
            folder: self
                .stage
                .folder()
                .join(format!("{minor}-{}-{slug}", self.engine)),
        };
        trial.all()
    }

    /// The venv with these packages, from the last time where it can be; agents of the same
    /// packages share one.
    fn venv(&self, release: &Release) -> Result<PathBuf> {
        let packages = release.requirements;
        let name = packages
            .first()
            .and_then(|first| first.split('=').next())
            .unwrap_or("bare");
        let folder = format!("agents/venvs/{}-{name}", self.python.minor());
        let folder = workspace::target().join(folder);
        if packages.is_empty() {
            venvs::bare(self.python, &folder)?;
        } else {
            venvs::with_packages(self.python, &folder, packages, self.lender)?;
        }
        Ok(folder)
    }
}

/// The agents of these names.
fn chosen(names: &[String]) -> Result<Vec<&'static Agent>> {
    let known = || AGENTS.iter().map(|agent| agent.name);
    if let Some(unknown) = names.iter().find(|name| !known().any(|it| it == *name)) {
        let known: Vec<&str> = known().collect();
        bail!("there is no agent `{unknown}`, only {}", known.join("; "));
    }
    let wanted = |agent: &&Agent| names.is_empty() || names.iter().any(|name| name == agent.name);
    Ok(AGENTS.iter().filter(wanted).collect())
}

/// A venv with a pip of today, which fills the venvs of Pythons that bring none.
fn lender() -> Result<PathBuf> {
    const PACKAGES: [&str; 1] = ["pip"];
    let folder = workspace::target().join("agents/venvs/pip");
    let pythons = interpreters::find_chosen()?;
    let ready = |python: &Interpreter| venvs::is_ready(python, &folder, &PACKAGES);
    if !pythons.iter().any(ready) {
        let python = pythons
            .iter()
            .rev()
            .find(|python| venvs::with_own_pip(python, &folder))
            .context("no Python that was found can put pip into a virtualenv")?;
        venvs::fill(python, &folder, &PACKAGES, &folder)?;
    }
    Ok(folder)
}
