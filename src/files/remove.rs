//! Removing what lies below a folder without ever leaving it: a symlink on the way isn't
//! followed, not even one that was put there a moment ago.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use rustix::fs::{AtFlags, Mode, OFlags, open, openat, unlinkat};

/// Removes a file, a symlink or an empty folder; `relative` is below `folder`.
///
/// # Errors
/// It isn't there, a part of its path isn't a folder, it isn't of the kind that is to be removed,
/// or the kernel refuses.
pub(crate) fn remove_below(folder: &Path, relative: &Path, kind: Kind) -> io::Result<()> {
    let inside = OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut parent: OwnedFd = open(folder, inside, Mode::empty())?;
    for part in relative.parent().unwrap_or(Path::new("")).components() {
        let Component::Normal(name) = part else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        parent = openat(&parent, name, inside | OFlags::NOFOLLOW, Mode::empty())?;
    }
    let name = relative.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let flags = match kind {
        Kind::File => AtFlags::empty(),
        Kind::Folder => AtFlags::REMOVEDIR,
    };
    Ok(unlinkat(&parent, name, flags)?)
}

/// What is to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A file or a symlink.
    File,
    /// An empty folder.
    Folder,
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_is_removed_through_a_symlink() {
        let place = tempfile::tempdir().unwrap();
        let at = |path: &str| place.path().join(path);
        for folder in ["victim", "folder/real"] {
            std::fs::create_dir_all(at(folder)).unwrap();
            std::fs::write(at(folder).join("file"), "").unwrap();
        }
        symlink(at("victim"), at("folder/link")).unwrap();
        let remove = |path: &str, kind| remove_below(&at("folder"), Path::new(path), kind);
        assert!(remove("link/file", Kind::File).is_err());
        assert!(remove("../victim/file", Kind::File).is_err());
        assert!(remove("link", Kind::Folder).is_err());
        assert!(at("victim/file").exists());
        remove("link", Kind::File).unwrap();
        assert!(remove("real", Kind::Folder).is_err());
        remove("real/file", Kind::File).unwrap();
        remove("real", Kind::Folder).unwrap();
        assert!(at("victim/file").exists());
        let error = remove("real/file", Kind::File).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
