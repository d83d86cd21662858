//! What can keep a command from being started.

use std::io;
use std::path::PathBuf;

use crate::exit::{Diagnose, Exit};
use crate::files::Distrust;

/// The command wasn't started. 127 and 126 are what shells answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing stands behind `--`.
    #[error("no command is given")]
    NoCommand,
    /// No file of that name, or none on PATH.
    #[error("the command `{name}` isn't there")]
    NotFound {
        /// As it was given.
        name: String,
    },
    /// There is something, and it is no program.
    #[error("the command `{}` can't be executed", path.display())]
    NotExecutable {
        /// What was found.
        path: PathBuf,
        /// What the system said, where it was asked.
        source: Option<io::Error>,
    },
    /// Signals can't be caught, or the child can't be waited for.
    #[error("the command `{}` can't be watched", path.display())]
    Watch {
        /// The program.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The private folder can't be made.
    #[error("the private folder `{}` can't be made", path.display())]
    Folder {
        /// The folder or the file in it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else could exchange the folder.
    #[error("the private folder `{}` isn't safe: {distrust}", path.display())]
    Untrusted {
        /// The folder.
        path: PathBuf,
        /// Who, and where.
        distrust: Distrust,
    },
    /// Somebody else could change what stands in the folder.
    #[error("the private folder `{}` {problem}", path.display())]
    NotPrivate {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// PYTHONPATH separates its parts by colons and has no way to quote one.
    #[error("the private folder `{}` can't stand on PYTHONPATH: its path holds a `:`", path.display())]
    Colon {
        /// The folder.
        path: PathBuf,
    },
}

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        match self {
            Self::NoCommand => Exit::Usage,
            Self::NotFound { .. } => Exit::Child(127),
            Self::NotExecutable { .. } => Exit::Child(126),
            Self::Watch { .. }
            | Self::Folder { .. }
            | Self::Untrusted { .. }
            | Self::NotPrivate { .. }
            | Self::Colon { .. } => Exit::Environment,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoCommand => {
                "write it after `--`, such as `probe run -t 'shop.**' -- python app.py`".to_owned()
            }
            Self::NotFound { name } if name.contains('/') => {
                "check the path; a relative one starts at the current folder".to_owned()
            }
            Self::NotFound { name } => {
                format!("`{name}` is on no folder of PATH; write `./{name}` if it is in this one")
            }
            Self::NotExecutable { path, .. } => format!(
                "`chmod +x {0}`, check the interpreter in its first line, or start it as \
                 `python {0}`",
                path.display()
            ),
            Self::Watch { .. } => return None,
            Self::Folder { .. }
            | Self::Untrusted { .. }
            | Self::NotPrivate { .. }
            | Self::Colon { .. } => {
                "set XDG_CACHE_HOME to a folder of yours that can be written".to_owned()
            }
        })
    }
}
