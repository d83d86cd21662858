//! The one place that changes site-packages: executes the steps of a plan, in order, under
//! the folder's lock.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::bytecode::Bytecode;
use super::package::PYCACHE;
use super::{Kept, Plan, SiteError, Step, starting};
use crate::files::{self, FilesError, FolderLock, Kind, NewFolder};
use crate::payload::{PackageName, SITECUSTOMIZE};
use crate::python::check_writable;

/// App users must be able to read what root installs, whatever root's umask.
const MODE: u32 = 0o644;

/// What performing has to do with the venv's Python.
#[derive(Default)]
pub(super) struct Python<'a> {
    /// Whose starts are waited for before a package or `sitecustomize.py` goes.
    pub(super) interpreter: Option<&'a Path>,
    /// What can be done while they are waited for: no start-up file changes any more.
    pub(super) meanwhile: Option<&'a mut dyn FnMut()>,
    /// For a package that is made.
    pub(super) bytecode: Option<&'a mut Bytecode>,
}

/// What performing found out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Files that were to be removed but had changed since the plan was made.
    pub(super) kept: Vec<Kept>,
}

/// Executes the steps in the locked folder, the site-packages of this Python.
///
/// # Errors
/// A folder can't be written: then nothing was changed. Or a step failed: then files that
/// were added are taken away again, unless older ones were already replaced by them.
pub(super) fn perform(
    plan: &Plan,
    lock: &FolderLock,
    mut python: Python<'_>,
) -> Result<Outcome, SiteError> {
    let folder = lock.folder();
    check_folders(plan, folder)?;
    let mut outcome = Outcome::default();
    for (done, step) in plan.steps.iter().enumerate() {
        if ends_a_package(step)
            && plan.steps[..done].iter().any(is_of_start_up)
            && let Some(interpreter) = python.interpreter.take()
        {
            let nothing: &mut dyn FnMut() = &mut || {};
            starting::wait(interpreter, python.meanwhile.take().unwrap_or(nothing));
        }
        if let (Step::Remove { path, .. }, Some(interpreter)) = (step, python.interpreter)
            && path == SITECUSTOMIZE
        {
            starting::wait_for_a_gap(interpreter);
        }
        let bytecode = python.bytecode.as_deref_mut();
        if let Err(error) = perform_step(step, folder, bytecode, &mut outcome) {
            take_back(&plan.steps[..done], folder);
            return Err(error.into());
        }
    }
    if !plan.steps.is_empty() {
        files::sync_folder(folder)?;
    }
    Ok(outcome)
}

/// Every folder in which a step changes an entry can be written, before the first one.
fn check_folders(plan: &Plan, folder: &Path) -> Result<(), SiteError> {
    let parents: BTreeSet<PathBuf> = plan
        .steps
        .iter()
        .filter_map(|step| Some(folder.join(step.path()).parent()?.to_owned()))
        .filter(|parent| parent.exists())
        .collect();
    for parent in parents {
        check_writable(&parent)?;
    }
    Ok(())
}

/// True for a step that takes away a part of a package.
fn ends_a_package(step: &Step) -> bool {
    match step {
        Step::Remove { path, .. } => path
            .split_once('/')
            .is_some_and(|(folder, _)| PackageName::parse(folder).is_some()),
        _ => false,
    }
}

/// True for a step that changes what a Python reads as it starts.
fn is_of_start_up(step: &Step) -> bool {
    match step {
        Step::Remove { path, .. } | Step::Write { path, .. } => !path.contains('/'),
        Step::CreatePackage { .. } | Step::RemoveFolder { .. } => false,
    }
}

fn perform_step(
    step: &Step,
    folder: &Path,
    bytecode: Option<&mut Bytecode>,
    outcome: &mut Outcome,
) -> Result<(), FilesError> {
    match step {
        Step::CreatePackage { package, files } => create_package(folder, package, files, bytecode),
        Step::Write { path, bytes, .. } => files::replace(&folder.join(path), bytes, MODE),
        Step::Remove { path, sha256 } => {
            let full = folder.join(path);
            let unchanged = match sha256 {
                None => true,
                Some(sha256) => match files::digest_file(&full) {
                    Ok(now) => now == *sha256,
                    // Gone already is as good as removed.
                    Err(error) => error.kind() == io::ErrorKind::NotFound,
                },
            };
            if unchanged {
                gone(
                    files::remove_below(folder, Path::new(path), Kind::File),
                    &full,
                )
            } else {
                outcome.kept.push(Kept {
                    path: path.clone(),
                    why: "was modified a moment ago",
                });
                Ok(())
            }
        }
        Step::RemoveFolder { path } => {
            let full = folder.join(path);
            match files::remove_below(folder, Path::new(path), Kind::Folder) {
                // Somebody put something into it, or a file in its place: then it isn't ours alone
                // any more.
                Err(error) if is_somebody_s(error.kind()) => Ok(()),
                result => gone(result, &full),
            }
        }
    }
}

