//! The tools that some scenarios need, from PyPI: `uv`, `virtualenv` and `pip` in a venv that is
//! kept for the next time.

use std::path::PathBuf;

use crate::interpreters::{self, Minor};
use crate::{console, venvs, workspace};

/// One version of each, so that nothing new fails an old commit.
const PACKAGES: [&str; 3] = ["uv==0.9.13", "virtualenv==20.35.4", "pip==25.0.1"];

/// What the tools run on; it says nothing about what they make venvs of.
const RUNS_ON: std::ops::RangeInclusive<Minor> = Minor(3, 10)..=Minor(3, 13);

/// The folder with the programs; `None` where they can't be had, with a note that says why.
pub(super) fn find() -> Option<PathBuf> {
    let python = interpreters::find_chosen()
        .ok()?
        .into_iter()
        .find(|python| RUNS_ON.contains(&python.minor()))?;
    let folder = workspace::target().join("matrix-tools");
    match venvs::with_packages(&python, &folder, &PACKAGES, &folder) {
        Ok(()) => Some(folder.join("bin")),
        Err(error) => {
            console::note(&format!("no uv, virtualenv and pip: {error}"));
            None
        }
    }
}
