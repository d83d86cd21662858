//! What the probe adds to the start of a Python: `python -c pass` in two venvs of one
//! interpreter, in turn, so that both meet the same weather.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail};

use super::LIMIT;
use super::figures::{median, paired_median};
use crate::engine::Engine;
use crate::interpreters::Interpreter;
use crate::stage::{Setup, Stage};
use crate::{markdown, process, venvs};

/// Three targets, none of which `python -c pass` imports.
const TARGETS: [&str; 3] = ["shop.**:**", "json:dumps", "sqlite3:connect"];

/// Starts that only warm the caches of files.
const WARM_UP: usize = 3;

/// Milliseconds of the starts of one Python; the same place in both is the same round.
pub(super) struct Starts {
    without: Vec<f64>,
    with: Vec<f64>,
}

impl Starts {
    /// What the probe adds, in milliseconds.
    pub(super) fn added(&self) -> f64 {
        paired_median(&self.without, &self.with)
    }
}

/// Measures each Python and returns the table.
pub(super) fn measure(
    stage: &Stage,
    engine: Engine,
    pythons: &[Interpreter],
    runs: usize,
) -> Result<String> {
    let mut rows = Vec::new();
    for python in pythons {
        let starts = starts(stage, engine, python, runs)?;
        rows.push(vec![
            python.version.clone(),
            format!("{:.2}", median(&starts.without)),
            format!("{:.2}", median(&starts.with)),
            format!("{:+.2}", starts.added()),
        ]);
    }
    Ok(format!(
        "\nStart-up: `python -c pass`, ms, median of {runs}; engine {engine}, {} targets.\n\n{}",
        TARGETS.len(),
        markdown::table(
            &["Python", "without", "with the probe", "paired difference"],
            &rows
        )
    ))
}

/// Starts one Python so many times without the probe, and as often with it.
pub(super) fn starts(
    stage: &Stage,
    engine: Engine,
    python: &Interpreter,
    runs: usize,
) -> Result<Starts> {
    let setup = Setup {
        engine,
        detail: "tree",
        targets: &TARGETS,
    };
    let venvs = [
        stage.bare_venv(python)?,
        stage.venv_with_probe(python, "start-up", setup)?,
    ];
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..WARM_UP + runs {
        // The one that goes first changes from round to round.
        for which in [round % 2, 1 - round % 2] {
            let time = start(stage, &venvs[which])?;
            if round >= WARM_UP {
                times[which].push(time);
            }
        }
    }
    let [without, with] = times;
    Ok(Starts { without, with })
}

/// The time of one start and exit, in milliseconds.
fn start(stage: &Stage, venv: &Path) -> Result<f64> {
    let mut command = stage.command(&venvs::python(venv));
    command.args(["-c", "pass"]);
    let begin = Instant::now();
    let status = command.status()?;
    let time = begin.elapsed();
    if !status.success() {
        // Once more, for what it says.
        process::run_quietly(&mut command, LIMIT)?;
        bail!(
            "`python -c pass` in `{}` ended with {status}",
            venv.display()
        );
    }
    Ok(time.as_secs_f64() * 1e3)
}
