//! Plans the removal of a venv's recordings: the files that the probe writes into its folder,
//! and the folder if nothing else is in it.

use std::io;
use std::path::Path;

use super::{Plan, SiteError};
use crate::files::FilesError;
use crate::recording::removal::is_ours;

/// Plans it for the venv's folder `store` below the data root; paths are relative to the
/// root. Empty where there are no recordings.
///
/// # Errors
/// The folder can't be read.
pub fn plan_purge(root: &Path, store: &str) -> Result<Plan, SiteError> {
    let mut plan = Plan::default();
    let folder = root.join(store);
    let fail = |error| FilesError::on("read", &folder)(error);
    match folder.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => {}
        // A link would lead to somebody else's files.
        Ok(_) => {
            plan.keep(store, "isn't a folder");
            return Ok(plan);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(plan),
        Err(error) => return Err(fail(error).into()),
    }
    let entries = std::fs::read_dir(&folder).map_err(fail)?;
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(fail)?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    names.sort();
    for name in names {
        let ours = is_ours(name.as_ref());
        let path = format!("{store}/{name}");
        if ours {
            plan.remove(path, None);
        } else {
            plan.keep(path, "isn't a recording");
        }
    }
    if plan.kept.is_empty() {
        plan.remove_folder(store);
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::FolderLock;
    use crate::site::perform;

    #[test]
    fn recordings_go_and_other_files_stay() {
        let root = tempfile::tempdir().unwrap();
        let store = root.path().join("shop-0");
        assert!(plan_purge(root.path(), "shop-0").unwrap().steps.is_empty());
        std::fs::create_dir(&store).unwrap();
        for name in ["a.rec", "b.fold", "venv", "notes.txt"] {
            std::fs::write(store.join(name), "").unwrap();
        }
        let purge = || {
            let plan = plan_purge(root.path(), "shop-0").unwrap();
            perform(&plan, &FolderLock::acquire(root.path()).unwrap()).unwrap();
            plan.kept.len()
        };
        assert_eq!(purge(), 1);
        assert_eq!(std::fs::read_dir(&store).unwrap().count(), 1);
        std::fs::remove_file(store.join("notes.txt")).unwrap();
        assert_eq!(purge(), 0);
        assert!(!store.exists() && root.path().exists());
    }
}
