//! `uninstall --all`: every venv of the registry; those that are gone are forgotten. With
//! `--purge` the recordings of the gone ones go too, then the registry, then the data root if
//! nothing else is in it, and the bytecode that is kept for the next installation.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::answer::{Answer, purged_line, verb};
use super::{purge, take_out};
use crate::cli::UninstallArgs;
use crate::commands::venv;
use crate::exit::{Exit, Failure};
use crate::harmless;
use crate::printer::Printer;
use crate::python::{self, Chosen};
use crate::site::{self, Entry, Kept, Mode};

/// `--all` in `--json`.
#[derive(Debug, Serialize)]
struct AllAnswer {
    schema: u32,
    venvs: Vec<Answer>,
    gone: Vec<String>,
    /// With `--purge`: recordings of venvs that are gone, the registry, the data root.
    purged: Vec<String>,
}

/// Runs it; one venv that fails doesn't keep the others from being cleaned.
///
/// # Errors
/// No venv is known and there is nothing to purge, or the registry can't be read.
pub(super) fn run(args: &UninstallArgs, printer: Printer) -> Result<Exit, Failure> {
    let known = venv::registry().read()?;
    if let Some(damage) = &known.damage {
        printer.warning(damage);
    }
    let mut all = AllAnswer {
        schema: 1,
        venvs: Vec::new(),
        gone: Vec::new(),
        purged: Vec::new(),
    };
    let mut worst = Exit::Yes;
    let mut done: Vec<PathBuf> = Vec::new();
    let mut gone: Vec<Entry> = Vec::new();
    for entry in &known.entries {
        let root = entry.venv();
        if !root.exists() {
            forget(&root, args, printer);
            all.gone.push(root.display().to_string());
            gone.push(entry.clone());
            continue;
        }
        let result = python::open(&root, Chosen::Registered)
            .map_err(Failure::from)
            .and_then(|venv| take_out(&venv, args, printer));
        match result {
            Ok((answer, exit)) => {
                if answer.kept.is_empty() {
                    done.push(root);
                }
                all.venvs.push(answer);
                worst = venv::worse(worst, exit);
            }
            Err(failure) => {
                printer.failure(&failure);
                worst = venv::worse(worst, failure.exit);
            }
        }
    }
    if args.purge {
        let (purged, exit) = purge_rest(&gone, &done, &all.venvs, args, printer)?;
        all.purged = purged;
        worst = venv::worse(worst, exit);
    }
    if known.entries.is_empty() && all.purged.is_empty() {
        return Err(venv::nothing_registered());
    }
    if args.json {
        printer.json(&all);
    }
    Ok(worst)
}

fn forget(root: &Path, args: &UninstallArgs, printer: Printer) {
    let root_text = root.display();
    if args.dry_run {
        printer.message(&format!(
            "the virtualenv `{root_text}` is gone, and would be forgotten"
        ));
    } else {
        printer.message(&format!(
            "the virtualenv `{root_text}` is gone, and forgotten"
        ));
        venv::note(venv::registry().remove(root), printer);
    }
}

/// What no venv's own removal purges.
fn purge_rest(
    gone: &[Entry],
    done: &[PathBuf],
    answers: &[Answer],
    args: &UninstallArgs,
    printer: Printer,
) -> Result<(Vec<String>, Exit), Failure> {
    let mode = Mode::of(args.dry_run);
    let mut kept: Vec<Kept> = Vec::new();
    let stores = purge::stores_of_the_gone(gone)?;
    let mut purged = purge::purge(&stores, mode, &mut kept)?;
    if !args.json {
        printer.data(&purged_line(&purged, " of virtualenvs that are gone", mode));
    }
    let registry = venv::registry();
    let forgotten = gone.iter().map(Entry::venv).chain(done.iter().cloned());
    let forgotten: Vec<PathBuf> = forgotten.collect();
    let by_venvs = answers.iter().flat_map(|answer| &answer.purged);
    let removed: Vec<PathBuf> = purged.iter().chain(by_venvs).map(PathBuf::from).collect();
    let mut rest = registry.clear(&forgotten, &removed, mode)?;
    rest.extend(site::remove_kept(mode));
    for path in &rest {
        if !args.json {
            let path = harmless::line(&path.display().to_string());
            printer.data(&format!("{} {path}\n", verb(mode)));
        }
    }
    purged.extend(rest.iter().map(|path| path.display().to_string()));
    for file in &kept {
        printer.warning(&file.to_string());
    }
    if mode == Mode::Perform && registry.root().is_dir() {
        printer.message(&format!(
            "the data folder `{}` stays: there is something else in it",
            registry.root().display()
        ));
    }
    let exit = if kept.is_empty() { Exit::Yes } else { Exit::No };
    Ok((purged, exit))
}
