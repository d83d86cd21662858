//! `--purge`: removes folders of recordings, a venv's or those of venvs that are gone.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::commands::venv;
use crate::exit::Failure;
use crate::files::FolderLock;
use crate::python::Venv;
use crate::recording::{removal, store};
use crate::site::{self, Entry, Kept, Mode, SiteError};

/// Where the recordings of a venv may be: wherever its installations sent them.
pub(super) fn stores_of(venv: &Venv) -> Result<Vec<PathBuf>, Failure> {
    let mut roots = Vec::new();
    for place in std::iter::once(venv.clone()).chain(site::elsewhere(venv)?) {
        for root in venv::data_roots(&site::inspect(&place.site_packages)?) {
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
    }
    Ok(stores(&venv.root, &roots))
}

/// The folders of one venv below these data roots, and below those of the users who ran it;
/// each once.
fn stores(venv: &Path, roots: &[PathBuf]) -> Vec<PathBuf> {
    let mut stores = Vec::new();
    let of_users = venv::stores_of_users(venv);
    for store in venv::stores_below(venv, roots).into_iter().chain(of_users) {
        if !stores.contains(&store) {
            stores.push(store);
        }
    }
    stores
}

/// The recordings of venvs that are gone: of those that were registered, wherever their
/// installations sent them, and below the usual data root of any that says so itself.
pub(super) fn stores_of_the_gone(gone: &[Entry]) -> Result<Vec<PathBuf>, Failure> {
    let usual = venv::registry().root().to_owned();
    let mut found = BTreeSet::new();
    for entry in gone {
        let roots: Vec<PathBuf> = entry.data_roots().chain([usual.clone()]).collect();
        found.extend(stores(&entry.venv(), &roots));
    }
    for folder in store::folders(&usual)? {
        let is_gone = |venv: PathBuf| venv.is_absolute() && !venv.exists();
        if folder.venv().is_some_and(is_gone) {
            found.insert(folder.path);
        }
    }
    Ok(found.into_iter().filter(|store| is_there(store)).collect())
}

/// Whether there is such a folder, or something else of its name.
pub(super) fn is_there(store: &Path) -> bool {
    store.symlink_metadata().is_ok()
}

/// Removes folders of recordings; gives the paths that were removed.
pub(super) fn purge(
    stores: &[PathBuf],
    mode: Mode,
    kept: &mut Vec<Kept>,
) -> Result<Vec<String>, Failure> {
    let mut purged = Vec::new();
    for store in stores {
        let owner = store.symlink_metadata().ok().map(|data| data.uid());
        let other = owner.filter(|owner| *owner != rustix::process::geteuid().as_raw());
        purged.extend(match other {
            Some(owner) => purge_of_another(store, owner, mode, kept)?,
            None => purge_own(store, mode, kept)?,
        });
    }
    Ok(purged)
}

fn purge_own(store: &Path, mode: Mode, kept: &mut Vec<Kept>) -> Result<Vec<String>, Failure> {
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
    let path = |path: &PathBuf| match path == store {
        true => format!("{}/", path.display()),
        false => path.display().to_string(),
    };
    Ok(done.removed.iter().map(path).collect())
}
