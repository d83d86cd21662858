//! Whose recordings a command is about: a venv's, or all below a data root.

use std::error::Error as _;
use std::path::{Path, PathBuf};

use super::venv;
use crate::exit::{Diagnose, Failure};
use crate::printer::Printer;
use crate::recording::store::{self, Folder};
use crate::recording::{Error, place};

/// Whose recordings are read.
pub(super) struct Scope {
    /// None for all venvs below a data root.
    pub(super) venv: Option<PathBuf>,
    /// The data root, or the venv's folders below data roots.
    places: Vec<PathBuf>,
    pub(super) recordings: Vec<PathBuf>,
}

impl Scope {
    /// The places, for a message.
    pub(super) fn places(&self) -> String {
        let places: Vec<String> = self
            .places
            .iter()
            .map(|it| it.display().to_string())
            .collect();
        places.join("` and `")
    }

    /// The failure of a command that finds no recording here.
    pub(super) fn nothing(&self) -> Failure {
        Failure::environment(
            format!("nothing is recorded in `{}`", self.places()),
            "install the probe with `probe install` and start a program, or start it with \
             `probe run -- COMMAND`"
                .to_owned(),
        )
    }
}

/// Finds the venv and its folders; with a data root and no venv, all folders below the root.
pub(super) fn find(
    given: Option<&Path>,
    data_dir: Option<&Path>,
    printer: Printer,
) -> Result<Scope, Failure> {
    let venv = if data_dir.is_some() {
        venv::choose_if_any(given, printer)?
    } else {
        Some(venv::choose(given, printer)?)
    };
    let mut recordings = Vec::new();
    let Some(venv) = venv else {
        let root = place::data_root(data_dir);
        for folder in store::folders(&root)? {
            match folder.recordings() {
                Ok(more) => recordings.extend(more),
                // One folder of somebody else must not hide all others.
                Err(error) => printer.warning(&sentence(&error)),
            }
        }
        return Ok(Scope {
            venv: None,
            places: vec![root],
            recordings,
        });
    };
    let places = venv::stores(&venv, data_dir);
    for path in &places {
        recordings.extend(Folder { path: path.clone() }.recordings()?);
    }
    Ok(Scope {
        venv: Some(venv.root),
        places,
        recordings,
    })
}

/// An error, its cause and what to do, in one line.
pub(super) fn sentence(error: &Error) -> String {
    let mut text = error.to_string();
    if let Some(cause) = error.source() {
        text.push_str(&format!(": {cause}"));
    }
    if let Some(hint) = error.hint() {
        text.push_str(&format!("; {hint}"));
    }
    text
}
