//! Which venvs the probe was installed into: a small JSON file in the data root, for `--all`.
//! It only remembers where to look. What is installed is told from site-packages, so a
//! registry that is lost or damaged loses nothing else.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Mode, PathText, SiteError};
use crate::files::{self, FilesError, FolderLock};

/// The file's name in the data root.
const NAME: &str = "registry.json";

/// The only schema so far.
const SCHEMA: u32 = 1;

/// It says where somebody's projects are.
const MODE: u32 = 0o600;

/// One venv.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its folder.
    venv: PathText,
    /// The data roots that it recorded in, where they aren't this one: for its recordings once
    /// the venv, and with it the manifest, is gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    data_roots: Vec<PathText>,
}

impl Entry {
    /// The venv's folder.
    #[must_use]
    pub fn venv(&self) -> PathBuf {
        PathBuf::from(&self.venv)
    }

    /// The data roots that it recorded in beside the registry's own.
    pub fn data_roots(&self) -> impl Iterator<Item = PathBuf> {
        self.data_roots.iter().map(PathBuf::from)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    schema: u32,
    venvs: Vec<Entry>,
}

/// The registry in a data root.
#[derive(Debug, Clone)]
pub struct Registry {
    root: PathBuf,
}

/// What was read.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// In the order in which they were installed.
    pub entries: Vec<Entry>,
    /// What is wrong with the file, where it can't be understood; the next change replaces it.
    pub damage: Option<String>,
}

