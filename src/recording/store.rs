//! The folders of recordings: which files a venv's folder holds, and which venvs have a
//! folder below a data root. Opens no recording, only the index of archives. Symbolic links are never followed below
//! the root, and somebody else's folder is refused: anything could lie there.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::recording::error::Error;
use crate::recording::fold;
use crate::recording::place::{FOLD_EXTENSION, RECORDING_EXTENSION, VENV_FILE};

/// Longer than any path: what is more isn't a venv's name.
const MAX_VENV_BYTES: u64 = 16384;

/// The folder of one venv's recordings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
}

impl Folder {
    /// What is named as a recording in it, sorted by path; none where there is no such folder.
    /// Whether it is one, or a file at all, is found by who reads it. Folded recordings come with
    /// a path below their archive, and only once, where their own file is still there too.
    ///
    /// # Errors
    /// The folder is another user's (unless we are root), no folder, or can't be read.
    pub fn recordings(&self) -> Result<Vec<PathBuf>, Error> {
        match fs::symlink_metadata(&self.path) {
            Ok(metadata) => check(&self.path, &metadata)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(unreadable(&self.path, source)),
        }
        let (mut paths, mut folded) = (Vec::new(), HashSet::<String>::new());
        let listed: Vec<PathBuf> = entries(&self.path)?.iter().map(DirEntry::path).collect();
        let named = |extension: &'static str| {
            let is_it = move |path: &&PathBuf| path.extension().is_some_and(|it| it == extension);
            listed.iter().filter(is_it)
        };
        for archive in named(FOLD_EXTENSION) {
            match fold::names(archive) {
                Ok(names) => {
                    let new = names.into_iter().filter(|name| !folded.contains(name));
                    let new: Vec<String> = new.collect();
                    paths.extend(new.iter().map(|name| archive.join(name)));
                    folded.extend(new);
                }
                // Reading it says what is wrong.
                Err(_) => paths.push(archive.clone()),
            }
        }
        let is_folded = |path: &Path| {
            let name = path.file_name().and_then(OsStr::to_str);
            name.is_some_and(|name| folded.contains(name))
        };
        let own = named(RECORDING_EXTENSION).filter(|path| !is_folded(path));
        paths.extend(own.cloned());
        // As bytes: comparing paths part by part shows where there are thousands.
        paths.sort_unstable_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
        Ok(paths)
    }

    /// Whether it is this user's: in another's, a file that is written anew would become ours.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        let us = rustix::process::geteuid().as_raw();
        fs::symlink_metadata(&self.path).is_ok_and(|it| it.uid() == us)
    }

    /// The venv's path, as its first process wrote it.
    #[must_use]
    pub fn venv(&self) -> Option<PathBuf> {
        let path = self.path.join(VENV_FILE);
        let metadata = fs::symlink_metadata(&path).ok()?;
        if !metadata.is_file() || metadata.len() > MAX_VENV_BYTES {
            return None;
        }
        let mut bytes = fs::read(path).ok()?;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        Some(PathBuf::from(OsString::from_vec(bytes)))
    }
}

/// All venvs' folders below a data root, sorted by name; none where there is no root.
///
/// # Errors
/// The root can't be read.
pub fn folders(root: &Path) -> Result<Vec<Folder>, Error> {
    match fs::metadata(root) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => {
            return Err(Error::NotAFolder {
                path: root.to_owned(),
            });
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(unreadable(root, source)),
    }
    let mut folders: Vec<Folder> = entries(root)?
        .into_iter()
        .filter(|entry| entry.file_type().is_ok_and(|it| it.is_dir()))
        .map(|entry| Folder { path: entry.path() })
        .collect();
    folders.sort_unstable();
    Ok(folders)
}

fn check(path: &Path, metadata: &Metadata) -> Result<(), Error> {
    if !metadata.is_dir() {
        return Err(Error::NotAFolder {
            path: path.to_owned(),
        });
    }
    let us = rustix::process::geteuid();
    if may_read(metadata.uid(), us.as_raw()) {
        Ok(())
    } else {
        Err(Error::Foreign {
            path: path.to_owned(),
            owner: metadata.uid(),
        })
    }
}

/// Root may look at anybody's recordings; others at their own.
fn may_read(owner: u32, us: u32) -> bool {
    us == 0 || us == owner
}

fn entries(path: &Path) -> Result<Vec<DirEntry>, Error> {
    fs::read_dir(path)
        .and_then(Iterator::collect)
        .map_err(|source| unreadable(path, source))
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::Unreadable {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn lists_what_is_named_as_a_recording() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("shop-0123456789ab");
        fs::create_dir(&path).unwrap();
        for name in ["b.rec", "a.rec", "venv", "c.tmp"] {
            fs::write(path.join(name), "/srv/shop/.venv\n").unwrap();
        }
        fs::create_dir(path.join("d.rec")).unwrap();
        symlink(path.join("a.rec"), path.join("e.rec")).unwrap();
        symlink(&path, root.path().join("link")).unwrap();
        let folder = Folder { path };
        assert_eq!(
            folder.recordings().unwrap(),
            ["a.rec", "b.rec", "d.rec", "e.rec"].map(|name| folder.path.join(name))
        );
        assert_eq!(folder.venv(), Some(PathBuf::from("/srv/shop/.venv")));
        assert_eq!(folders(root.path()).unwrap(), [folder]);
    }

    #[test]
    fn what_is_not_there_is_empty_and_what_is_no_folder_refused() {
        let root = tempfile::tempdir().unwrap();
        let nowhere = root.path().join("nowhere");
        assert_eq!(folders(&nowhere).unwrap(), []);
        let folder = Folder {
            path: nowhere.clone(),
        };
        assert_eq!(folder.recordings().unwrap(), Vec::<PathBuf>::new());
        assert_eq!(folder.venv(), None);

        symlink(root.path(), &nowhere).unwrap();
        assert!(matches!(
            folder.recordings(),
            Err(Error::NotAFolder { path }) if path == nowhere
        ));
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(folders(&file), Err(Error::NotAFolder { .. })));
    }

    #[test]
    fn only_root_reads_what_others_own() {
        assert!(may_read(1000, 1000));
        assert!(may_read(1000, 0));
        assert!(!may_read(1000, 1001));
        assert!(!may_read(0, 1000));
    }
}
