//! What can go wrong with files, by path.

use std::io;
use std::path::{Path, PathBuf};

use crate::exit::{Diagnose, Exit};

/// A file system operation that failed.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The operation on this path failed.
    #[error("can't {action} `{}`", path.display())]
    Failed {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Where a file is to be put, there is something else, which stays.
    #[error("`{}` is {what}, and only a file is replaced", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What is there.
        what: &'static str,
    },
    /// Another process kept the folder locked for too long.
    #[error("another process has been working in `{}` for {seconds} seconds", path.display())]
    Busy {
        /// The locked folder.
        path: PathBuf,
        /// How long was waited.
        seconds: u64,
    },
}

impl FilesError {
    /// For `map_err`: names the action and the path.
    pub(crate) fn on(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Failed {
            action,
            path,
            source,
        }
    }
}

impl Diagnose for FilesError {
    fn exit(&self) -> Exit {
        Exit::Environment
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Busy { .. } => Some("wait until it is done, or end it, and try again".into()),
            Self::NotAFile { .. } => Some("name another file".into()),
            Self::Failed { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied => {
                    Some("run the command as the user that owns it".into())
                }
                io::ErrorKind::ReadOnlyFilesystem => Some("make it writable first".into()),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    Some("free some space and try again".into())
                }
                _ => None,
            },
        }
    }
}
