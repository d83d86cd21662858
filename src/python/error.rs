//! What can be wrong with a virtualenv, each with what to do next.

use std::io;
use std::path::PathBuf;

use super::{Chosen, OLDEST_PYPY, SUPPORTED};
use crate::exit::{Diagnose, Exit};
use crate::files::Distrust;

/// Why there is no venv to work with.
#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    /// Nothing says which venv is meant.
    #[error(
        "no virtualenv: none is active, and there is no `.venv` in `{}` or above it",
        current_folder.display()
    )]
    NoVenv {
        /// Where the search began.
        current_folder: PathBuf,
    },
    /// Nobody named the venv, and others could have put it there.
    #[error("the nearest virtualenv isn't used: {distrust}")]
    Untrusted {
        /// The venv.
        root: PathBuf,
        /// Who, and where.
        distrust: Distrust,
    },
    /// The folder isn't there.
    #[error("the virtualenv `{}` ({chosen}) does not exist", path.display())]
    Missing {
        /// The folder.
        path: PathBuf,
        /// Who named it.
        chosen: Chosen,
    },
    /// The folder is something else.
    #[error(
        "`{}` ({chosen}) is not a virtualenv: there is no `pyvenv.cfg` in it",
        root.display()
    )]
    NotAVenv {
        /// The folder.
        root: PathBuf,
        /// Who named it.
        chosen: Chosen,
    },
    /// The prefix belongs to a package manager.
    #[error(
        "the Python in `{}` is managed by the system, says `{}`",
        root.display(),
        marker.display()
    )]
    ExternallyManaged {
        /// The prefix.
        root: PathBuf,
        /// The marker file.
        marker: PathBuf,
    },
    /// No library folder has site-packages.
    #[error(
        "the virtualenv `{}` has no `lib/pythonX.Y/site-packages`",
        root.display()
    )]
    NoSitePackages {
        /// The venv.
        root: PathBuf,
    },
    /// The files don't tell which Python it has, and it doesn't either.
    #[error(
        "the virtualenv `{}` doesn't tell which Python it belongs to (found: {}), and its \
         interpreter can't be asked: {reason}",
        root.display(),
        libraries.join(", ")
    )]
    Unclear {
        /// The venv.
        root: PathBuf,
        /// The names of its library folders.
        libraries: Vec<String>,
        /// Why asking didn't help.
        reason: String,
    },
    /// The payload doesn't run in this version.
    #[error(
        "the virtualenv `{}` has Python {}.{}, which is too {}",
        root.display(),
        version.0,
        version.1,
        if *version < SUPPORTED.0 { "old" } else { "new" }
    )]
    Unsupported {
        /// The venv.
        root: PathBuf,
        /// Its version.
        version: (u8, u8),
    },
    /// PyPy before [`super::OLDEST_PYPY`].
    #[error(
        "the virtualenv `{}` has PyPy {}.{}, which is too old",
        root.display(),
        version.0,
        version.1
    )]
    OldPyPy {
        /// The venv.
        root: PathBuf,
        /// Its version of Python.
        version: (u8, u8),
    },
    /// A Python without the global interpreter lock.
    #[error(
        "the virtualenv `{}` has a free-threaded Python, which the probe doesn't know",
        root.display()
    )]
    FreeThreaded {
        /// The venv.
        root: PathBuf,
    },
    /// Installing would reach other environments.
    #[error(
        "`{}` leads out of its virtualenv, to `{}`",
        site_packages.display(),
        real.display()
    )]
    Outside {
        /// As reached from the venv.
        site_packages: PathBuf,
        /// Where it really is.
        real: PathBuf,
    },
    /// This user can't change the folder.
    #[error("`{}` can't be written", path.display())]
    NotWritable {
        /// The folder.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// Something of the venv can't be read.
    #[error("can't read `{}`", path.display())]
    Unreadable {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Diagnose for PythonError {
    fn exit(&self) -> Exit {
        Exit::Environment
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoVenv { .. } => {
                "give one with `--venv DIR`, or make one with `python3 -m venv .venv`".to_owned()
            }
            Self::Untrusted { root, .. } => format!(
                "give it with `--venv {}` if you trust who can change it",
                root.display()
            ),
            Self::Missing { chosen, .. } | Self::NotAVenv { chosen, .. } => match chosen {
                Chosen::Given => {
                    "make one with `python3 -m venv DIR`, or check the path".to_owned()
                }
                Chosen::VirtualEnv => {
                    "run `deactivate`, or give another with `--venv DIR`".to_owned()
                }
                Chosen::CondaPrefix => {
                    "run `conda deactivate`, or give another with `--venv DIR`".to_owned()
                }
                Chosen::Registered => {
                    "`probe uninstall --all` forgets the virtualenvs that are gone".to_owned()
                }
                Chosen::Nearest => "remove it, or give another with `--venv DIR`".to_owned(),
            },
            Self::ExternallyManaged { .. } => {
                "make a virtualenv with `python3 -m venv .venv` and give it with `--venv`"
                    .to_owned()
            }
            Self::NoSitePackages { .. } | Self::Unclear { .. } => {
                "make it again with `python3 -m venv --clear DIR`".to_owned()
            }
            Self::FreeThreaded { .. } => {
                "make one with a Python that has a global interpreter lock".to_owned()
            }
            Self::Unsupported { .. } | Self::OldPyPy { .. } => {
                let ((_, oldest), (_, newest)) = SUPPORTED;
                let (_, pypy) = OLDEST_PYPY;
                format!("CPython 3.{oldest} to 3.{newest} are supported, and PyPy from 3.{pypy} on")
            }
            Self::Outside { .. } => {
                "give the virtualenv that it really belongs to with `--venv DIR`".to_owned()
            }
            Self::NotWritable { source, .. }
                if source.kind() == io::ErrorKind::ReadOnlyFilesystem =>
            {
                "make its file system writable first".to_owned()
            }
            Self::NotWritable { .. } => "run the command as the user that owns it".to_owned(),
            Self::Unreadable { .. } => "check its permissions".to_owned(),
        };
        Some(hint)
    }
}
