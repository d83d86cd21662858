//! `probe uninstall`: takes the probe out of one venv or all, proves that nothing fires any
//! more, and with `--purge` removes the recordings too.

mod all;
mod answer;
mod proof;
mod purge;

use self::answer::{Answer, KeptAnswer, summary};
use self::proof::Proof;
use super::install::StepAnswer;
use super::venv;
use crate::cli::UninstallArgs;
use crate::exit::{Exit, Failure};
use crate::printer::Printer;
use crate::python::Venv;
use crate::site::{self, Done, Kept, Mode, SiteError};

/// Runs `probe uninstall`.
///
/// # Errors
/// There is no venv, nothing is installed in it, or it can't be written.
pub fn run(args: &UninstallArgs, printer: Printer) -> Result<Exit, Failure> {
    if args.all {
        return all::run(args, printer);
    }
    let venv = venv::choose(&args.venv, printer)?;
    let (answer, exit) = take_out(&venv, args, printer)?;
    if args.json {
        printer.json(&answer);
    }
    Ok(exit)
}

/// Takes the probe out of one venv and prints what was done.
fn take_out(
    venv: &Venv,
    args: &UninstallArgs,
    printer: Printer,
) -> Result<(Answer, Exit), Failure> {
    let mode = Mode::of(args.dry_run);
    // Before the removal: the manifest says where the recordings are.
    let stores = if args.purge {
        purge::stores_of(venv)?
    } else {
        Vec::new()
    };
    let starts_it = !args.no_start && mode == Mode::Perform;
    let mut early = None;
    let removed = remove(venv, mode, &mut || {
        early = starts_it.then(|| site::Proof::begin(venv));
    })?;
    if removed.is_empty() && !stores.iter().any(|store| purge::is_there(store)) {
        if mode == Mode::Perform {
            venv::note(venv::registry().remove(&venv.root), printer);
        }
        let root = venv.root.clone();
        return Err(SiteError::NothingInstalled { root }.into());
    }
    let mut kept: Vec<Kept> = removed
        .iter()
        .flat_map(|(_, done)| done.kept.iter().cloned())
        .collect();
    let purged = purge::purge(&stores, mode, &mut kept)?;
    if mode == Mode::Perform && kept.is_empty() {
        venv::note(venv::registry().remove(&venv.root), printer);
    }
    let proof = if starts_it && !removed.is_empty() {
        // Where a file stays, what it does is seen best when all others are gone.
        let early = early.filter(|_| kept.is_empty());
        proof::prove(venv, early.unwrap_or_else(|| site::Proof::begin(venv)))
    } else {
        Proof::default()
    };
    if !args.json {
        let text = summary(&removed, &purged, mode) + &proof.line(venv);
        printer.data(&text);
    }
    for file in &kept {
        printer.warning(&file.to_string());
    }
    proof.warn(venv, printer);
    let clean = kept.is_empty() && proof.fires != Some(true);
    let answer = Answer {
        schema: 1,
        venv: venv.root.display().to_string(),
        site_packages: venv.site_packages.display().to_string(),
        dry_run: args.dry_run,
        steps: removed
            .iter()
            .flat_map(|(place, done)| StepAnswer::all(venv, place, done))
            .collect(),
        kept: kept.iter().map(KeptAnswer::from).collect(),
        purged,
        fires: proof.fires,
        through: proof.through,
    };
    Ok((answer, if clean { Exit::Yes } else { Exit::No }))
}

/// Takes it out of the venv's site-packages, and out of those of the Pythons that the venv had
/// before; gives those in which something was. `meanwhile` as in [`site::uninstall_and`].
fn remove(
    venv: &Venv,
    mode: Mode,
    meanwhile: &mut dyn FnMut(),
) -> Result<Vec<(Venv, Done)>, Failure> {
    let mut removed = Vec::new();
    let others = site::elsewhere(venv)?;
    for place in std::iter::once(venv.clone()).chain(others) {
        match site::uninstall_and(&place, mode, meanwhile) {
            Ok(done) => removed.push((place, done)),
            Err(SiteError::NothingInstalled { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(removed)
}
