//! The payload's own tests, in Python, on one interpreter.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::tally::Tally;
use crate::interpreters::Interpreter;
use crate::{console, process, venvs, workspace};

/// Where they lie: the payload's, and those of the programs that other tests rely on.
const FOLDERS: [&str; 2] = ["tests/payload", "tests/programs"];

/// What they need: the last version for Pythons that newer ones don't run on, and one for the rest.
const PACKAGES: [&str; 3] = [
    r#"pytest==8.3.5; python_version == "3.8""#,
    r#"pytest==8.4.2; python_version == "3.9""#,
    r#"pytest==9.2.0; python_version >= "3.10""#,
];

/// Runs the tests on one interpreter, in a venv that is kept for the next time.
pub(super) fn run(python: &Interpreter, tools: &Path) -> Result<Tally> {
    console::heading(&format!("Python {}", python.version));
    let venv = workspace::target().join(format!("pythons/{}", python.minor()));
    venvs::with_packages(python, &venv, &PACKAGES, tools)?;
    let mut command = Command::new(venvs::python(&venv));
    command
        .args(["-m", "pytest", "--quiet", "-p", "no:cacheprovider"])
        .args(FOLDERS)
        .current_dir(workspace::root())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    console::command(&command);
    let mut tally = Tally::default();
    let status = process::follow(&mut command, |line| {
        if let Some(last) = Tally::of_pytest(line) {
            tally = last;
        }
    })?;
    Ok(tally.with_exit(status.success()))
}
