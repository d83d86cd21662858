//! A folder that is made out of sight and then appears at its place with all that is in it.
//!
//! What is in it has reached the disk before it appears, so that also after a power cut it is
//! there whole or not at all.

use std::fs::{DirBuilder, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::SystemTime;

use rustix::fs::OFlags;

use super::FilesError;
use super::atomic::{RANDOM_LETTERS, TEMPORARY_PREFIX, sync_folder};

/// Files are flushed by so many threads: each flush waits for the disk, which does several at
/// once.
const FLUSHING: usize = 4;

/// App users must be able to look into it, whatever the umask.
const FOLDER_MODE: u32 = 0o755;

/// The folder while nobody sees it; gone again when it is dropped before it appears.
#[derive(Debug)]
pub struct NewFolder {
    hidden: tempfile::TempDir,
    place: PathBuf,
    /// Folders in it, relative.
    folders: Vec<PathBuf>,
    unflushed: Vec<File>,
}

impl NewFolder {
    /// Makes it, empty, in `beside`, a folder of the same file system as `place`.
    ///
    /// # Errors
    /// `beside` can't be written.
    pub fn begin(beside: &Path, place: PathBuf) -> Result<Self, FilesError> {
        let hidden = tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .rand_bytes(RANDOM_LETTERS)
            .permissions(Permissions::from_mode(FOLDER_MODE))
            .tempdir_in(beside)
            .map_err(FilesError::on("write", &place))?;
        let new = Self {
            hidden,
            place,
            folders: Vec::new(),
            unflushed: Vec::new(),
        };
        new.in_full_mode(new.hidden.path())?;
        Ok(new)
    }

    /// Makes a folder in it.
    ///
    /// # Errors
    /// The disk is full.
    pub fn make_folder(&mut self, name: &str) -> Result<(), FilesError> {
        let path = self.hidden.path().join(name);
        DirBuilder::new()
            .mode(FOLDER_MODE)
            .create(&path)
            .map_err(FilesError::on("write", &self.place))?;
        self.in_full_mode(&path)?;
        self.folders.push(name.into());
        Ok(())
    }

    /// Writes a new file in it with exactly these permission bits, whatever the umask. Gives its
    /// modification time.
    ///
    /// # Errors
    /// The name is taken, or the disk is full.
    pub fn write(&mut self, name: &str, bytes: &[u8], mode: u32) -> Result<SystemTime, FilesError> {
        let write = || -> io::Result<(File, SystemTime)> {
            let mut file = File::create_new(self.hidden.path().join(name))?;
            file.write_all(bytes)?;
            file.set_permissions(Permissions::from_mode(mode))?;
            let modified = file.metadata()?.modified()?;
            Ok((file, modified))
        };
        let (file, modified) = write().map_err(FilesError::on("write", &self.place))?;
        self.unflushed.push(file);
        Ok(modified)
    }

    /// Waits until all that was written so far is on the disk.
    ///
    /// # Errors
    /// The disk fails.
    pub fn flush(&mut self) -> Result<(), FilesError> {
        let files = std::mem::take(&mut self.unflushed);
        let share = files.len().div_ceil(FLUSHING).max(1);
        let flush = |files: &[File]| files.iter().try_for_each(File::sync_all);
        thread::scope(|scope| {
            let others: Vec<_> = files
                .chunks(share)
                .skip(1)
                .map(|files| scope.spawn(move || flush(files)))
                .collect();
            let first = files.chunks(share).next().map_or(Ok(()), flush);
            others.into_iter().fold(first, |result, other| {
                let other = other
                    .join()
                    .unwrap_or_else(|_| Err(io::Error::other("a thread ended")));
                result.and(other)
            })
        })
        .map_err(FilesError::on("write", &self.place))
    }

    /// Puts it at its place, where nothing or an empty folder may be.
    ///
    /// # Errors
    /// Something is at its place, or the disk fails; then nothing changed.
    pub fn appear(mut self) -> Result<(), FilesError> {
        self.flush()?;
        for folder in &self.folders {
            sync_folder(&self.hidden.path().join(folder))?;
        }
        sync_folder(self.hidden.path())?;
        std::fs::rename(self.hidden.path(), &self.place)
            .map_err(FilesError::on("write", &self.place))?;
        // It has its new name: there is nothing left to clean up.
        let _: PathBuf = self.hidden.keep();
        Ok(())
    }

    /// Sets the permission bits that the umask took from a folder in it.
    fn in_full_mode(&self, folder: &Path) -> Result<(), FilesError> {
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW;
        File::options()
            .read(true)
            .custom_flags(flags.bits().cast_signed())
            .open(folder)
            .and_then(|open| open.set_permissions(Permissions::from_mode(FOLDER_MODE)))
            .map_err(FilesError::on("write", &self.place))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::symlink_metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn it_appears_whole_or_not_at_all() {
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path().join("package");
        let make = |name: &str| {
            let mut new = NewFolder::begin(parent.path(), place.clone()).unwrap();
            for number in 0..9 {
                new.write(&format!("{name}{number}"), b"1", 0o644).unwrap();
            }
            new.make_folder("inside").unwrap();
            new.write("inside/file", b"2", 0o600).unwrap();
            assert!(new.write("inside/file", b"3", 0o600).is_err());
            new
        };
        drop(make("a"));
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
        make("b").appear().unwrap();
        for (path, expected) in [
            ("", 0o755),
            ("b0", 0o644),
            ("inside", 0o755),
            ("inside/file", 0o600),
        ] {
            assert_eq!(mode(&place.join(path)), expected, "{path}");
        }
        assert!(make("c").appear().is_err());
        assert!(!place.join("c0").exists());
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 1);
    }
}