impl Registry {
    /// The registry of this data root; nothing is read or made yet.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The venvs in it. A file that isn't there is an empty registry.
    ///
    /// # Errors
    /// The file is there and can't be read.
    pub fn read(&self) -> Result<Known, SiteError> {
        let path = self.path();
        self.check()?;
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Known::default()),
            Err(error) => return Err(FilesError::on("read", &path)(error).into()),
        };
        let damaged = |what: String| Known {
            entries: Vec::new(),
            damage: Some(format!(
                "the registry `{}` is damaged ({what}) and is begun anew",
                path.display()
            )),
        };
        Ok(match serde_json::from_slice::<Content>(&bytes) {
            Ok(content) if content.schema == SCHEMA => Known {
                entries: content.venvs,
                damage: None,
            },
            Ok(content) => damaged(format!("schema {}", content.schema)),
            Err(error) => damaged(error.to_string()),
        })
    }

    /// Adds a venv, if it isn't in it, and the data root that it records in. Gives what was
    /// wrong with the file before.
    ///
    /// # Errors
    /// The file can't be read or written.
    pub fn add(&self, venv: &Path, data_root: Option<&Path>) -> Result<Option<String>, SiteError> {
        let data_root = data_root.filter(|root| *root != self.root);
        let venv = PathText::from(venv);
        self.change(|entries| {
            let known = entries.iter().position(|entry| entry.venv == venv);
            let index = known.unwrap_or_else(|| {
                entries.push(Entry {
                    venv,
                    data_roots: Vec::new(),
                });
                entries.len() - 1
            });
            let roots = &mut entries[index].data_roots;
            let new = data_root
                .map(PathText::from)
                .filter(|root| !roots.contains(root));
            let changed = known.is_none() || new.is_some();
            roots.extend(new);
            changed
        })
    }

    /// Forgets a venv. Gives what was wrong with the file before.
    ///
    /// # Errors
    /// The file can't be read or written.
    pub fn remove(&self, venv: &Path) -> Result<Option<String>, SiteError> {
        if !self.root.exists() {
            return Ok(None);
        }
        self.change(|entries| {
            let before = entries.len();
            entries.retain(|entry| entry.venv() != venv);
            entries.len() != before
        })
    }

    /// The data root that it is in.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Removes the registry if it knows no venv but those that are `forgotten`, and then the
    /// data root if nothing is in it but what was `removed`. Gives what it removed, or would.
    ///
    /// # Errors
    /// One of the two can't be read or removed.
    pub fn clear(
        &self,
        forgotten: &[PathBuf],
        removed: &[PathBuf],
        mode: Mode,
    ) -> Result<Vec<PathBuf>, SiteError> {
        let mut cleared = Vec::new();
        if !self.root.is_dir() {
            return Ok(cleared);
        }
        let lock = FolderLock::acquire(&self.root)?;
        let known = self.read()?;
        let path = self.path();
        if !known
            .entries
            .iter()
            .all(|it| forgotten.contains(&it.venv()))
        {
            return Ok(cleared);
        }
        if path.symlink_metadata().is_ok() {
            if mode == Mode::Perform {
                std::fs::remove_file(&path).map_err(FilesError::on("remove", &path))?;
            }
            cleared.push(path);
        }
        let gone = |entry: &Path| {
            cleared
                .iter()
                .chain(removed)
                .any(|it| it.as_path() == entry)
        };
        let entries = std::fs::read_dir(&self.root).map_err(FilesError::on("read", &self.root))?;
        if entries.flatten().all(|entry| gone(&entry.path())) {
            if mode == Mode::Perform {
                // Who waits for the lock at this moment can't write then, and says so.
                std::fs::remove_dir(&self.root).map_err(FilesError::on("remove", &self.root))?;
            }
            cleared.push(self.root.clone());
        }
        drop(lock);
        Ok(cleared)
    }

    /// Refuses one that others could write: the Pythons of its venvs are started.
    fn check(&self) -> Result<(), SiteError> {
        let path = std::path::absolute(self.path()).unwrap_or_else(|_| self.path());
        files::check_trusted(&path).map_err(|distrust| SiteError::UntrustedRegistry { distrust })
    }

    fn path(&self) -> PathBuf {
        self.root.join(NAME)
    }

    fn change(
        &self,
        change: impl FnOnce(&mut Vec<Entry>) -> bool,
    ) -> Result<Option<String>, SiteError> {
        // Before anything is made there, and after.
        self.check()?;
        let _lock = FolderLock::acquire_or_create(&self.root)?;
        files::remove_temporaries(&self.root);
        let Known {
            mut entries,
            damage,
        } = self.read()?;
        if change(&mut entries) || damage.is_some() {
            let path = self.path();
            let content = Content {
                schema: SCHEMA,
                venvs: entries,
            };
            let mut text =
                serde_json::to_string_pretty(&content).map_err(|source| SiteError::Registry {
                    path: path.clone(),
                    source,
                })?;
            text.push('\n');
            files::replace(&path, text.as_bytes(), MODE)?;
        }
        Ok(damage)
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn venvs(registry: &Registry) -> Vec<PathBuf> {
        let known = registry.read().unwrap();
        known.entries.iter().map(Entry::venv).collect()
    }

    #[test]
    fn venvs_are_remembered_once_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("not/yet");
        let registry = Registry::new(root.clone());
        let odd = Path::new(OsStr::from_bytes(b"/srv/\xff"));
        assert!(venvs(&registry).is_empty());
        registry.remove(odd).unwrap();
        assert!(!root.exists());
        for venv in [odd, Path::new("/srv/shop/.venv"), odd] {
            assert_eq!(registry.add(venv, Some(&root)).unwrap(), None);
        }
        assert_eq!(venvs(&registry), [odd, Path::new("/srv/shop/.venv")]);
        let mode = std::fs::metadata(root.join(NAME)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        registry.remove(odd).unwrap();
        assert_eq!(venvs(&registry), [Path::new("/srv/shop/.venv")]);
    }

    #[test]
    fn a_damaged_file_is_said_and_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::new(folder.path().to_owned());
        for text in ["", "{", r#"{"schema":9,"venvs":[]}"#, r#"{"schema":1}"#] {
            std::fs::write(folder.path().join(NAME), text).unwrap();
            assert!(registry.read().unwrap().damage.is_some(), "{text}");
            assert!(registry.add(Path::new("/v"), None).unwrap().is_some());
            assert_eq!(venvs(&registry), [Path::new("/v")]);
        }
    }

    #[test]
    fn other_data_roots_are_remembered_once() {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::new(folder.path().to_owned());
        let roots = [
            folder.path(),
            Path::new("/a"),
            Path::new("/b"),
            Path::new("/a"),
        ];
        for root in roots {
            registry.add(Path::new("/v"), Some(root)).unwrap();
        }
        let known = registry.read().unwrap();
        let roots: Vec<PathBuf> = known.entries[0].data_roots().collect();
        assert_eq!(roots, [Path::new("/a"), Path::new("/b")]);
    }

    #[test]
    fn it_is_cleared_only_where_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("data");
        let registry = Registry::new(root.clone());
        assert!(registry.clear(&[], &[], Mode::Perform).unwrap().is_empty());
        let venv = PathBuf::from("/v");
        registry.add(&venv, None).unwrap();
        std::fs::create_dir(root.join("store")).unwrap();
        let clear = |forgotten: &[PathBuf], removed: &[PathBuf], mode| {
            registry.clear(forgotten, removed, mode).unwrap()
        };
        assert!(clear(&[], &[], Mode::Perform).is_empty());
        let forgotten = [venv];
        let removed = [root.join("store")];
        let file = root.join(NAME);
        assert_eq!(clear(&forgotten, &[], Mode::DryRun), vec![file.clone()]);
        assert_eq!(
            clear(&forgotten, &removed, Mode::DryRun),
            [file.clone(), root.clone()]
        );
        assert!(file.exists());
        assert_eq!(clear(&forgotten, &[], Mode::Perform), [file]);
        std::fs::remove_dir(root.join("store")).unwrap();
        assert_eq!(clear(&[], &[], Mode::Perform), vec![root.clone()]);
        assert!(!root.exists());
    }

    #[test]
    fn what_a_killed_writer_left_goes_with_the_next_change() {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::new(folder.path().to_owned());
        for adds in [true, false] {
            std::fs::write(folder.path().join(".probe-new-aB3xYz"), "{").unwrap();
            let venv = Path::new("/v");
            if adds {
                registry.add(venv, None).unwrap();
            } else {
                registry.remove(venv).unwrap();
            }
            let names = std::fs::read_dir(folder.path()).unwrap();
            let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
            assert_eq!(names, [NAME]);
        }
    }

    #[test]
    fn writers_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::new(folder.path().to_owned());
        std::thread::scope(|scope| {
            for number in 0..8 {
                let registry = &registry;
                scope.spawn(move || {
                    registry
                        .add(Path::new(&format!("/{number}")), None)
                        .unwrap()
                });
            }
        });
        assert_eq!(venvs(&registry).len(), 8);
    }
}
