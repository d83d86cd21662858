//! What the commands that work on a venv share: choosing it aloud, and the registry.

use std::path::Path;

use crate::exit::{Exit, Failure};
use crate::printer::Printer;
use crate::python::{self, Venv};
use crate::recording::place::data_root;
use crate::site::Registry;

/// Finds the venv that is meant and says on stderr which one it is.
pub(super) fn choose(given: Option<&Path>, printer: Printer) -> Result<Venv, Failure> {
    let venv = python::find(given)?;
    printer.message(&format!(
        "using the virtualenv `{}` ({})",
        venv.root.display(),
        venv.chosen
    ));
    Ok(venv)
}

/// The registry of this user: in `PROBE_DATA_DIR` where that is set, else in the usual data
/// root, whatever `--data-dir` a single install was given.
pub(super) fn registry() -> Registry {
    let root = std::env::var_os("PROBE_DATA_DIR").filter(|root| !root.is_empty());
    Registry::new(data_root(root.as_deref().map(Path::new)))
}

/// Remembers or forgets a venv. The registry is only a help, so a failure is only a warning.
pub(super) fn note<E: std::error::Error>(result: Result<Option<String>, E>, printer: Printer) {
    match result {
        Ok(None) => {}
        Ok(Some(damage)) => printer.warning(&damage),
        Err(error) => {
            let cause = error
                .source()
                .map(|cause| format!(": {cause}"))
                .unwrap_or_default();
            printer.warning(&format!("{error}{cause}; `--all` won't know this change"));
        }
    }
}

/// The failure of `--all` where no venv is known.
pub(super) fn nothing_registered() -> Failure {
    Failure::environment(
        "the probe isn't installed in any virtualenv that is known",
        Some(
            "give one with `--venv DIR` if it was installed by another user or data folder".into(),
        ),
    )
}

/// The exit of a command over several venvs: that of the one which went worst.
pub(super) fn worse(one: Exit, other: Exit) -> Exit {
    if other.code() > one.code() {
        other
    } else {
        one
    }
}
