//! The virtualenv: which one is meant, where its site-packages are, whether the probe can
//! be installed there, and asking its interpreter. Finding doesn't start Python unless the
//! files alone can't tell.

mod ask;
mod check;
mod choose;
mod config;
mod error;
mod layout;
mod libraries;

use std::path::{Path, PathBuf};

pub use ask::{AskError, Asked, Question, answer_in, ask, begin};
pub use check::check_writable;
pub use choose::{Chosen, Surroundings};
pub use error::PythonError;

/// The CPython versions that the payload runs in, the first and the last.
pub const SUPPORTED: ((u8, u8), (u8, u8)) = ((3, 8), (3, 15));

/// The first version of PyPy that the payload runs in, with the Python engine.
pub const OLDEST_PYPY: (u8, u8) = (3, 9);

/// A virtualenv (or conda environment) as found on disk.
#[derive(Debug, Clone)]
pub struct Venv {
    /// Its folder, absolute and without symlinks.
    pub root: PathBuf,
    /// The folder that Python packages are installed into.
    pub site_packages: PathBuf,
    /// Where its interpreter is or should be; it may not start.
    pub interpreter: PathBuf,
    /// Major and minor version, where the files tell.
    pub version: Option<(u8, u8)>,
    /// Why it is this one.
    pub chosen: Chosen,
}

impl Venv {
    /// The version as `3.12`.
    #[must_use]
    pub fn version_text(&self) -> Option<String> {
        self.version
            .map(|(major, minor)| format!("{major}.{minor}"))
    }

    /// Finds out whether the probe can be installed: a supported CPython, not owned by the
    /// system's package manager, site-packages inside the venv and writable. Changes nothing.
    ///
    /// # Errors
    /// The reason it can't.
    pub fn check_installable(&self) -> Result<(), PythonError> {
        check::supported(self)?;
        check::has_a_lock(self)?;
        check::not_externally_managed(&self.root)?;
        check::inside(self)?;
        check_writable(&self.site_packages)
    }
}

/// Finds the venv that is meant: the one given, else `VIRTUAL_ENV`, else `CONDA_PREFIX`,
/// else the nearest `.venv` upwards from the current folder.
///
/// # Errors
/// There is none, or the one that is meant isn't a virtualenv, has no site-packages, or
/// has several and its interpreter can't say which is its own.
pub fn find(given: Option<&Path>) -> Result<Venv, PythonError> {
    find_in(given, &Surroundings::of_this_process())
}

/// As [`find`], with the environment as a value.
///
/// # Errors
/// As [`find`].
pub fn find_in(given: Option<&Path>, surroundings: &Surroundings) -> Result<Venv, PythonError> {
    let (folder, chosen) = choose::choose(given, surroundings)?;
    layout::read(&folder, chosen)
}

/// Reads the venv at `folder`, however it was chosen.
///
/// # Errors
/// As [`find`], for this folder.
pub fn open(folder: &Path, chosen: Chosen) -> Result<Venv, PythonError> {
    layout::read(folder, chosen)
}

/// Reads the venv at `folder`, which nobody named: not where others could have put it there.
///
/// # Errors
/// As [`find`], for this folder.
pub fn open_unnamed(folder: &Path, chosen: Chosen) -> Result<Venv, PythonError> {
    layout::read(&choose::trusted(folder.to_owned())?, chosen)
}

#[cfg(test)]
mod tests;
