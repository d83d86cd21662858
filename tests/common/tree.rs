//! A folder with all that is in it as a value: kinds, modes, contents, and where links lead.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use walkdir::WalkDir;

/// What is at one path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Folder { mode: u32 },
    File { mode: u32, sha256: String },
    Link { target: PathBuf },
}

/// A folder as it was at some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree(BTreeMap<PathBuf, Entry>);

impl Tree {
    /// Reads all of it.
    pub fn of(folder: &Path) -> Self {
        let entries = WalkDir::new(folder).into_iter().map(|entry| {
            let entry = entry.unwrap();
            let path = entry.path();
            let metadata = entry.metadata().unwrap();
            let mode = metadata.mode();
            let what = if metadata.is_dir() {
                Entry::Folder { mode }
            } else if metadata.is_symlink() {
                let target = fs::read_link(path).unwrap();
                Entry::Link { target }
            } else {
                let sha256 = format!("{:x}", Sha256::digest(fs::read(path).unwrap()));
                Entry::File { mode, sha256 }
            };
            (path.strip_prefix(folder).unwrap().to_owned(), what)
        });
        Self(entries.collect())
    }

    /// What is new, changed or gone in a later state.
    pub fn differences(&self, later: &Self) -> Vec<String> {
        let mark = |path: &PathBuf| match (self.0.get(path), later.0.get(path)) {
            (None, _) => '+',
            (_, None) => '-',
            _ => '~',
        };
        let mut paths: Vec<&PathBuf> = self.0.keys().chain(later.0.keys()).collect();
        paths.sort();
        paths.dedup();
        paths
            .into_iter()
            .filter(|path| self.0.get(*path) != later.0.get(*path))
            .map(|path| format!("{}{}", mark(path), path.display()))
            .collect()
    }

    /// Fails where the folder isn't as it was.
    #[track_caller]
    pub fn assert_same_as_now(&self, folder: &Path) {
        let differences = self.differences(&Self::of(folder));
        assert!(
            differences.is_empty(),
            "`{}` isn't as it was: {differences:#?}",
            folder.display()
        );
    }
}
