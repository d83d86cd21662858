//! Which folder is meant: the order of the contract, as a pure function of the arguments
//! and the environment. Whether it is a venv is found by `layout`.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::PythonError;
use crate::files::check_trusted;

/// How the venv was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// Given with `--venv`.
    Given,
    /// One of those that the probe was installed into.
    Registered,
    /// The environment variable `VIRTUAL_ENV`.
    VirtualEnv,
    /// The environment variable `CONDA_PREFIX`.
    CondaPrefix,
    /// A `.venv` in the current folder or above it.
    Nearest,
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Given => "given with `--venv`",
            Self::Registered => "from the registry",
            Self::VirtualEnv => "from `VIRTUAL_ENV`",
            Self::CondaPrefix => "from `CONDA_PREFIX`",
            Self::Nearest => "the nearest `.venv`",
        })
    }
}

/// What the choice depends on beside the arguments.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// `VIRTUAL_ENV`.
    pub virtual_env: Option<OsString>,
    /// `CONDA_PREFIX`.
    pub conda_prefix: Option<OsString>,
    /// The current folder, absolute.
    pub current_folder: PathBuf,
}

impl Surroundings {
    /// Those of this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self {
            virtual_env: std::env::var_os("VIRTUAL_ENV"),
            conda_prefix: std::env::var_os("CONDA_PREFIX"),
            current_folder: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
        }
    }
}

/// The folder that is meant, and why.
pub(super) fn choose(
    given: Option<&Path>,
    surroundings: &Surroundings,
) -> Result<(PathBuf, Chosen), PythonError> {
    let current = &surroundings.current_folder;
    let named = |value: &Option<OsString>| {
        value
            .as_ref()
            .filter(|value| !value.is_empty())
            .map(|value| current.join(value))
    };
    if let Some(folder) = given {
        return Ok((current.join(folder), Chosen::Given));
    }
    if let Some(folder) = named(&surroundings.virtual_env) {
        return Ok((folder, Chosen::VirtualEnv));
    }
    if let Some(folder) = named(&surroundings.conda_prefix) {
        return Ok((folder, Chosen::CondaPrefix));
    }
    let folder = current
        .ancestors()
        .map(|folder| folder.join(".venv"))
        .find(|folder| folder.is_dir())
        .ok_or_else(|| PythonError::NoVenv {
            current_folder: current.clone(),
        })?;
    trusted(folder).map(|folder| (folder, Chosen::Nearest))
}

/// A venv that nobody named, unless others could have put it there: its Python is started, and
/// it may lie in any folder above, `/tmp` among them.
pub(super) fn trusted(folder: PathBuf) -> Result<PathBuf, PythonError> {
    for inside in ["", "bin", "pyvenv.cfg"] {
        if let Err(distrust) = check_trusted(&folder.join(inside)) {
            return Err(PythonError::Untrusted {
                root: folder,
                distrust,
            });
        }
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_given_virtual_env_conda_nearest() {
        let project = tempfile::tempdir().unwrap();
        std::fs::create_dir(project.path().join(".venv")).unwrap();
        let below = project.path().join("src/deep");
        std::fs::create_dir_all(&below).unwrap();
        let mut surroundings = Surroundings {
            virtual_env: Some("/active".into()),
            conda_prefix: Some("/conda".into()),
            current_folder: below.clone(),
        };
        let choice = |given: Option<&str>, surroundings: &Surroundings| {
            choose(given.map(Path::new), surroundings).unwrap()
        };
        assert_eq!(
            choice(Some("mine"), &surroundings),
            (below.join("mine"), Chosen::Given)
        );
        assert_eq!(
            choice(None, &surroundings),
            ("/active".into(), Chosen::VirtualEnv)
        );
        surroundings.virtual_env = Some(OsString::new());
        assert_eq!(
            choice(None, &surroundings),
            ("/conda".into(), Chosen::CondaPrefix)
        );
        surroundings.conda_prefix = None;
        assert_eq!(
            choice(None, &surroundings),
            (project.path().join(".venv"), Chosen::Nearest)
        );
    }

    #[test]
    fn no_venv_anywhere_is_said_with_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let surroundings = Surroundings {
            current_folder: folder.path().to_owned(),
            ..Surroundings::default()
        };
        let error = choose(None, &surroundings).unwrap_err();
        assert!(matches!(error, PythonError::NoVenv { .. }));
        assert!(
            error
                .to_string()
                .contains(&folder.path().display().to_string())
        );
    }
}
