//! `cargo xtask survival`: does to a virtualenv with the probe what its users' tools do, and
//! checks after each that the probe was kept, or that `probe status` names what happened and
//! what to do; that Python starts silently; and that `probe uninstall` leaves what the tool made.
//! `cargo xtask test` plays a short form.

mod action;
mod actions;
mod judge;
mod ours;
mod scene;
mod tools;

use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};

use crate::interpreters::{self, Interpreter, Minor};
use crate::stage::Stage;
use crate::workspace::{self, Profile};
use crate::{console, markdown, venvs, verdict};
use action::Action;
use scene::{Pythons, Scene};
use tools::Tools;

/// Arguments of `cargo xtask survival`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Fail where a tool can't be had, instead of leaving out what needs it
    #[arg(long)]
    require: bool,
    /// Only what needs nothing but Python itself: half a minute
    #[arg(long)]
    short: bool,
    /// Only the actions whose names have one of these words in them
    #[arg(long, value_name = "WORD,…", value_delimiter = ',')]
    only: Vec<String>,
}

/// The columns of the table.
const HEAD: [&str; 6] = [
    "action",
    "the probe",
    "status",
    "fires",
    "start of Python",
    "after uninstall",
];

/// Plays all actions; exits with 1 where there is a problem.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let stage = Stage::set("survival", workspace::build(Profile::Debug)?)?;
    let found = interpreters::find_chosen()?;
    if args.short {
        return Ok(verdict::exit(short(&stage, &found, true)? == 0));
    }
    let pythons = pythons(&stage, &found)?;
    let tools = Tools::prepare(&found, args.require)?;
    let chosen: Vec<Action> = actions::all()
        .into_iter()
        .filter(|action| {
            args.only.is_empty() || args.only.iter().any(|word| action.name.contains(word))
        })
        .collect();
    ensure!(!chosen.is_empty(), "no action has such a name");
    Ok(verdict::exit(play(&stage, pythons, &tools, &chosen)? == 0))
}

/// Plays the actions that need nothing but Python itself, and returns the number of problems,
/// each of them said. Where the Pythons for that aren't there it says so, or fails if they are
/// `required`.
pub(crate) fn short(stage: &Stage, found: &[Interpreter], required: bool) -> Result<usize> {
    let pythons = match pythons(stage, found) {
        Err(why) if !required => {
            console::line(&format!("left out: {why}"));
            return Ok(0);
        }
        pythons => pythons?,
    };
    let chosen: Vec<Action> = actions::all()
        .into_iter()
        .filter(|action| action.short)
        .collect();
    play(stage, pythons, &Tools::none(), &chosen)
}

/// From this version Python prints what a `.start` file can't import, so an installation whose
/// package somebody deleted isn't silent there (docs/payload.md).
const START_FILES: Minor = Minor(3, 15);

/// The newest Python that brings pip, and the newest one before it.
fn pythons<'a>(stage: &Stage, found: &'a [Interpreter]) -> Result<Pythons<'a>> {
    let template = stage.folder().join("template");
    let usual = found
        .iter()
        .rposition(|python| python.minor() < START_FILES && venvs::with_own_pip(python, &template))
        .context("no Python that was found can put pip into a virtualenv")?;
    let Some(older) = usual.checked_sub(1) else {
        bail!("there is no Python before {}", found[usual].version);
    };
    Ok(Pythons {
        usual: &found[usual],
        older: &found[older],
        template,
    })
}

fn play(stage: &Stage, pythons: Pythons<'_>, tools: &Tools, chosen: &[Action]) -> Result<usize> {
    let mut rows = Vec::new();
    let (mut problems, mut left_out) = (0, 0);
    for (number, action) in chosen.iter().enumerate() {
        let name = action.name.to_owned();
        if let Some(why) = action.tool.and_then(|tool| tools.lacks(tool)) {
            rows.push(vec![name, format!("not applicable: {why}")]);
            left_out += 1;
            continue;
        }
        let scene = Scene::set(stage, &pythons, tools, number)?;
        let row = scene
            .play(action)
            .with_context(|| format!("`{}`", action.name))?;
        for problem in &row.problems {
            console::line(&format!("problem: {}: {problem}", action.name));
        }
        problems += row.problems.len();
        rows.push([vec![name], row.cells()].concat());
    }
    console::line("");
    console::line(markdown::table(&HEAD, &rows).trim_end());
    console::line(&format!(
        "\nPython {} and {}: {} actions, {left_out} not applicable, {problems} problems",
        pythons.older.version,
        pythons.usual.version,
        chosen.len(),
    ));
    Ok(problems)
}
