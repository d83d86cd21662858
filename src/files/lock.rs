//! Keeping other processes of ours out of a folder while it is changed.
//!
//! The lock is taken on the folder's own descriptor, so no lock file is left behind, and
//! the kernel releases it when its holder dies.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

use super::{FilesError, atomic};

/// How long to wait for another holder.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// An exclusive lock on a folder, held until it is dropped.
#[derive(Debug)]
pub struct FolderLock {
    folder: PathBuf,
    // Held for its lock: closing the descriptor releases it.
    _descriptor: File,
}

impl FolderLock {
    /// Waits up to ten seconds for the lock of an existing folder.
    ///
    /// # Errors
    /// The folder can't be opened or locked, or somebody else holds it for longer.
    pub fn acquire(folder: &Path) -> Result<Self, FilesError> {
        Self::acquire_within(folder, PATIENCE)
    }

    /// The lock, unless somebody else has it.
    ///
    /// # Errors
    /// The folder can't be opened or locked.
    pub fn try_acquire(folder: &Path) -> Result<Option<Self>, FilesError> {
        match Self::acquire_within(folder, Duration::ZERO) {
            Err(FilesError::Busy { .. }) => Ok(None),
            result => result.map(Some),
        }
    }

    /// As [`FolderLock::acquire`], after making the folder (and its parents) for the owner
    /// only where it isn't there.
    ///
    /// # Errors
    /// Also where the folder can't be made.
    pub fn acquire_or_create(folder: &Path) -> Result<Self, FilesError> {
        if !folder.is_dir() {
            atomic::create_private(folder)?;
        }
        Self::acquire(folder)
    }

    /// The locked folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn acquire_within(folder: &Path, patience: Duration) -> Result<Self, FilesError> {
        let descriptor = File::options()
            .read(true)
            .custom_flags((OFlags::DIRECTORY | OFlags::CLOEXEC).bits().cast_signed())
            .open(folder)
            .map_err(FilesError::on("open", folder))?;
        let started = Instant::now();
        loop {
            match flock(&descriptor, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {
                    return Ok(Self {
                        folder: folder.to_owned(),
                        _descriptor: descriptor,
                    });
                }
                Err(Errno::WOULDBLOCK | Errno::INTR) => {
                    if started.elapsed() >= patience {
                        return Err(FilesError::Busy {
                            path: folder.to_owned(),
                            seconds: patience.as_secs(),
                        });
                    }
                    std::thread::sleep(PAUSE);
                }
                Err(errno) => return Err(FilesError::on("lock", folder)(errno.into())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_holder_at_a_time_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let lock = FolderLock::acquire(folder.path()).unwrap();
        let second = FolderLock::acquire_within(folder.path(), Duration::from_millis(50));
        assert!(matches!(second, Err(FilesError::Busy { .. })));
        drop(lock);
        FolderLock::acquire_within(folder.path(), Duration::ZERO).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn who_does_not_want_to_wait_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let lock = FolderLock::try_acquire(folder.path()).unwrap();
        assert!(lock.is_some());
        assert!(FolderLock::try_acquire(folder.path()).unwrap().is_none());
    }

    #[test]
    fn a_file_is_no_folder() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(FolderLock::acquire(file.path()).is_err());
    }
}
