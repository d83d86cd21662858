//! What a folder holds, to the byte: every file's content, every symlink's aim, every mode.
//! Two fingerprints are compared to prove that nothing changed. Times aren't part of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

/// A folder's content, by path relative to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fingerprint(BTreeMap<PathBuf, Entry>);

/// One file, folder or symlink.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Folder { mode: u32 },
    File { mode: u32, digest: [u8; 32] },
    Symlink { aim: PathBuf },
    Other { mode: u32 },
}

impl Fingerprint {
    /// Reads everything below `folder`.
    pub(crate) fn of(folder: &Path) -> Result<Self> {
        let mut entries = BTreeMap::new();
        for found in WalkDir::new(folder) {
            let found = found?;
            let path = found.path();
            let mode = found.metadata()?.permissions().mode() & 0o7777;
            let kind = found.file_type();
            let entry = if kind.is_symlink() {
                Entry::Symlink {
                    aim: fs::read_link(path)?,
                }
            } else if kind.is_dir() {
                Entry::Folder { mode }
            } else if kind.is_file() {
                let content = fs::read(path).with_context(|| format!("`{}`", path.display()))?;
                Entry::File {
                    mode,
                    digest: Sha256::digest(&content).into(),
                }
            } else {
                Entry::Other { mode }
            };
            entries.insert(path.strip_prefix(folder)?.to_path_buf(), entry);
        }
        Ok(Self(entries))
    }

    /// How many files and symlinks there are.
    pub(crate) fn files(&self) -> usize {
        self.0
            .values()
            .filter(|entry| !matches!(entry, Entry::Folder { .. }))
            .count()
    }

    /// The first 16 hex digits of one sha256 over everything.
    pub(crate) fn short(&self) -> String {
        let mut digest = Sha256::new();
        for (path, entry) in &self.0 {
            digest.update(path.as_os_str().as_bytes());
            digest.update(format!("\0{entry:?}\n"));
        }
        digest.finalize()[..8]
            .iter()
            .fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
    }

    /// What differs in `later`, one line each: `added`, `removed` or `changed`, and the path.
    pub(crate) fn differences(&self, later: &Self) -> Vec<String> {
        let gone = self
            .0
            .iter()
            .filter_map(|(path, before)| match later.0.get(path) {
                None => Some(("removed", path)),
                Some(after) if after != before => Some(("changed", path)),
                Some(_) => None,
            });
        let new = later.0.keys().filter(|path| !self.0.contains_key(*path));
        gone.chain(new.map(|path| ("added", path)))
            .map(|(what, path)| format!("{what:<8} {}", path.display()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn every_kind_of_change_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir(at("lib")).unwrap();
        for name in ["lib/content", "lib/mode", "lib/gone", "lib/same"] {
            fs::write(at(name), "1").unwrap();
        }
        symlink("lib", at("lib64")).unwrap();
        let before = Fingerprint::of(folder.path()).unwrap();
        assert_eq!(before, Fingerprint::of(folder.path()).unwrap());
        assert_eq!(before.files(), 5);

        fs::write(at("lib/content"), "2").unwrap();
        fs::set_permissions(at("lib/mode"), fs::Permissions::from_mode(0o700)).unwrap();
        fs::remove_file(at("lib/gone")).unwrap();
        fs::remove_file(at("lib64")).unwrap();
        symlink("elsewhere", at("lib64")).unwrap();
        fs::write(at("new"), "").unwrap();
        let after = Fingerprint::of(folder.path()).unwrap();

        assert_ne!(before.short(), after.short());
        assert_eq!(
            before.differences(&after),
            [
                "changed  lib/content",
                "removed  lib/gone",
                "changed  lib/mode",
                "changed  lib64",
                "added    new",
            ]
        );
    }
}
