//! `cargo xtask bench peers`: everything about the probe's cost that has a limit, with the
//! limit and whether it is kept. Here is only the order of things.

mod calls;
mod goals;
mod once;
mod tables;

use std::process::ExitCode;

use anyhow::Result;

use super::machine;
use crate::console;
use crate::engine::Engine;
use crate::interpreters::{self, Interpreter};
use crate::stage::Stage;

/// Arguments of `cargo xtask bench peers`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Also measure calls with the Python engine
    #[arg(long)]
    with_python_engine: bool,
    /// What to measure; all of it, where nothing is chosen
    #[arg(long, value_enum)]
    only: Option<Part>,
}

/// A part of the measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The time of calls.
    Calls,
    /// What a process pays once: start-up, instrumenting, memory.
    Once,
}

/// Measures and prints.
pub(super) fn run(stage: &Stage, common: &super::Args, args: &Args) -> Result<ExitCode> {
    let pythons = if common.python.is_empty() {
        interpreters::find_chosen()?
    } else {
        interpreters::find_these(&common.python)?
    };
    let (compared, others): (Vec<Interpreter>, Vec<Interpreter>) = pythons
        .into_iter()
        .partition(|python| goals::is_compared(python.minor()));
    let mut engines = vec![common.engine];
    if args.with_python_engine && common.engine != Engine::Python {
        engines.push(Engine::Python);
    }
    let wanted = |part| args.only.is_none_or(|only| only == part);

    console::line(&machine::described()?);
    if wanted(Part::Calls) {
        let rounds = common.runs.unwrap_or(5);
        for python in &compared {
            let kinds = calls::measure(stage, python, &engines, true, rounds)?;
            console::line(&tables::compared(python, &kinds, rounds)?);
        }
        let mut measured = Vec::new();
        for python in &others {
            let kinds = calls::measure(stage, python, &engines, false, rounds)?;
            measured.push((python.clone(), kinds));
        }
        if !measured.is_empty() {
            console::line(&tables::absolute(&measured, rounds)?);
        }
    }
    if wanted(Part::Once) {
        let runs = common.runs.unwrap_or(21);
        let mut costs = Vec::new();
        for python in compared.iter().chain(&others) {
            costs.push((
                python.clone(),
                once::measure(stage, common.engine, python, runs)?,
            ));
        }
        console::line(&tables::once(common.engine, &costs, runs));
    }
    Ok(ExitCode::SUCCESS)
}
