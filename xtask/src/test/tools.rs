//! The venv with the linters, whose pip also fills the venvs of Pythons that bring none.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::interpreters::Interpreter;
use crate::{venvs, workspace};

/// What is in it: the newest pip, which knows the newest Pythons, and one version of ruff, so
/// that no new rule fails an old commit.
const PACKAGES: [&str; 2] = ["pip", "ruff==0.17.6"];

/// Makes the venv, or takes the one from the last time, and returns its folder.
pub(super) fn prepare(pythons: &[Interpreter]) -> Result<PathBuf> {
    let folder = workspace::target().join("pythons/tools");
    if pythons
        .iter()
        .any(|python| venvs::is_ready(python, &folder, &PACKAGES))
    {
        return Ok(folder);
    }
    let python = pythons
        .iter()
        .rev()
        .find(|python| venvs::with_own_pip(python, &folder))
        .context(
            "no Python that was found can put pip into a virtualenv, and tests need pytest and ruff \
             from PyPI (on Debian and Ubuntu, install the package python3-venv)",
        )?;
    venvs::fill(python, &folder, &PACKAGES, &folder)?;
    Ok(folder)
}