/// Makes a package with its bytecode in it: a Python that came before that would write its own,
/// perhaps while the package is removed again.
fn create_package(
    folder: &Path,
    package: &PackageName,
    files: &[(String, Vec<u8>)],
    bytecode: Option<&mut Bytecode>,
) -> Result<(), FilesError> {
    let mut new = NewFolder::begin(folder, folder.join(package.as_str()))?;
    let mut sources = Vec::new();
    for (name, bytes) in files {
        let modified = new.write(name, bytes, MODE)?;
        sources.push((format!("{package}/{name}"), modified, bytes));
    }
    // While Python compiles.
    new.flush()?;
    if let Some(bytecode) = bytecode {
        new.make_folder(PYCACHE)?;
        for (name, modified, bytes) in sources {
            if let Some((name, content)) = bytecode.of(&name, modified, bytes) {
                new.write(&format!("{PYCACHE}/{name}"), &content, MODE)?;
            }
        }
    }
    new.appear()?;
    // It is on the disk before a start-up file that names it is.
    files::sync_folder(folder)
}

fn is_somebody_s(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory
    )
}

fn gone(result: io::Result<()>, path: &Path) -> Result<(), FilesError> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FilesError::on("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// Takes away what these steps added, the last first. Nothing is taken away once a file of
/// an earlier installation was replaced: the new one may name what would go.
fn take_back(done: &[Step], folder: &Path) {
    if done
        .iter()
        .any(|step| matches!(step, Step::Write { replaces: true, .. }))
    {
        return;
    }
    for step in done.iter().rev() {
        // A second failure changes nothing: the next install or uninstall finds the rest.
        let _ = match step {
            Step::CreatePackage { package, .. } => {
                std::fs::remove_dir_all(folder.join(package.as_str()))
            }
            Step::Write { path, .. } => std::fs::remove_file(folder.join(path)),
            Step::Remove { .. } | Step::RemoveFolder { .. } => Ok(()),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::digest;

    #[test]
    fn a_failing_step_takes_the_earlier_ones_back() {
        let folder = tempfile::tempdir().unwrap();
        // Renaming a file over a folder fails.
        std::fs::create_dir(folder.path().join("probe.start")).unwrap();
        let write = |path: &str| Step::Write {
            path: path.into(),
            bytes: b"x".to_vec(),
            replaces: false,
        };
        let plan = Plan {
            steps: vec![write("probe.pth"), write("probe.start")],
            ..Plan::default()
        };
        let lock = FolderLock::acquire(folder.path()).unwrap();
        let before = files::digest_tree(folder.path()).unwrap();
        assert!(perform(&plan, &lock, Python::default()).is_err());
        assert_eq!(files::digest_tree(folder.path()).unwrap(), before);
    }

    #[test]
    fn a_file_in_place_of_a_folder_stays() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("__pycache__"), "mine").unwrap();
        let plan = Plan {
            steps: vec![Step::RemoveFolder {
                path: "__pycache__".into(),
            }],
            ..Plan::default()
        };
        let lock = FolderLock::acquire(folder.path()).unwrap();
        perform(&plan, &lock, Python::default()).unwrap();
        assert!(folder.path().join("__pycache__").exists());
    }

    #[test]
    fn a_file_that_changed_since_the_plan_stays() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("probe.pth"), "new").unwrap();
        let mut plan = Plan::default();
        plan.remove("probe.pth", Some(digest(b"old")));
        plan.remove("gone", Some(digest(b"old")));
        let lock = FolderLock::acquire(folder.path()).unwrap();
        let outcome = perform(&plan, &lock, Python::default()).unwrap();
        assert_eq!(outcome.kept.len(), 1);
        assert!(folder.path().join("probe.pth").exists());
    }
}
