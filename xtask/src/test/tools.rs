//! The venv with the linters and the makers of virtualenvs that tests use, whose pip also fills
//! the venvs of Pythons that bring none.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::interpreters::Interpreter;
use crate::{venvs, workspace};

/// What is in it: the newest pip, which knows the newest Pythons, and one version of the rest,
/// so that nothing new fails an old commit.
const PACKAGES: [&str; 5] = [
    "pip",
    "ruff==0.17.6",
    "uv==0.13.9",
    r#"virtualenv==20.26.6; python_version == "3.8""#,
    r#"virtualenv==21.15.11; python_version >= "3.9""#,
];

/// The variables that tell tests where the makers of virtualenvs are.
pub(super) fn variables(tools: &Path) -> [(&'static str, PathBuf); 2] {
    [
        ("PROBE_TEST_UV", tools.join("bin/uv")),
        ("PROBE_TEST_VIRTUALENV", tools.join("bin/virtualenv")),
    ]
}

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
