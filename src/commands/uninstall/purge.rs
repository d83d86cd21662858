//! `--purge`: removes folders of recordings, a venv's or those of venvs that are gone.

use std::collections::BTreeSet;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::commands::venv;
use crate::exit::Failure;
use crate::files::FilesError;
use crate::python::Venv;
use crate::recording::{removal, store};
use crate::site::{self, Entry, Kept, Mode};

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
    Ok(venv::all_stores(&venv.root, &roots))
}

/// The recordings of venvs that are gone: of those that were registered, wherever their
/// installations sent them, and below the usual data root of any that says so itself.
pub(super) fn stores_of_the_gone(gone: &[Entry]) -> Result<Vec<PathBuf>, Failure> {
    let usual = venv::registry().root().to_owned();
    let mut found = BTreeSet::new();
    for entry in gone {
        let roots: Vec<PathBuf> = entry.data_roots().chain([usual.clone()]).collect();
        found.extend(venv::all_stores(&entry.venv(), &roots));
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
        match store.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(FilesError::on("read", store)(error).into()),
            Ok(metadata) => match reason_to_keep(&metadata) {
                Some(why) => kept.push(keep(store, why)),
                None => purged.extend(remove(store, metadata.uid(), mode, kept)?),
            },
        }
    }
    Ok(purged)
}

fn reason_to_keep(metadata: &Metadata) -> Option<&'static str> {
    let us = rustix::process::geteuid();
    if !us.is_root() && metadata.uid() != us.as_raw() {
        Some("belongs to another user")
    } else if !metadata.is_dir() {
        // A link would lead to somebody else's files.
        Some("isn't a folder")
    } else {
        None
    }
}

fn remove(
    store: &Path,
    owner: u32,
    mode: Mode,
    kept: &mut Vec<Kept>,
) -> Result<Vec<String>, Failure> {
    let done = removal::remove(store, owner, mode == Mode::Perform)?;
    kept.extend(done.kept.iter().map(|path| keep(path, "isn't a recording")));
    let path = |path: &PathBuf| match path == store {
        true => format!("{}/", path.display()),
        false => path.display().to_string(),
    };
    Ok(done.removed.iter().map(path).collect())
}

fn keep(path: &Path, why: &'static str) -> Kept {
    Kept {
        path: path.display().to_string(),
        why,
    }
}
