//! Whether what is installed is what should be there: one word for the whole, a state for
//! each file, and the reasons in words. Pure, from an [`Inspection`].

use serde::Serialize;

use super::{FileState, Found, Inspection, InstalledPackage, Manifest};
use crate::payload::{Payload, SITECUSTOMIZE};
use crate::python::Venv;
use std::path::PathBuf;

/// The whole, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// A file was changed by somebody else.
    Modified,
    /// Something is missing, or an installation or removal was interrupted.
    Incomplete,
    /// Whole, but of another version of the probe, or for another place or Python.
    Stale,
    /// As this program would install it.
    Intact,
    /// Nothing is installed.
    Absent,
}

impl State {
    /// The word of the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Modified => "modified",
            Self::Incomplete => "incomplete",
            Self::Stale => "stale",
            Self::Intact => "intact",
            Self::Absent => "absent",
        }
    }
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Relative to site-packages.
    pub path: String,
    /// How it compares.
    pub state: FileState,
}

/// What [`verdict`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The whole.
    pub state: State,
    /// Each file of the probe, and foreign ones in its place.
    pub files: Vec<FileReport>,
    /// Why it isn't intact, and what else is worth knowing.
    pub why: Vec<String>,
}

impl Verdict {
    /// The whole is at best this, because of that.
    fn lower(&mut self, state: State, why: String) {
        self.state = self.state.min(state);
        self.why.push(why);
    }

    fn report(&mut self, path: impl Into<String>, state: FileState) {
        self.files.push(FileReport {
            path: path.into(),
            state,
        });
    }
}

/// Judges what was found in a venv.
#[must_use]
pub fn verdict(inspection: &Inspection, venv: &Venv) -> Verdict {
    let mut verdict = Verdict {
        state: State::Intact,
        files: Vec::new(),
        why: Vec::new(),
    };
    if inspection.is_absent() {
        verdict.state = State::Absent;
    }
    let current = inspection.current();
    judge_start_up(inspection, current, &mut verdict);
    if let Some(package) = current {
        judge_package(package, &mut verdict);
        judge_age(inspection, package, venv, &mut verdict);
    } else if verdict.state != State::Absent {
        verdict.lower(State::Incomplete, "the probe's package is missing".into());
    }
    for package in &inspection.packages {
        if current.is_some_and(|current| current.name != package.name) {
            let why = format!("`{}/` is left of another installation", package.name);
            verdict.lower(State::Incomplete, why);
        }
    }
    for leftover in &inspection.leftovers {
        let why = format!("`{}` is left of an interrupted installation", leftover.name);
        verdict.lower(State::Incomplete, why);
    }
    verdict
}

fn judge_start_up(
    inspection: &Inspection,
    current: Option<&InstalledPackage>,
    verdict: &mut Verdict,
) {
    let manifest = current.and_then(|package| package.manifest.as_ref());
    for file in &inspection.start_up {
        let expected = match manifest {
            Some(manifest) => manifest.files.contains_key(file.name),
            None => current.is_some() && file.name != SITECUSTOMIZE,
        };
        let name = file.name;
        match &file.found {
            Found::Nothing if expected => {
                verdict.report(name, FileState::Missing);
                verdict.lower(State::Incomplete, format!("`{name}` is missing"));
            }
            Found::Nothing => {}
            Found::Ours { package, .. } => {
                if current.is_some_and(|current| current.name == *package) {
                    verdict.report(name, FileState::Intact);
                } else {
                    verdict.report(name, FileState::Modified);
                    let why = format!("`{name}` names `{package}`, which isn't what is installed");
                    verdict.lower(State::Incomplete, why);
                }
            }
            Found::Modified { .. } => {
                verdict.report(name, FileState::Modified);
                verdict.lower(State::Modified, format!("`{name}` was modified"));
            }
            Found::Foreign => {
                verdict.report(name, FileState::Foreign);
                if expected {
                    let why = format!("`{name}` was replaced by one that isn't the probe's");
                    verdict.lower(State::Modified, why);
                }
            }
        }
    }
}

fn judge_package(package: &InstalledPackage, verdict: &mut Verdict) {
    for file in &package.files {
        let path = format!("{}/{}", package.name, file.name);
        match file.state {
            FileState::Intact => {}
            FileState::Modified => {
                verdict.lower(State::Modified, format!("`{path}` was modified"));
            }
            FileState::Missing => {
                verdict.lower(State::Incomplete, format!("`{path}` is missing"));
            }
            FileState::Foreign => verdict.why.push(format!("`{path}` isn't the probe's")),
        }
        verdict.report(path, file.state);
    }
}

/// Only what is whole can be stale: what differs otherwise is said already.
fn judge_age(
    inspection: &Inspection,
    package: &InstalledPackage,
    venv: &Venv,
    verdict: &mut Verdict,
) {
    if let Some(manifest) = &package.manifest {
        judge_place(manifest, venv, verdict);
    }
    let same_package = package
        .plan
        .as_deref()
        .is_none_or(|plan| Payload::build(plan).package == package.name);
    let same_start_up = inspection
        .start_up
        .iter()
        .all(|file| !matches!(file.found, Found::Ours { current: false, .. }));
    if !(same_package && same_start_up) {
        let installed = package
            .manifest
            .as_ref()
            .map_or("another", |manifest| manifest.version.as_str());
        let ours = env!("CARGO_PKG_VERSION");
        let why = if installed == ours {
            format!("it was installed by another build of version {ours} of the probe")
        } else {
            format!("it was installed by version {installed} of the probe, this is {ours}")
        };
        verdict.lower(State::Stale, why);
    }
}

fn judge_place(manifest: &Manifest, venv: &Venv, verdict: &mut Verdict) {
    let then = PathBuf::from(&manifest.venv);
    if then != venv.root {
        let why = format!(
            "the virtualenv was at `{}` when it was installed",
            then.display()
        );
        verdict.lower(State::Stale, why);
    }
    if let (Some(then), Some(now)) = (&manifest.python, venv.version_text())
        && *then != now
    {
        let why = format!("it was installed for Python {then}, the virtualenv has {now}");
        verdict.lower(State::Stale, why);
    }
}
