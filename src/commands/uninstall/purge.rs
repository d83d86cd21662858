//! `--purge`: removes folders of recordings, a venv's or those of venvs that are gone.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::commands::venv;
use crate::exit::Failure;
use crate::files::FolderLock;
use crate::python::Venv;
use crate::recording::{place, store};
use crate::site::{self, Entry, Kept, Mode, SiteError};

/// A folder of recordings below a data root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Store {
    root: PathBuf,
    folder: String,
}

impl Store {
    /// Whether there is one.
    pub(super) fn is_there(&self) -> bool {
        self.root.join(&self.folder).exists()
    }
}

/// Where the recordings of a venv may be: wherever its installations sent them.
pub(super) fn stores_of(venv: &Venv) -> Result<Vec<Store>, Failure> {
    let mut stores = Vec::new();
    let folder = place::folder_name(&venv.root);
    for place in std::iter::once(venv.clone()).chain(site::elsewhere(venv)?) {
        for root in venv::data_roots(&site::inspect(&place.site_packages)?) {
            let folder = folder.clone();
            let store = Store { root, folder };
            if !stores.contains(&store) {
                stores.push(store);
            }
        }
    }
    Ok(stores)
}

/// The recordings of venvs that are gone: of those that were registered, wherever their
/// installations sent them, and below the usual data root of any that says so itself.
pub(super) fn stores_of_the_gone(gone: &[Entry]) -> Result<Vec<Store>, Failure> {
    let usual = venv::registry().root().to_owned();
    let mut stores = BTreeSet::new();
    for entry in gone {
        let folder = place::folder_name(&entry.venv());
        for root in entry.data_roots().chain([usual.clone()]) {
            let folder = folder.clone();
            stores.insert(Store { root, folder });
        }
    }
    for folder in store::folders(&usual)? {
        let is_gone = |venv: PathBuf| venv.is_absolute() && !venv.exists();
        if folder.venv().is_some_and(is_gone)
            && let Some(name) = folder.path.file_name().and_then(|name| name.to_str())
        {
            stores.insert(Store {
                root: usual.clone(),
                folder: name.to_owned(),
            });
        }
    }
    Ok(stores.into_iter().filter(Store::is_there).collect())
}

/// Removes folders of recordings; gives the paths that were removed.
pub(super) fn purge(
    stores: &[Store],
    mode: Mode,
    kept: &mut Vec<Kept>,
) -> Result<Vec<String>, Failure> {
    let mut purged = Vec::new();
    for Store { root, folder } in stores {
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
        purged.extend(plan.steps.iter().map(|step| full(&step.path())));
    }
    Ok(purged)
}
