//! The tools of users, from PyPI, in a venv of their own that is kept for the next time.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::interpreters::Interpreter;
use crate::{console, venvs, workspace};

/// What is in the venv: one version of each, so that nothing new fails an old commit.
const PACKAGES: [&str; 4] = [
    "uv==0.13.9",
    "pip-tools==7.6.2",
    "poetry==2.5.1",
    "virtualenv==21.15.11",
];

/// A program that users change their virtualenvs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    Uv,
    PipSync,
    Poetry,
    Virtualenv,
}

impl Tool {
    /// Its command.
    fn name(self) -> &'static str {
        match self {
            Self::Uv => "uv",
            Self::PipSync => "pip-sync",
            Self::Poetry => "poetry",
            Self::Virtualenv => "virtualenv",
        }
    }
}

/// Where the tools are.
pub(super) struct Tools {
    folder: Option<PathBuf>,
}

impl Tools {
    /// Makes the venv with the tools, or takes the one from the last time.
    ///
    /// # Errors
    /// It can't be made, and `require` says that it must.
    pub(super) fn prepare(pythons: &[Interpreter], require: bool) -> Result<Self> {
        let folder = workspace::target().join("pythons/survival");
        match prepare(pythons, &folder) {
            Ok(()) => Ok(Self {
                folder: Some(folder),
            }),
            Err(error) if !require => {
                console::error(&error);
                Ok(Self::none())
            }
            Err(error) => Err(error),
        }
    }

    /// No tool but what Python brings.
    pub(super) fn none() -> Self {
        Self { folder: None }
    }

    /// Why a tool isn't there; none where it is.
    pub(super) fn lacks(&self, tool: Tool) -> Option<String> {
        let program = self.program(tool);
        let lacks = program.is_none_or(|program| !program.is_file());
        lacks.then(|| format!("no {}", tool.name()))
    }

    /// The program of a tool.
    pub(super) fn program(&self, tool: Tool) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        Some(folder.join("bin").join(tool.name()))
    }
}

fn prepare(pythons: &[Interpreter], folder: &Path) -> Result<()> {
    if pythons
        .iter()
        .any(|python| venvs::is_ready(python, folder, &PACKAGES))
    {
        return Ok(());
    }
    let python = pythons
        .iter()
        .rev()
        .find(|python| venvs::with_own_pip(python, folder))
        .context("no Python that was found can put pip into a virtualenv")?;
    venvs::fill(python, folder, &PACKAGES, folder)
}
