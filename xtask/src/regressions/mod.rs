//! `cargo xtask regressions`: makes one function of fifty 10 % slower, and counts how often
//! `probe diff` names it and nothing else; and how often it names nothing where nothing changed.
//! The snapshots stay in `target/regressions`, to look at those that went wrong.

mod round;

use std::process::ExitCode;

use anyhow::Result;

use crate::engine::{self, Engine};
use crate::interpreters::{self, Interpreter, Minor};
use crate::stage::{Setup, Stage};
use crate::workspace::{self, Profile};
use crate::{console, markdown, verdict};
use round::{Answer, Round};

/// What is timed: the fifty functions.
const TARGETS: [&str; 1] = ["work:f*"];

/// Arguments of `cargo xtask regressions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many rounds an engine
    #[arg(long, value_name = "N", default_value_t = 20)]
    rounds: usize,
    /// How many runs of the program in each snapshot
    #[arg(long, value_name = "N", default_value_t = 10)]
    runs: usize,
    /// How many calls of each function in each run
    #[arg(long, value_name = "N", default_value_t = 150)]
    calls: usize,
    /// Which Python
    #[arg(long, value_name = "3.12", default_value = "3.12")]
    python: Minor,
    /// Which of the probe's engines; without, each
    #[arg(long, env = "PROBE_ENGINE")]
    engine: Option<Engine>,
}

/// Plays all rounds and prints a table; exits with 1 where one went wrong.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let stage = Stage::set("regressions", workspace::build(Profile::Debug)?)?;
    let pythons = interpreters::find_these(&[args.python])?;
    let (mut rows, mut is_well) = (Vec::new(), true);
    for python in &pythons {
        for &engine in engine::wanted(&args.engine) {
            let rounds = play(&stage, engine, python, args)?;
            is_well &= rounds
                .iter()
                .all(|it| it.named_it_only() && it.named_nothing());
            rows.push(row(python, engine, &rounds));
        }
    }
    console::line(&markdown::table(
        &[
            "engine",
            "rounds",
            "the slower one, and only it",
            "nothing, where nothing changed",
            "change found (10 % is true)",
            "the machine's own changes",
        ],
        &rows,
    ));
    Ok(verdict::exit(is_well))
}

fn play(stage: &Stage, engine: Engine, python: &Interpreter, args: &Args) -> Result<Vec<Round>> {
    let setup = Setup {
        engine,
        detail: "tree",
        targets: &TARGETS,
    };
    let venv = stage.venv_with_probe(python, &engine.to_string(), setup)?;
    console::heading(&format!("Python {}, engine {engine}", python.version));
    (0..args.rounds)
        .map(|number| {
            let name = format!("{engine}-{number:02}");
            let round = Round::play(stage, &venv, &name, number, (args.runs, args.calls))?;
            console::line(&format!("{name}: {round}"));
            Ok(round)
        })
        .collect()
}

fn row(python: &Interpreter, engine: Engine, rounds: &[Round]) -> Vec<String> {
    let of = |number: usize| format!("{number} of {}", rounds.len());
    let percents = |of: fn(&Round) -> Vec<f64>| {
        let all: Vec<f64> = rounds.iter().flat_map(of).map(|it| 100.0 * it).collect();
        let least = all.iter().copied().fold(f64::INFINITY, f64::min);
        let most = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        format!("{least:+.1} to {most:+.1} %")
    };
    vec![
        format!("{engine}, {}", python.minor()),
        rounds.len().to_string(),
        of(rounds.iter().filter(|it| it.named_it_only()).count()),
        of(rounds.iter().filter(|it| it.named_nothing()).count()),
        percents(|it| it.found.into_iter().collect()),
        percents(|it| [&it.same, &it.slower].map(|it: &Answer| it.drift).to_vec()),
    ]
}
