//! What can be wrong with a snapshot file.

use std::io;
use std::path::PathBuf;

use crate::exit::{Diagnose, Exit};

/// A snapshot that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The file can't be read.
    #[error("the snapshot `{}` can't be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder, a pipe or a device.
    #[error("`{}` isn't a file", path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
    },
    /// More than anybody would write.
    #[error("`{}` is too long for a snapshot: {bytes} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
    },
    /// Something else, or a part of one.
    #[error("`{}` isn't a snapshot: {why}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Why, as a part of a sentence.
        why: String,
    },
    /// A later format.
    #[error("`{}` is a snapshot in format {schema}, and this probe reads format 1", path.display())]
    Later {
        /// The file.
        path: PathBuf,
        /// Its format.
        schema: u64,
    },
}

impl Diagnose for SnapshotError {
    fn exit(&self) -> Exit {
        match self {
            Self::Unreadable { .. } => Exit::Environment,
            _ => Exit::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Later { .. } => "compare with the probe that wrote it".to_owned(),
            _ => "write one with `probe snapshot FILE`".to_owned(),
        })
    }
}
