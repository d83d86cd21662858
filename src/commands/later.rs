//! Whose recordings a command that watches is about, found anew while it does: another user's first
//! process makes a folder of its own, and an installation may note a data root down. Without a
//! word, and at a calm pace, since it looks at site-packages and at all users' homes. Opens no
//! recording.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::venv;
use crate::python::Venv;
use crate::recording::store::{self, Folder};

/// A venv's folders aren't found anew more often.
pub(super) const PACE: Duration = Duration::from_secs(5);

/// The folders that recordings are looked for in, at later moments.
pub(super) enum Later {
    /// Those of all venvs below a data root.
    Root(PathBuf),
    /// A venv's.
    Venv(OfVenv),
}

/// A venv's folders, below the data root that is given or wherever they may be.
pub(super) struct OfVenv {
    venv: Venv,
    data_dir: Option<PathBuf>,
    pace: Duration,
    found: Mutex<(Instant, Vec<Folder>)>,
}

impl Later {
    /// The folders now. A root that can't be looked into has none.
    pub(super) fn folders(&self) -> Vec<Folder> {
        match self {
            Self::Root(root) => store::folders(root).unwrap_or_default(),
            Self::Venv(it) => it.folders(),
        }
    }

    /// The recordings in them, without a word about those that can't be read.
    pub(super) fn recordings(&self) -> Vec<PathBuf> {
        let folders = self.folders().into_iter();
        let recordings = folders.filter_map(|it| it.recordings().ok());
        recordings.flatten().collect()
    }
}

impl OfVenv {
    /// Those of a venv, of which these have just been found.
    pub(super) fn new(
        venv: Venv,
        data_dir: Option<PathBuf>,
        found: Vec<Folder>,
        pace: Duration,
    ) -> Self {
        Self {
            venv,
            data_dir,
            pace,
            found: Mutex::new((Instant::now(), found)),
        }
    }

    /// The folders, as they were found a moment ago.
    fn folders(&self) -> Vec<Folder> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if found.0.elapsed() >= self.pace {
            let stores = venv::stores(&self.venv, self.data_dir.as_deref());
            let folders = stores.into_iter().map(|path| Folder { path });
            *found = (Instant::now(), folders.collect());
        }
        found.1.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::python::Chosen;
    use crate::recording::place;

    /// What a venv's folder and one that this user made beside it later come to.
    fn found(pace: Duration) -> (Vec<Folder>, Vec<Folder>) {
        let root = tempfile::tempdir().unwrap();
        let venv = Venv {
            root: "/srv/shop/.venv".into(),
            site_packages: "/srv/shop/.venv/lib".into(),
            interpreter: "/srv/shop/.venv/bin/python".into(),
            version: None,
            chosen: Chosen::Given,
        };
        let name = place::folder_name(&venv.root);
        let data_dir = root.path().to_owned();
        let stores = venv::stores(&venv, Some(&data_dir)).into_iter();
        let before: Vec<Folder> = stores.map(|path| Folder { path }).collect();
        let later = OfVenv::new(venv, Some(data_dir), before.clone(), pace);
        assert_eq!(later.folders(), before);
        let us = rustix::process::geteuid().as_raw();
        fs::create_dir(root.path().join(format!("{name}.u{us}"))).unwrap();
        (before, later.folders())
    }

    #[test]
    fn a_folder_that_comes_is_found_at_the_next_look() {
        let (before, after) = found(Duration::ZERO);
        assert_eq!((before.len(), after.len()), (1, 2));
        assert_eq!(before[0], after[0]);
    }

    #[test]
    fn looks_keep_to_the_pace() {
        let (before, after) = found(Duration::from_secs(3600));
        assert_eq!(before, after);
    }
}
