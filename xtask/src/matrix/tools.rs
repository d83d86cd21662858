//! The tools that some scenarios need, from PyPI: `uv`, `virtualenv` and `pip` in a venv that is
//! kept for the next time.

use std::path::PathBuf;

use crate::{console, venvs, workspace};

use super::columns::{Column, Kind};

/// One version of each, so that nothing new fails an old commit.
const PACKAGES: [&str; 3] = ["uv==0.9.13", "virtualenv==20.35.4", "pip==25.0.1"];

/// The folder with the programs; `None` where they can't be had, with a note that says why.
pub(super) fn find(columns: &[Column]) -> Option<PathBuf> {
    let python = columns
        .iter()
        .filter(|column| column.kind == Kind::CPython && !column.before(9))
        .find(|column| column.before(14))?;
    let folder = workspace::target().join("matrix-tools");
    match venvs::with_packages(&python.python, &folder, &PACKAGES, &folder) {
        Ok(()) => Some(folder.join("bin")),
        Err(error) => {
            console::note(&format!("no uv, virtualenv and pip: {error}"));
            None
        }
    }
}
