//! Which venvs the probe was installed into: a small JSON file in the data root, for `--all`.
//! It only remembers where to look. What is installed is told from site-packages, so a
//! registry that is lost or damaged loses nothing else.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{PathText, SiteError};
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
}

impl Entry {
    /// The venv's folder.
    #[must_use]
    pub fn venv(&self) -> PathBuf {
        PathBuf::from(&self.venv)
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

    /// Adds a venv, if it isn't in it. Gives what was wrong with the file before.
    ///
    /// # Errors
    /// The file can't be read or written.
    pub fn add(&self, venv: &Path) -> Result<Option<String>, SiteError> {
        let entry = Entry {
            venv: PathText::from(venv),
        };
        self.change(|entries| {
            if entries.contains(&entry) {
                return false;
            }
            entries.push(entry);
            true
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

    fn path(&self) -> PathBuf {
        self.root.join(NAME)
    }

    fn change(
        &self,
        change: impl FnOnce(&mut Vec<Entry>) -> bool,
    ) -> Result<Option<String>, SiteError> {
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
            assert_eq!(registry.add(venv).unwrap(), None);
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
            assert!(registry.add(Path::new("/v")).unwrap().is_some());
            assert_eq!(venvs(&registry), [Path::new("/v")]);
        }
    }

    #[test]
    fn what_a_killed_writer_left_goes_with_the_next_change() {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::new(folder.path().to_owned());
        for change in [Registry::add, Registry::remove] {
            std::fs::write(folder.path().join(".probe-new-aB3xYz"), "{").unwrap();
            change(&registry, Path::new("/v")).unwrap();
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
                scope.spawn(move || registry.add(Path::new(&format!("/{number}"))).unwrap());
            }
        });
        assert_eq!(venvs(&registry).len(), 8);
    }
}
