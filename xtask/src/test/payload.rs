//! The payload's own tests, in Python, on one interpreter.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::tally::Tally;
use crate::interpreters::{Interpreter, Minor};
use crate::{console, process, venvs, workspace};

/// Where they lie: the payload's, and those of the programs that other tests rely on.
const FOLDERS: [&str; 2] = ["tests/payload", "tests/programs"];

/// What they need: the last version for Pythons that newer ones don't run on, and one for the rest.
const PACKAGES: [&str; 3] = [
    r#"pytest==8.3.5; python_version == "3.8""#,
    r#"pytest==8.4.2; python_version == "3.9""#,
    r#"pytest==9.2.0; python_version >= "3.10""#,
];

/// From here on, functions that are called often get the calls into their code; the payload's
/// tests run once more with that happening at once.
const PROMOTES_FROM: Minor = Minor(3, 12);

/// Runs the tests on one interpreter, in a venv that is kept for the next time.
pub(super) fn run(python: &Interpreter, tools: &Path) -> Result<Tally> {
    console::heading(&format!("Python {}", python.version));
    let venv = workspace::target().join(format!("pythons/{}", python.minor()));
    venvs::with_packages(python, &venv, &PACKAGES, tools)?;
    let mut tally = pytest(&venv, &FOLDERS, None)?;
    if python.minor() >= PROMOTES_FROM {
        tally += pytest(&venv, &FOLDERS[..1], Some("1"))?;
    }
    Ok(tally)
}

/// Runs pytest; functions are promoted after that many calls.
fn pytest(venv: &Path, folders: &[&str], promote_after: Option<&str>) -> Result<Tally> {
    let mut command = Command::new(venvs::python(venv));
    command
        .args(["-m", "pytest", "--quiet", "-p", "no:cacheprovider"])
        .args(folders)
        .current_dir(workspace::root())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    if let Some(calls) = promote_after {
        command.env("PROBE_TEST_PROMOTE_AFTER", calls);
    }
    console::command(&command);
    let mut tally = Tally::default();
    let status = process::follow(&mut command, |line| {
        if let Some(last) = Tally::of_pytest(line) {
            tally = last;
        }
    })?;
    Ok(tally.with_exit(status.success()))
}
