//! The files that targets write for the program to read: in memory where the system has such a
//! folder, since thousands are written a second.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A file system in memory, on Linux.
const IN_MEMORY: &str = "/dev/shm";

/// A new folder that vanishes with the value.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir_in(IN_MEMORY)
        .or_else(|_| tempfile::tempdir())
        .expect("a temporary folder can be made")
}

/// Writes a file of this content into the folder; its path.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("a temporary file can be written");
    path
}

/// Fills a file up with zeros, which take no space.
pub(crate) fn fill_up(path: &Path, bytes: usize) {
    fs::File::options()
        .write(true)
        .open(path)
        .and_then(|file| file.set_len(bytes as u64))
        .expect("a temporary file can be written");
}
