//! The sha256 of bytes, of a file, and of all that lies below a folder.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A sha256 as 64 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sha256Hex(String);

impl Sha256Hex {
    /// Reads the digits; none where it is anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 64 && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sha256Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Sha256> for Sha256Hex {
    fn from(hasher: Sha256) -> Self {
        let digits = hasher.finalize().iter().fold(String::new(), |text, byte| {
            let (high, low) = (byte >> 4, byte & 15);
            text + DIGITS[usize::from(high)] + DIGITS[usize::from(low)]
        });
        Self(digits)
    }
}

const DIGITS: [&str; 16] = [
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f",
];

/// The sha256 of some bytes.
#[must_use]
pub fn digest(bytes: &[u8]) -> Sha256Hex {
    Sha256::new_with_prefix(bytes).into()
}

/// The sha256 of a regular file; a symlink isn't followed.
///
/// # Errors
/// The file isn't there, isn't a regular file, or can't be read.
pub fn digest_file(path: &Path) -> io::Result<Sha256Hex> {
    read_regular(path).map(|bytes| digest(&bytes))
}

/// The bytes of a regular file; a symlink isn't followed, a pipe isn't waited for.
pub(crate) fn read_regular(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::options()
        .read(true)
        .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
        .open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file",
        ));
    }
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut file, &mut bytes)?;
    Ok(bytes)
}

/// The sha256 over everything below a folder: names, kinds, permission bits, contents and
/// where symlinks lead, in the order of the names. Two folders with the same digest are the
/// same, modification times aside.
///
/// # Errors
/// Something below the folder can't be read.
pub fn digest_tree(folder: &Path) -> io::Result<Sha256Hex> {
    let mut hasher = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    for entry in walkdir::WalkDir::new(folder)
        .min_depth(1)
        .sort_by_file_name()
    {
        let entry = entry?;
        let path = entry.path();
        let metadata = entry.metadata()?;
        let relative = path.strip_prefix(folder).unwrap_or(path);
        part(relative.as_os_str().as_bytes());
        part(&metadata.mode().to_le_bytes());
        if metadata.is_file() {
            part(&std::fs::read(path)?);
        } else if metadata.is_symlink() {
            part(std::fs::read_link(path)?.as_os_str().as_bytes());
        }
    }
    Ok(hasher.into())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn digests_are_the_standard_ones() {
        // `printf '' | sha256sum`
        assert_eq!(
            digest(b"").as_str(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn a_tree_differs_by_name_content_mode_and_kind() {
        let folder = tempfile::tempdir().unwrap();
        let of = || digest_tree(folder.path()).unwrap();
        let mut seen = vec![of()];
        let mut changed = || {
            let now = of();
            assert!(!seen.contains(&now));
            seen.push(now);
        };
        std::fs::write(folder.path().join("a"), "1").unwrap();
        changed();
        std::fs::write(folder.path().join("a"), "2").unwrap();
        changed();
        std::fs::rename(folder.path().join("a"), folder.path().join("b")).unwrap();
        changed();
        std::fs::create_dir(folder.path().join("c")).unwrap();
        changed();
        symlink("b", folder.path().join("d")).unwrap();
        changed();
        std::fs::remove_file(folder.path().join("d")).unwrap();
        std::fs::remove_dir(folder.path().join("c")).unwrap();
        assert_eq!(of(), seen[3]);
    }

    #[test]
    fn a_symlink_has_no_digest_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), "1").unwrap();
        symlink("a", folder.path().join("b")).unwrap();
        assert!(digest_file(&folder.path().join("a")).is_ok());
        assert!(digest_file(&folder.path().join("b")).is_err());
    }
}
