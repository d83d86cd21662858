//! The short forms of `cargo xtask stress` and `cargo xtask kills`, on each interpreter and with
//! each engine; each counts as one check.

use anyhow::Result;

use super::tally::Tally;
use crate::interpreters::Interpreter;
use crate::stage::Stage;
use crate::workspace::{self, Profile};
use crate::{console, engine, kills, stress};

/// How many programs are killed.
const KILLS: usize = 20;

/// Runs both.
pub(super) fn run(pythons: &[Interpreter]) -> Result<Tally> {
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
