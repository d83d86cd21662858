//! Removes the recordings in a venv's folder; root does it for other users, too. Goes by
//! descriptors, not by paths: such a user could exchange a folder by a link meanwhile, and then
//! root would remove what the link leads to.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, fstat, openat, unlinkat};
use rustix::io::Errno;

use crate::recording::error::Error;
use crate::recording::place::{FOLD_EXTENSION, RECORDING_EXTENSION, VENV_FILE};

/// What became of a folder's files, with their paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    /// Those that went; the folder itself as the last one, where nothing else was in it.
    pub removed: Vec<PathBuf>,
    /// Those that aren't the probe's.
    pub kept: Vec<PathBuf>,
}

/// True for a name that the probe gives to files in a venv's folder.
fn is_ours(name: &OsStr) -> bool {
    let extension = Path::new(name).extension().and_then(OsStr::to_str);
    name == VENV_FILE || matches!(extension, Some(RECORDING_EXTENSION | FOLD_EXTENSION))
}

/// Removes the probe's files from a venv's folder that `owner` owns, and the folder; only says
/// which these are unless it is to `perform` it.
///
/// # Errors
/// The folder isn't this user's, is a link, or can't be changed.
pub fn remove(folder: &Path, owner: u32, perform: bool) -> Result<Removed, Error> {
    let failed = |errno: Errno| Error::Unreadable {
        path: folder.to_owned(),
        source: errno.into(),
    };
    let (Some(root), Some(name)) = (folder.parent(), folder.file_name()) else {
        return Ok(Removed::default());
    };
    // Only what lies in the owner's folder is touched, which is theirs to remove anyway; the
    // root may be another's, such as one for all.
    let root = open(&CWD, root.as_os_str()).map_err(failed)?;
    let open_folder = open(&root, name).map_err(failed)?;
    let real_owner = fstat(&open_folder).map_err(failed)?.st_uid;
    if real_owner != owner {
        return Err(Error::Foreign {
            path: folder.to_owned(),
            owner: real_owner,
        });
    }
    let mut done = Removed::default();
    let mut names = Vec::new();
    for entry in Dir::read_from(&open_folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes()).to_owned();
        if name != "." && name != ".." {
            names.push(name);
        }
    }
    names.sort_unstable();
    for name in names {
        if !is_ours(&name) {
            done.kept.push(folder.join(name));
            continue;
        }
        if perform {
            gone(unlinkat(&open_folder, &name, AtFlags::empty())).map_err(failed)?;
        }
        done.removed.push(folder.join(name));
    }
    if done.kept.is_empty() {
        if perform {
            // Only an empty folder goes, whatever has taken the name since.
            gone(unlinkat(&root, name, AtFlags::REMOVEDIR)).map_err(failed)?;
        }
        done.removed.push(folder.to_owned());
    }
    Ok(done)
}

/// What somebody else has removed meanwhile is as good as removed; and a folder that a process has
/// just begun to record in stays.
fn gone(result: rustix::io::Result<()>) -> rustix::io::Result<()> {
    match result {
        Err(Errno::NOENT | Errno::NOTEMPTY) => Ok(()),
        result => result,
    }
}

fn open(at: &impl std::os::fd::AsFd, path: &OsStr) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(at, path, flags, Mode::empty())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn recordings_go_and_other_files_stay() {
        let root = tempfile::tempdir().unwrap();
        let us = rustix::process::geteuid().as_raw();
        let folder = root.path().join("shop-0");
        fs::create_dir(&folder).unwrap();
        for name in ["a.rec", "b.fold", "venv", "notes.txt"] {
            fs::write(folder.join(name), "").unwrap();
        }
        let plan = remove(&folder, us, false).unwrap();
        assert_eq!(plan.kept, [folder.join("notes.txt")]);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 4);
        assert_eq!(remove(&folder, us, true).unwrap(), plan);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_file(folder.join("notes.txt")).unwrap();
        assert_eq!(
            remove(&folder, us, true).unwrap().removed,
            vec![folder.clone()]
        );
        assert!(!folder.exists() && root.path().exists());
    }

    #[test]
    fn what_is_exchanged_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let us = rustix::process::geteuid().as_raw();
        let victim = root.path().join("victim");
        fs::create_dir(&victim).unwrap();
        fs::write(victim.join("a.rec"), "").unwrap();
        let folder = root.path().join("shop-0");
        symlink(&victim, &folder).unwrap();
        assert!(remove(&folder, us, true).is_err());
        assert!(matches!(
            remove(&victim, us + 1, true),
            Err(Error::Foreign { owner, .. }) if owner == us
        ));
        assert!(victim.join("a.rec").exists());
    }
}
