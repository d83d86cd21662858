//! A change of site-packages as a value: ordered steps, and what they leave alone. Every
//! path is relative to site-packages.

use std::fmt;

use crate::files::Sha256Hex;
use crate::payload::PackageName;

/// One change. Performing any first part of a plan leaves a venv whose Python starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make the package's folder with all its files at once.
    CreatePackage {
        /// The folder's name.
        package: PackageName,
        /// Names and contents.
        files: Vec<(String, Vec<u8>)>,
    },
    /// Write one file, replacing what has its name.
    Write {
        /// Where.
        path: String,
        /// Its content.
        bytes: Vec<u8>,
        /// True where a file of ours is replaced.
        replaces: bool,
    },
    /// Remove one file.
    Remove {
        /// Which.
        path: String,
        /// What it must still contain; none for bytecode and leftovers.
        sha256: Option<Sha256Hex>,
    },
    /// Remove a folder if it is empty.
    RemoveFolder {
        /// Which.
        path: String,
    },
}

impl Step {
    /// The step as one word, for people and JSON.
    #[must_use]
    pub fn action(&self) -> &'static str {
        match self {
            Self::CreatePackage { .. } => "create",
            Self::Write {
                replaces: false, ..
            } => "write",
            Self::Write { replaces: true, .. } => "replace",
            Self::Remove { .. } | Self::RemoveFolder { .. } => "remove",
        }
    }

    /// The path that it changes; a folder's ends in `/`.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::CreatePackage { package, .. } => format!("{package}/"),
            Self::Write { path, .. } | Self::Remove { path, .. } => path.clone(),
            Self::RemoveFolder { path } => format!("{path}/"),
        }
    }
}

/// A file that was left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Which.
    pub path: String,
    /// Why, as a part of a sentence: `was modified`.
    pub why: &'static str,
}

impl fmt::Display for Kept {
    /// The sentence that a person is warned with.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {} and was left alone", self.path, self.why)
    }
}

/// The steps, and what they leave alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// In this order.
    pub steps: Vec<Step>,
    /// What stays although it was in our place.
    pub kept: Vec<Kept>,
    /// What a person should know about the steps.
    pub notes: Vec<String>,
}

impl Plan {
    /// Notes that a file stays.
    pub(super) fn keep(&mut self, path: impl Into<String>, why: &'static str) {
        self.kept.push(Kept {
            path: path.into(),
            why,
        });
    }

    /// Adds the removal of a file that contains what it should, or of one whose content
    /// doesn't matter.
    pub(super) fn remove(&mut self, path: impl Into<String>, sha256: Option<Sha256Hex>) {
        self.steps.push(Step::Remove {
            path: path.into(),
            sha256,
        });
    }

    /// Adds the removal of a folder.
    pub(super) fn remove_folder(&mut self, path: impl Into<String>) {
        self.steps.push(Step::RemoveFolder { path: path.into() });
    }
}
