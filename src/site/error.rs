//! Why an installation or removal didn't happen.

use std::path::PathBuf;

use crate::exit::{Diagnose, Exit};
use crate::files::{Distrust, FilesError};
use crate::python::PythonError;

/// Why site-packages wasn't changed.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The venv isn't one to install into.
    #[error(transparent)]
    Python(#[from] PythonError),
    /// Reading or writing failed.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// A file that isn't ours has a name that the probe needs.
    #[error("`{}` is in the way: it isn't the probe's", path.display())]
    InTheWay {
        /// The file.
        path: PathBuf,
    },
    /// A start-up file of ours was changed by somebody.
    #[error("`{}` was modified since the probe wrote it", path.display())]
    Modified {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing to remove.
    #[error("the probe isn't installed in `{}`", root.display())]
    NothingInstalled {
        /// The venv.
        root: PathBuf,
    },
    /// Others could have written the registry.
    #[error("the registry isn't used: {distrust}")]
    UntrustedRegistry {
        /// Who, and where.
        distrust: Distrust,
    },
    /// The registry can't be written as JSON.
    #[error("the registry `{}` can't be written", path.display())]
    Registry {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}

impl Diagnose for SiteError {
    fn exit(&self) -> Exit {
        match self {
            Self::Python(error) => error.exit(),
            Self::Files(error) => error.exit(),
            _ => Exit::Environment,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Python(error) => error.hint(),
            Self::Files(error) => error.hint(),
            Self::InTheWay { .. } => Some("move it away and try again; nothing was changed".into()),
            Self::Modified { .. } => {
                Some("move it away to keep the changes, then try again; nothing was changed".into())
            }
            Self::NothingInstalled { .. } => {
                Some("`probe status` says what is there; `probe install` installs it".into())
            }
            Self::UntrustedRegistry { .. } => Some(
                "choose a folder of your own with PROBE_DATA_DIR, or run the command as its owner"
                    .into(),
            ),
            Self::Registry { .. } => None,
        }
    }
}
