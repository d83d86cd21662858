//! `cargo xtask stress`: plays scenes that are hard on an engine (tests/stress), and compares
//! what they did with what was recorded: on every Python as it is, then under valgrind, which
//! also watches the memory. `cargo xtask test` plays a short form.

mod scenes;
mod trial;
mod valgrind;

use std::process::ExitCode;

use anyhow::Result;

use crate::engine::{self, Engine};
use crate::interpreters::{self, Interpreter, Minor};
use crate::stage::Stage;
use crate::workspace::{self, Profile};
use crate::{console, markdown, verdict};
use trial::{Form, Outcome};

/// The details, the one that does most first.
const DETAILS: [&str; 3] = ["tree", "time", "count"];

/// Where valgrind is run: Pythons whose own memory it finds nothing wrong with.
const WATCHED: [Minor; 2] = [Minor(3, 12), Minor(3, 13)];

/// Arguments of `cargo xtask stress`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Less of everything, detail tree only, and no valgrind: under a minute
    #[arg(long)]
    short: bool,
    /// Leave valgrind out
    #[arg(long)]
    no_valgrind: bool,
    /// Which Pythons; without, all that are found, and 3.12 and 3.13 under valgrind
    #[arg(long, value_name = "3.12,3.13,…", value_delimiter = ',')]
    python: Vec<Minor>,
    /// Which of the probe's engines; without, each
    #[arg(long, env = "PROBE_ENGINE")]
    engine: Option<Engine>,
    /// Which scenes; without, all
    #[arg(long, value_name = "SCENE,…", value_delimiter = ',')]
    scene: Vec<String>,
}

/// Plays the scenes; exits with 1 where there is a problem.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let watch = !args.short && !args.no_valgrind;
    if watch {
        valgrind::check()?;
    }
    let stage = Stage::set("stress", workspace::build(Profile::Debug)?)?;
    let pythons = if args.python.is_empty() {
        interpreters::find_chosen()?
    } else {
        interpreters::find_these(&args.python)?
    };
    let scenes = scenes::chosen(&args.scene)?;
    let (form, details) = if args.short {
        (Form::Short, &DETAILS[..1])
    } else {
        (Form::Long, &DETAILS[..])
    };
    let mut rows = Vec::new();
    let mut problems = 0;
    let mut play = |engine, python: &Interpreter, form, details: &[&str]| -> Result<()> {
        let mut outcome = Outcome::default();
        for detail in details {
            outcome += trial::play(&stage, engine, python, detail, form, &scenes)?;
        }
        outcome.say();
        problems += outcome.problems.len();
        rows.push(vec![
            format!("{}{form}", python.version),
            engine.to_string(),
            outcome.played.to_string(),
            outcome.left_out.to_string(),
            outcome.problems.len().to_string(),
        ]);
        Ok(())
    };
    for &engine in engine::wanted(&args.engine) {
        for python in &pythons {
            play(engine, python, form, details)?;
        }
        for python in &pythons {
            if watch && WATCHED.contains(&python.minor()) {
                play(engine, python, Form::Valgrind, &DETAILS)?;
            }
        }
    }
    console::line("");
    console::line(markdown::table(&HEAD, &rows).trim_end());
    Ok(verdict::exit(problems == 0))
}

/// The columns of the table.
const HEAD: [&str; 5] = ["Python", "engine", "scenes played", "left out", "problems"];

/// Plays the short form on one Python and returns the number of problems, each of them said.
pub(crate) fn short(stage: &Stage, engine: Engine, python: &Interpreter) -> Result<usize> {
    let scenes = scenes::chosen(&[])?;
    let outcome = trial::play(stage, engine, python, DETAILS[0], Form::Short, &scenes)?;
    outcome.say();
    Ok(outcome.problems.len())
}
