//! `probe uninstall`: takes the probe out of one venv or all, and with `--purge` its
//! recordings too.

use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::Serialize;

use super::install::{StepAnswer, step_lines};
use super::venv;
use crate::cli::UninstallArgs;
use crate::exit::{Exit, Failure};
use crate::files::FolderLock;
use crate::harmless;
use crate::printer::Printer;
use crate::python::{self, Chosen, Venv};
use crate::recording::removal;
use crate::site::{self, Done, Kept, Mode, SiteError};

/// One venv in `--json`.
#[derive(Debug, Serialize)]
struct Answer {
    schema: u32,
    venv: String,
    site_packages: String,
    dry_run: bool,
    steps: Vec<StepAnswer>,
    kept: Vec<KeptAnswer>,
    purged: Vec<String>,
}

#[derive(Debug, Serialize)]
struct KeptAnswer {
    path: String,
    why: &'static str,
}

impl From<&Kept> for KeptAnswer {
    fn from(kept: &Kept) -> Self {
        Self {
            path: kept.path.clone(),
            why: kept.why,
        }
    }
}

/// `--all` in `--json`.
#[derive(Debug, Serialize)]
struct AllAnswer {
    schema: u32,
    venvs: Vec<Answer>,
    gone: Vec<String>,
}

/// Runs `probe uninstall`.
///
/// # Errors
/// There is no venv, nothing is installed in it, or it can't be written.
pub fn run(args: &UninstallArgs, printer: Printer) -> Result<Exit, Failure> {
    if args.all {
        return run_all(args, printer);
    }
    let venv = venv::choose(args.venv.as_deref(), printer)?;
    let (answer, exit) = take_out(&venv, args, printer)?;
    if args.json {
        printer.json(&answer);
    }
    Ok(exit)
}

/// Every venv of the registry; one that fails doesn't keep the others from being cleaned.
fn run_all(args: &UninstallArgs, printer: Printer) -> Result<Exit, Failure> {
    let known = venv::registry().read()?;
    if let Some(damage) = &known.damage {
        printer.warning(damage);
    }
    if known.entries.is_empty() {
        return Err(venv::nothing_registered());
    }
    let mut all = AllAnswer {
        schema: 1,
        venvs: Vec::new(),
        gone: Vec::new(),
    };
    let mut worst = Exit::Yes;
    for entry in &known.entries {
        let root = entry.venv();
        if !root.exists() {
            printer.message(&format!(
                "the virtualenv `{}` is gone, and forgotten",
                root.display()
            ));
            if !args.dry_run {
                venv::note(venv::registry().remove(&root), printer);
            }
            all.gone.push(root.display().to_string());
            continue;
        }
        let result = python::open(&root, Chosen::Registered)
            .map_err(Failure::from)
            .and_then(|venv| take_out(&venv, args, printer));
        match result {
            Ok((answer, exit)) => {
                all.venvs.push(answer);
                worst = venv::worse(worst, exit);
            }
            Err(failure) => {
                printer.failure(&failure);
                worst = venv::worse(worst, failure.exit);
            }
        }
    }
    if args.json {
        printer.json(&all);
    }
    Ok(worst)
}

