//! The short forms of the tasks that are hard on the probe: `stress` and `kills` on its engines,
//! `matrix`, `survival`, `sweep` and `starts` on its installation, `fuzz` on what it reads. Each
//! run of one counts as one check.

use anyhow::Result;

use super::tally::Tally;
use crate::interpreters::Interpreter;
use crate::stage::Stage;
use crate::workspace::{self, Profile};
use crate::{console, engine, fuzz, kills, matrix, starts, stress, survival, sweep};

/// How many programs are killed.
const KILLS: usize = 20;

/// The variable that says that this is a CI, where no interpreter may be missing.
const CI: &str = "CI";

/// Runs all.
pub(super) fn run(pythons: &[Interpreter]) -> Result<Tally> {
    let mut tally = on_engines(pythons)?;
    tally += on_installation(pythons)?;
    tally += on_what_is_read()?;
    Ok(tally)
}

fn on_installation(pythons: &[Interpreter]) -> Result<Tally> {
    let probe = workspace::build(Profile::Debug)?;
    let mut tally = Tally::default();
    console::heading("Start-up scenarios");
    let required = std::env::var_os(CI).is_some();
    tally += Tally::one(matrix::short(&[], required)? == 0);
    console::heading("What users' tools do");
    let stage = Stage::set("survival", probe.clone())?;
    tally += Tally::one(survival::short(&stage, pythons, required)? == 0);
    if let Some(python) = pythons.last() {
        console::heading("An installer that is killed");
        let stage = Stage::set("sweep", probe.clone())?;
        tally += Tally::one(sweep::short(&stage, python)? == 0);
        console::heading("Starts while it is installed and removed");
        let stage = Stage::set("starts", probe)?;
        tally += Tally::one(starts::short(&stage, python)? == 0);
    }
    Ok(tally)
}

fn on_what_is_read() -> Result<Tally> {
    console::heading("Hostile input");
    Ok(Tally::one(fuzz::short()? == 0))
}

fn on_engines(pythons: &[Interpreter]) -> Result<Tally> {
    let probe = workspace::build(Profile::Debug)?;
    let mut tally = Tally::default();
    console::heading("Scenes that are hard on an engine");
    let stage = Stage::set("stress", probe.clone())?;
    for engine in engine::BUILT {
        for python in pythons {
            let problems = stress::short(&stage, engine, python)?;
            tally += Tally::one(problems == 0);
        }
    }
    console::heading("Programs that are killed");
    let stage = Stage::set("kills", probe)?;
    for engine in engine::BUILT {
        // What is proved doesn't differ between versions; the newest one stands for all.
        if let Some(python) = pythons.last() {
            let problems = kills::kill(&stage, engine, python, KILLS)?;
            tally += Tally::one(problems == 0);
        }
    }
    Ok(tally)
}
