//! Installing into a venv's site-packages, taking it out again, and saying what is there.
//!
//! [`inspect`](inspect()) looks and gives a value; `install` and `removal` turn that value
//! into a [`Plan`], an ordered list of steps, without touching anything; `perform` is the one
//! place that executes steps. [`live`](live()) and [`Proof`] start the venv's Python and ask what
//! really happens in it, and `repair` says what would make it whole. What is ours is told from site-packages alone: by content, and
//! by the hash in the package's name. The registry only remembers where to look.

pub mod agents;
mod bytecode;
mod elsewhere;
mod error;
pub mod hiding;
mod inspect;
mod install;
mod live;
mod manifest;
mod package;
mod perform;
mod plan;
mod proof;
mod registry;
mod removal;
mod repair;
pub mod scripts;
mod start_up;
mod starting;
mod verdict;

use crate::files::FolderLock;
use crate::payload::Payload;
use crate::python::Venv;

use bytecode::Bytecode;
pub use bytecode::{compile_in, remove_kept};
pub use elsewhere::elsewhere;
pub use error::SiteError;
pub use hiding::Hiding;
pub use inspect::{Inspection, Leftover, inspect};
pub use live::{Live, interpreter_trouble, live};
pub use manifest::{Manifest, PathText, note_keep, noted_data_root, noted_keep};
pub use package::{FileState, InstalledFile, InstalledPackage};
pub use plan::{Kept, Plan, Step};
pub use proof::{Firing, Proof};
pub use registry::{Entry, Known, Registry};
pub use repair::{Repair, Source, plan_repair};
pub use start_up::{Found, StartUpFile};
pub use verdict::{FileReport, State, Verdict, verdict};

/// Whether steps are performed or only planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Perform them.
    Perform,
    /// Plan them and change nothing.
    DryRun,
}

impl Mode {
    /// What `--dry-run` asks for, or its absence.
    #[must_use]
    pub fn of(dry_run: bool) -> Self {
        if dry_run { Self::DryRun } else { Self::Perform }
    }
}

/// What was planned, and what became of it.
#[derive(Debug, Clone)]
pub struct Done {
    /// The steps, and the files that the plan leaves alone.
    pub plan: Plan,
    /// All files that were left alone, with those found to be changed while performing.
    pub kept: Vec<Kept>,
}

/// Installs the payload into a venv, or replaces what is installed there.
/// `options` is what the manifest keeps about how the plan came about.
///
/// # Errors
/// The venv can't be installed into, a file that isn't ours is in the way (then nothing
/// changed), or writing failed.
pub fn install(
    venv: &Venv,
    payload: &Payload,
    options: serde_json::Value,
    mode: Mode,
) -> Result<Done, SiteError> {
    venv.check_installable()?;
    let manifest = Manifest::new(venv, options);
    let plan_it = || install::plan(&inspect(&venv.site_packages)?, payload, manifest);
    let mut python = perform::Python {
        interpreter: Some(&venv.interpreter),
        ..perform::Python::default()
    };
    if mode == Mode::DryRun || has_bytecode(venv, payload) {
        return change(venv, mode, python, plan_it);
    }
    // Python's start is what takes longest, so it begins first.
    let mut bytecode = Bytecode::begin(venv, payload);
    python.bytecode = Some(&mut bytecode);
    let done = change(venv, mode, python, plan_it)?;
    bytecode.put(&venv.site_packages, payload.package.as_str());
    Ok(done)
}

/// Whether this very payload was installed before, with its bytecode.
fn has_bytecode(venv: &Venv, payload: &Payload) -> bool {
    let package = venv.site_packages.join(payload.package.as_str());
    bytecode::has_entries(&package.join(package::PYCACHE))
}

/// Takes what is installed out of a venv. Files that were modified or aren't ours stay.
///
/// # Errors
/// Nothing is installed, the folder can't be written, or removing failed.
pub fn uninstall(venv: &Venv, mode: Mode) -> Result<Done, SiteError> {
    uninstall_and(venv, mode, &mut || {})
}

/// As [`uninstall`]. `meanwhile` is called once no start-up file is removed any more, unless none
/// was.
///
/// # Errors
/// As [`uninstall`].
pub fn uninstall_and(
    venv: &Venv,
    mode: Mode,
    meanwhile: &mut dyn FnMut(),
) -> Result<Done, SiteError> {
    let plan_it = || {
        let inspection = inspect(&venv.site_packages)?;
        if inspection.is_absent() {
            return Err(SiteError::NothingInstalled {
                root: venv.root.clone(),
            });
        }
        Ok(removal::plan(&inspection))
    };
    let python = perform::Python {
        interpreter: Some(&venv.interpreter),
        meanwhile: Some(meanwhile),
        bytecode: None,
    };
    change(venv, mode, python, plan_it)
}

/// Plans and performs under the folder's lock, so that nobody else changes it in between.
fn change(
    venv: &Venv,
    mode: Mode,
    python: perform::Python<'_>,
    plan_it: impl FnOnce() -> Result<Plan, SiteError>,
) -> Result<Done, SiteError> {
    if mode == Mode::DryRun {
        let plan = plan_it()?;
        let kept = plan.kept.clone();
        return Ok(Done { plan, kept });
    }
    let lock = FolderLock::acquire(&venv.site_packages)?;
    let plan = plan_it()?;
    let outcome = perform::perform(&plan, &lock, python)?;
    let mut kept = plan.kept.clone();
    kept.extend(outcome.kept);
    Ok(Done { plan, kept })
}

#[cfg(test)]
mod tests;