/// Takes the probe out of one venv and prints what was done.
fn take_out(
    venv: &Venv,
    args: &UninstallArgs,
    printer: Printer,
) -> Result<(Answer, Exit), Failure> {
    let mode = if args.dry_run {
        Mode::DryRun
    } else {
        Mode::Perform
    };
    // Before the removal: the manifest says where the recordings are.
    let stores = if args.purge {
        venv::stores(venv, None)
    } else {
        Vec::new()
    };
    let removed = match site::uninstall(venv, mode) {
        Ok(done) => Some(done),
        // Recordings may be left of an earlier installation.
        Err(SiteError::NothingInstalled { .. }) if stores.iter().any(|store| store.exists()) => {
            None
        }
        Err(error) => {
            if matches!(error, SiteError::NothingInstalled { .. }) && mode == Mode::Perform {
                venv::note(venv::registry().remove(&venv.root), printer);
            }
            return Err(error.into());
        }
    };
    let mut kept: Vec<Kept> = Vec::new();
    if let Some(done) = &removed {
        kept.extend(done.kept.iter().cloned());
    }
    let mut purged = Vec::new();
    for store in stores {
        purged.extend(purge(&store, mode, &mut kept)?);
    }
    if mode == Mode::Perform && kept.is_empty() {
        venv::note(venv::registry().remove(&venv.root), printer);
    }
    if !args.json {
        printer.data(&summary(venv, removed.as_ref(), &purged, mode));
    }
    for file in &kept {
        printer.warning(&format!("`{}` {} and was left alone", file.path, file.why));
    }
    let exit = if kept.is_empty() { Exit::Yes } else { Exit::No };
    let answer = Answer {
        schema: 1,
        venv: venv.root.display().to_string(),
        site_packages: venv.site_packages.display().to_string(),
        dry_run: args.dry_run,
        steps: removed
            .iter()
            .flat_map(|done| &done.plan.steps)
            .map(StepAnswer::from)
            .collect(),
        kept: kept.iter().map(KeptAnswer::from).collect(),
        purged,
    };
    Ok((answer, exit))
}

/// Removes one folder of recordings; gives the paths that were removed.
fn purge(store: &Path, mode: Mode, kept: &mut Vec<Kept>) -> Result<Vec<String>, Failure> {
    if let Ok(metadata) = store.symlink_metadata()
        && metadata.uid() != rustix::process::geteuid().as_raw()
    {
        return purge_of_another(store, metadata.uid(), mode, kept);
    }
    let (Some(root), Some(folder)) = (store.parent(), store.file_name().and_then(OsStr::to_str))
    else {
        return Ok(Vec::new());
    };
    let plan = site::plan_purge(root, folder)?;
    if mode == Mode::Perform && !plan.steps.is_empty() {
        let lock = FolderLock::acquire(root).map_err(SiteError::from)?;
        site::perform(&plan, &lock)?;
    }
    let full = |path: &str| root.join(path).display().to_string();
    kept.extend(plan.kept.iter().map(|file| Kept {
        path: full(&file.path),
        why: file.why,
    }));
    Ok(plan.steps.iter().map(|step| full(&step.path())).collect())
}

/// The same for a folder that another user owns: root may, others leave it alone.
fn purge_of_another(
    store: &Path,
    owner: u32,
    mode: Mode,
    kept: &mut Vec<Kept>,
) -> Result<Vec<String>, Failure> {
    if !rustix::process::geteuid().is_root() {
        kept.push(Kept {
            path: store.display().to_string(),
            why: "belongs to another user",
        });
        return Ok(Vec::new());
    }
    let done = removal::remove(store, owner, mode == Mode::Perform)?;
    kept.extend(done.kept.iter().map(|path| Kept {
        path: path.display().to_string(),
        why: "isn't a recording",
    }));
    let path = |path: &std::path::PathBuf| match path == store {
        true => format!("{}/", path.display()),
        false => path.display().to_string(),
    };
    Ok(done.removed.iter().map(path).collect())
}

fn summary(venv: &Venv, removed: Option<&Done>, purged: &[String], mode: Mode) -> String {
    let place = harmless::line(&venv.site_packages.display().to_string());
    let verb = match mode {
        Mode::Perform => "removed",
        Mode::DryRun => "would remove",
    };
    let mut text = String::new();
    if let Some(done) = removed {
        if done.plan.steps.is_empty() {
            text.push_str(&format!("nothing to remove from {place}\n"));
        } else {
            text.push_str(&format!("{verb} from {place}\n"));
            text.push_str(&step_lines(&done.plan.steps));
        }
    }
    if !purged.is_empty() {
        let files = purged.iter().filter(|path| !path.ends_with('/')).count();
        text.push_str(&format!("{verb} the recordings, {files} files\n"));
    }
    text
}
