//! What the commands that work on a venv share: choosing it aloud, and the registry.

use std::path::{Path, PathBuf};

use crate::cli::VenvArgs;
use crate::exit::{Exit, Failure};
use crate::printer::Printer;
use crate::python::{self, PythonError, Venv};
use crate::recording::keep::Keep;
use crate::recording::place::{self, data_root};
use crate::recording::users;
use crate::site::{self, Inspection, Registry};

/// Finds the venv that is meant and says on stderr which one it is.
pub(super) fn choose(given: &VenvArgs, printer: Printer) -> Result<Venv, Failure> {
    let venv = python::find(given.folder())?;
    announce(&venv, printer);
    Ok(venv)
}

/// As [`choose`], where a command can do without: none if nobody says which venv is meant.
pub(super) fn choose_if_any(given: &VenvArgs, printer: Printer) -> Result<Option<Venv>, Failure> {
    match python::find(given.folder()) {
        Err(PythonError::NoVenv { .. }) => Ok(None),
        found => {
            let venv = found?;
            announce(&venv, printer);
            Ok(Some(venv))
        }
    }
}

fn announce(venv: &Venv, printer: Printer) {
    printer.message(&format!(
        "using the virtualenv `{}` ({})",
        venv.root.display(),
        venv.chosen
    ));
}

/// The folders of this venv's recordings: below the data root that is given, else below the
/// usual one, those that installations noted down, and those of the users who may have run it.
pub(super) fn stores(venv: &Venv, given: Option<&Path>) -> Vec<PathBuf> {
    if given.is_some() {
        return stores_below(&venv.root, &[data_root(given)]);
    }
    let roots = match site::inspect(&venv.site_packages) {
        Ok(inspection) => data_roots(&inspection),
        Err(_) => vec![usual_root()],
    };
    all_stores(&venv.root, &roots)
}

/// How much of a venv's recordings its installation wants kept, and the folders in which that
/// installation, and none that `--data-dir` names, records; no folders where all is kept, as where
/// nothing is installed.
pub(super) fn kept(venv: &Venv) -> (Keep, Vec<PathBuf>) {
    let Ok(inspection) = site::inspect(&venv.site_packages) else {
        return (Keep::default(), Vec::new());
    };
    let keep = keep(&inspection);
    let stores = match keep.is_all() {
        true => Vec::new(),
        false => all_stores(&venv.root, &data_roots(&inspection)),
    };
    (keep, stores)
}

/// How much is to be kept, as the installation that counts notes it down.
pub(super) fn keep(inspection: &Inspection) -> Keep {
    let manifest = inspection.current().and_then(|it| it.manifest.as_ref());
    manifest.map_or_else(Keep::default, |it| site::noted_keep(&it.options))
}

/// The folders of the venv at this path below these roots, and below those of the users who may
/// have run it; each once.
pub(super) fn all_stores(venv: &Path, roots: &[PathBuf]) -> Vec<PathBuf> {
    let mut stores = Vec::new();
    for store in stores_below(venv, roots)
        .into_iter()
        .chain(stores_of_users(venv))
    {
        if !stores.contains(&store) {
            stores.push(store);
        }
    }
    stores
}

/// The folders of the venv at this path below these roots: one each, and those of other users
/// that are there.
fn stores_below(venv: &Path, roots: &[PathBuf]) -> Vec<PathBuf> {
    let folder = place::folder_name(venv);
    let others = roots.iter().flat_map(|root| users::beside(root, &folder));
    let first = roots.iter().map(|root| root.join(&folder));
    first.chain(others).collect()
}

/// The folders of the venv at this path in the data roots of users, as far as there are any: this
/// user's, and for root all others'.
fn stores_of_users(venv: &Path) -> Vec<PathBuf> {
    let folder = place::folder_name(venv);
    let roots = users::own_roots().into_iter().chain(users::others_roots());
    roots
        .map(|root| root.join(&folder))
        .filter(|store| store.symlink_metadata().is_ok())
        .collect()
}

/// The data roots that may hold recordings of a venv: the usual one first, then those that its
/// installations noted down, each once.
pub(super) fn data_roots(inspection: &Inspection) -> Vec<PathBuf> {
    let noted = inspection
        .packages
        .iter()
        .filter_map(|package| package.manifest.as_ref())
        .filter_map(|manifest| site::noted_data_root(&manifest.options));
    let mut roots = vec![usual_root()];
    for root in noted {
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    roots
}

/// The data root where no option names one: that of `PROBE_DATA_DIR`, else the user's.
fn usual_root() -> PathBuf {
    let root = std::env::var_os("PROBE_DATA_DIR").filter(|root| !root.is_empty());
    data_root(root.as_deref().map(Path::new))
}

/// The registry of this user: in `PROBE_DATA_DIR` where that is set, else in the usual data
/// root, whatever `--data-dir` a single install was given.
pub(super) fn registry() -> Registry {
    Registry::new(usual_root())
}

/// Remembers or forgets a venv. The registry is only a help, so a failure is only a warning.
pub(super) fn note<E: std::error::Error>(result: Result<Option<String>, E>, printer: Printer) {
    match result {
        Ok(None) => {}
        Ok(Some(damage)) => printer.warning(&damage),
        Err(error) => {
            let cause = error
                .source()
                .map(|cause| format!(": {cause}"))
                .unwrap_or_default();
            printer.warning(&format!("{error}{cause}; `--all` won't know this change"));
        }
    }
}

/// The failure of `--all` where no venv is known.
pub(super) fn nothing_registered() -> Failure {
    Failure::environment(
        "the probe isn't installed in any virtualenv that is known",
        Some(
            "give one with `--venv DIR` if it was installed by another user or data folder".into(),
        ),
    )
}

/// The exit of a command over several venvs: that of the one which went worst.
pub(super) fn worse(one: Exit, other: Exit) -> Exit {
    if other.code() > one.code() {
        other
    } else {
        one
    }
}
