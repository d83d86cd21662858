//! Why a recording, or a folder of them, can't be read.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use crate::exit::{Diagnose, Exit};
use crate::files::FilesError;
use crate::recording::layout::MAJOR;

/// What is wrong in a file's bytes, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {byte}")]
pub struct Damage {
    /// What is wrong.
    pub what: Cow<'static, str>,
    /// The byte of the file at which it was found.
    pub byte: u64,
}

impl Damage {
    /// A finding at a byte.
    pub(crate) fn new(what: impl Into<Cow<'static, str>>, byte: u64) -> Self {
        Self {
            what: what.into(),
            byte,
        }
    }
}

/// Why a recording or its folder can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file has other content.
    #[error("`{}` is not a recording", path.display())]
    NotARecording {
        /// The file.
        path: PathBuf,
    },
    /// The file's header isn't there: its process is just starting, or ended before it
    /// recorded anything.
    #[error("the recording `{}` has no header yet", path.display())]
    Unfinished {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer probe.
    #[error("the recording `{}` has format version {major}, this probe reads version {MAJOR}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its major version.
        major: u32,
    },
    /// The file's bytes contradict themselves.
    #[error("the recording `{}` is damaged: {damage}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What and where.
        damage: Damage,
    },
    /// The system doesn't let us read a file or folder.
    #[error("`{}` can't be read", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The system doesn't let us write a recording's control word.
    #[error("`{}` can't be written", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder belongs to somebody else, who could have put anything into it.
    #[error("the folder `{}` belongs to another user (id {owner})", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// Its owner's user id.
        owner: u32,
    },
    /// An archive can't be written, or its folder not locked.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// There is something else where the folder should be, a link among them.
    #[error("`{}` is not a folder", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
}

impl Error {
    /// True where both say the same of different files.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Damaged { damage: one, .. }, Self::Damaged { damage: two, .. }) => {
                one.what == two.what
            }
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        Exit::Environment
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Files(error) => return error.hint(),
            Self::Newer { .. } => "upgrade probe to read it".to_owned(),
            Self::NotARecording { .. } | Self::Damaged { .. } => {
                "remove it; the others are read without it".to_owned()
            }
            Self::Unfinished { .. } => {
                "read it again in a moment; remove it if its process has ended".to_owned()
            }
            Self::Foreign { .. } => {
                "choose another folder with --data-dir or PROBE_DATA_DIR, or read it as its owner"
                    .to_owned()
            }
            Self::NotAFolder { .. } => {
                "move it away, or choose another folder with --data-dir".to_owned()
            }
            Self::Unwritable { .. } => {
                "do it as the user that runs the process, or as root".to_owned()
            }
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "read it as its owner, or as root".to_owned()
            }
            Self::Unreadable { .. } => return None,
        })
    }
}
