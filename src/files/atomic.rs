//! Writing so that a reader sees the old or the new content, never a part of either.
//!
//! A file is never written in place: uv hardlinks files of a venv to its cache
//! (<https://docs.astral.sh/uv/reference/settings/#link-mode>), and a Python that starts
//! meanwhile would read half of it. Temporary names end in six random letters, so they
//! never end in `.pth`, `.start` or `.py`, which Python would run.

use std::fs::{File, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, fchown};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::FilesError;

/// What every temporary file or folder of the probe begins with.
pub const TEMPORARY_PREFIX: &str = ".probe-new-";

/// The letters after the prefix.
pub(super) const RANDOM_LETTERS: usize = 6;

/// True for a name that [`replace`] or [`super::NewFolder`] leaves behind when it is killed.
#[must_use]
pub fn is_temporary(name: &str) -> bool {
    name.strip_prefix(TEMPORARY_PREFIX).is_some_and(|rest| {
        rest.len() == RANDOM_LETTERS && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Puts `bytes` at `path` with exactly these permission bits, whatever the umask. A symlink
/// at `path` is replaced, not followed.
///
/// The new file's modification time, in whole seconds, is later than the replaced file's:
/// Python takes a `.pyc` for current when the source's second and size are unchanged
/// (<https://docs.python.org/3/reference/import.html#pyc-invalidation>).
///
/// # Errors
/// The folder can't be written, or the disk is full; then nothing changed.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FilesError> {
    replace_from(path.parent().unwrap_or(Path::new("/")), path, bytes, mode)
}

/// As [`replace`], by way of a file in `beside`, a folder of the same file system: there it is
/// found where this is killed.
///
/// # Errors
/// As [`replace`].
pub fn replace_from(beside: &Path, path: &Path, bytes: &[u8], mode: u32) -> Result<(), FilesError> {
    exchange(beside, path, bytes, mode, File::sync_all)
}

/// As [`replace`], for what may be lost: after a power cut the file may be there in part.
///
/// # Errors
/// As [`replace`].
pub fn replace_unflushed(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FilesError> {
    let beside = path.parent().unwrap_or(Path::new("/"));
    exchange(beside, path, bytes, mode, |_| Ok(()))
}

/// As [`replace`], for a file that may be another user's, and stays theirs.
///
/// # Errors
/// As [`replace`]; also where it would become ours, since only root can give a file away.
pub fn replace_for_its_owner(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FilesError> {
    let beside = path.parent().unwrap_or(Path::new("/"));
    exchange(beside, path, bytes, mode, |file| {
        if let Ok(theirs) = path.symlink_metadata()
            && theirs.uid() != rustix::process::geteuid().as_raw()
        {
            fchown(file, Some(theirs.uid()), Some(theirs.gid()))?;
        }
        file.sync_all()
    })
}

fn exchange(
    beside: &Path,
    path: &Path,
    bytes: &[u8],
    mode: u32,
    flush: impl Fn(&File) -> std::io::Result<()>,
) -> Result<(), FilesError> {
    let fail = |source| FilesError::on("write", path)(source);
    let mut file = tempfile::Builder::new()
        .prefix(TEMPORARY_PREFIX)
        .rand_bytes(RANDOM_LETTERS)
        .tempfile_in(beside)
        .map_err(fail)?;
    file.write_all(bytes).map_err(fail)?;
    finish(file.as_file(), mode).map_err(fail)?;
    if let Some(modified) = later_than(path) {
        file.as_file().set_modified(modified).map_err(fail)?;
    }
    flush(file.as_file()).map_err(fail)?;
    file.persist(path).map_err(|error| fail(error.error))?;
    Ok(())
}

/// Removes what [`replace`] left in a folder when it was killed. Only for whoever keeps all
/// others that replace files in it out.
pub fn remove_temporaries(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_temporary) {
            // A folder stays; a failure too changes nothing for anybody.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Flushes a folder's entries, so that renames and removals in it survive a power cut.
///
/// # Errors
/// The folder can't be opened.
pub fn sync_folder(folder: &Path) -> Result<(), FilesError> {
    let file = File::open(folder).map_err(FilesError::on("open", folder))?;
    // Some file systems can't flush a folder and say EINVAL; the entries are as safe there
    // as they ever are.
    let _ = file.sync_all();
    Ok(())
}

/// Makes a folder and its parents for the owner only (0700).
///
/// # Errors
/// A parent can't be written or isn't a folder.
pub(super) fn create_private(folder: &Path) -> Result<(), FilesError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(FilesError::on("make the folder", folder))
}

/// Sets the permission bits on the open file, which the umask doesn't touch.
fn finish(file: &File, mode: u32) -> std::io::Result<()> {
    file.set_permissions(Permissions::from_mode(mode))
}

/// A time one second after that of the file at `path`, where that isn't over yet.
fn later_than(path: &Path) -> Option<SystemTime> {
    let old = std::fs::symlink_metadata(path).ok()?.modified().ok()?;
    let later = old.checked_add(Duration::from_secs(1))?;
    (later > SystemTime::now()).then_some(later)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;

    #[test]
    fn a_planted_symlink_is_replaced_and_its_victim_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        std::fs::write(&victim, "precious").unwrap();
        let path = folder.path().join("probe.pth");
        symlink(&victim, &path).unwrap();
        replace(&path, b"ours", 0o644).unwrap();
        assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
        assert!(std::fs::symlink_metadata(&path).unwrap().is_file());
        assert_eq!(std::fs::read(&path).unwrap(), b"ours");
    }

    #[test]
    fn a_hardlinked_cache_keeps_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        let path = folder.path().join("installed");
        std::fs::write(&cache, "cached").unwrap();
        std::fs::hard_link(&cache, &path).unwrap();
        replace(&path, b"ours", 0o600).unwrap();
        assert_eq!(std::fs::read(&cache).unwrap(), b"cached");
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_replaced_file_has_another_second() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sitecustomize.py");
        replace(&path, b"one", 0o644).unwrap();
        let first = std::fs::metadata(&path).unwrap().mtime();
        replace(&path, b"two", 0o644).unwrap();
        assert!(std::fs::metadata(&path).unwrap().mtime() > first);
    }

    #[test]
    fn temporary_names_are_told_from_others() {
        assert!(is_temporary(".probe-new-aB3xYz"));
        assert!(!is_temporary(".probe-new-aB3xYz.pth"));
        assert!(!is_temporary(".probe-new-"));
        assert!(!is_temporary("probe.pth"));
    }
}
