//! `cargo xtask matrix`: scenarios by interpreters. In each cell a small program runs in a venv
//! without the probe and then with it: the probe must have fired exactly once in each process,
//! the program must not show that it was there, and uninstalling must leave nothing.
//! `cargo xtask test` plays each scenario on one of the interpreters.

mod cell;
mod columns;
mod judge;
mod lines;
mod scenario;
mod scenarios;
mod table;
mod tools;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Result, bail};

use crate::stage::Stage;
use crate::workspace::{self, Profile};
use crate::{console, verdict};
use cell::{Outcome, Place};
use columns::Column;
use scenario::Scenario;

/// How many cells are played at the same time.
const THREADS: usize = 2;

/// Arguments of `cargo xtask matrix`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which interpreters: versions, `debian`, `pypy`; without, all, and none may be missing
    #[arg(long, value_name = "3.12,debian,…", value_delimiter = ',')]
    python: Vec<String>,
    /// Which scenarios, by the names that `--list` prints (`--scenario=-I` where one begins with a dash)
    #[arg(long, value_name = "NAME", num_args = 1..)]
    scenario: Vec<String>,
    /// Each scenario on one interpreter only, in rotation
    #[arg(long, conflicts_with = "scenario")]
    short: bool,
    /// List the scenarios and play none
    #[arg(long)]
    list: bool,
}

/// Plays and prints the table; exits with 1 where a cell failed.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let scenarios = chosen(&args.scenario)?;
    if args.list {
        scenarios
            .iter()
            .for_each(|scenario| console::line(scenario.name));
        return Ok(ExitCode::SUCCESS);
    }
    let failed = if args.short {
        short(&args.python, true)?
    } else {
        play(&columns::find(&args.python, true)?, &scenarios, false)?
    };
    Ok(verdict::exit(failed == 0))
}

/// Plays each scenario on one of these interpreters, in rotation (without names: of all), and
/// returns how many cells failed.
///
/// # Errors
/// All are required, and one is missing.
pub(crate) fn short(pythons: &[String], required: bool) -> Result<usize> {
    play(&columns::find(pythons, required)?, &chosen(&[])?, true)
}

fn chosen(names: &[String]) -> Result<Vec<Scenario>> {
    let all = scenarios::all();
    if let Some(unknown) = names
        .iter()
        .find(|name| all.iter().all(|scenario| scenario.name != **name))
    {
        bail!("`{unknown}` is no scenario; `--list` prints them");
    }
    Ok(all
        .into_iter()
        .filter(|scenario| names.is_empty() || names.iter().any(|name| name == scenario.name))
        .collect())
}

fn play(columns: &[Column], scenarios: &[Scenario], rotate: bool) -> Result<usize> {
    let stage = Stage::set("matrix", workspace::build(Profile::Debug)?)?;
    let place = Place::make(&stage, columns)?;
    let next = AtomicUsize::new(0);
    let cells = scenarios.len() * columns.len();
    let outcomes: Mutex<Vec<Option<Outcome>>> = Mutex::new(vec![None; cells]);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= cells {
                        return;
                    }
                    let (row, column) = (index / columns.len(), index % columns.len());
                    if rotate && turn(&scenarios[row], row, columns) != Some(column) {
                        continue;
                    }
                    let outcome = place.play(&scenarios[row], &columns[column]);
                    if let Ok(mut outcomes) = outcomes.lock() {
                        outcomes[index] = Some(outcome);
                    }
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().unwrap_or_default();
    Ok(table::print(columns, scenarios, &outcomes))
}

/// The column on which a scenario is played where each is played once.
fn turn(scenario: &Scenario, row: usize, columns: &[Column]) -> Option<usize> {
    (0..columns.len())
        .map(|step| (row + step) % columns.len())
        .find(|&column| (scenario.unfit)(&columns[column]).is_none())
}
