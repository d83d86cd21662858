//! A file that somebody named for a result: replaced in one go where it is one, with the
//! permissions that any program would give it, and never anything else than a file.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::Mode;
use rustix::process::umask;

use super::{FilesError, replace_from};

/// Permissions of a new file before the umask takes from them.
const NEW: u32 = 0o666;

/// Checks that a file can be put at this path, before work is done for it.
///
/// # Errors
/// Something else than a file is there, such as a symlink or a device, or there is no folder for it.
pub fn check_replaceable(path: &Path) -> Result<(), FilesError> {
    look(path).map(|_| ())
}

/// Puts a file with these bytes at a path, whole or not at all. One that is there keeps its
/// permissions; a new one is as the umask wants it.
///
/// # Errors
/// As [`check_replaceable`]; its folder isn't there or can't be written, or the disk is full.
pub fn replace_document(path: &Path, bytes: &[u8]) -> Result<(), FilesError> {
    let mode = match look(path)? {
        Some(there) => there.permissions().mode() & 0o777,
        None => NEW & !current_umask(),
    };
    replace_from(folder(path), path, bytes, mode)
}

/// The file at a path, where there is one.
fn look(path: &Path) -> Result<Option<Metadata>, FilesError> {
    match path.symlink_metadata() {
        Ok(there) if there.is_file() => Ok(Some(there)),
        Ok(there) => Err(FilesError::NotAFile {
            path: path.to_owned(),
            what: match there.file_type() {
                it if it.is_symlink() => "a symlink",
                it if it.is_dir() => "a folder",
                _ => "a device, pipe or socket",
            },
        }),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FilesError::on("look at", path)(error))
        }
        Err(_) if folder(path).is_dir() => Ok(None),
        Err(error) => Err(FilesError::on("write", path)(error)),
    }
}

/// The folder that a path is in.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => path,
    }
}

/// The umask, which can only be read by setting it: for a moment nobody but us has permissions.
fn current_umask() -> u32 {
    let mask = umask(Mode::RWXG | Mode::RWXO);
    umask(mask);
    mask.bits()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_new_file_is_as_the_umask_wants_it_and_an_old_one_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let plain = folder.path().join("plain");
        fs::write(&plain, "").unwrap();
        let path = folder.path().join("ours");
        replace_document(&path, b"one").unwrap();
        assert_eq!(mode(&path), mode(&plain));
        fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        replace_document(&path, b"two").unwrap();
        assert_eq!(mode(&path), 0o640);
        assert_eq!(fs::read(&path).unwrap(), b"two");
    }

    #[test]
    fn nothing_but_a_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, link) = (folder.path().join("victim"), folder.path().join("link"));
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, &link).unwrap();
        for (path, what) in [
            (&*link, "a symlink"),
            (folder.path(), "a folder"),
            (Path::new("/dev/null"), "a device"),
        ] {
            for error in [
                check_replaceable(path).unwrap_err(),
                replace_document(path, b"ours").unwrap_err(),
            ] {
                assert!(error.to_string().contains(what), "{error}");
            }
        }
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        assert!(link.symlink_metadata().unwrap().is_symlink());
    }
}
