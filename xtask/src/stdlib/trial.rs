//! One run of the tests by one interpreter, in a temporary folder of its own: tests write files.
//! What its outcome means is for `comparison`.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::interpreters::Interpreter;
use crate::{process, workspace};

/// No run takes longer, also on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(40 * 60);

/// An interpreter answers the question below in less.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// Exits with 0 where there are tests; distributions leave them out, but for `test.support`.
const HAS_TESTS: &str = "\
import importlib.util, sys
sys.exit(importlib.util.find_spec('test.test_json') is None)";

/// How the tests run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way<'a> {
    /// As they are.
    Plain,
    /// With calls in the functions of the standard library.
    Rewritten,
    /// With tokens in all code, by the native module in this file.
    Native(&'a Path),
}

/// What `stdlib_tests.py` answers.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Outcome {
    /// How many tests ran.
    pub(super) tests: u64,
    /// The last line of each failure, by the id of its test.
    pub(super) failed: BTreeMap<String, String>,
    /// What was rewritten, and the calls of that; `None` for the plain way.
    pub(super) rewriting: Option<Rewriting>,
}

/// What was rewritten, and what came of it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Rewriting {
    /// Functions that got calls.
    pub(super) functions: u64,
    /// Functions that the assembler refused, each with its reason.
    pub(super) refused: Vec<String>,
    /// Calls that began.
    pub(super) begun: u64,
    /// Calls that returned.
    pub(super) ended: u64,
    /// Calls that raised.
    pub(super) failed: u64,
}

/// Tells whether the interpreter brings CPython's tests.
pub(super) fn has_tests(python: &Interpreter) -> bool {
    let mut command = command(python);
    command.args(["-c", HAS_TESTS]);
    process::run_quietly(&mut command, ANSWER_LIMIT).is_ok()
}

/// Runs the tests.
///
/// # Errors
/// The interpreter crashed or hung; the error names the test in which that happened.
pub(super) fn run(python: &Interpreter, way: Way<'_>, tests: &[&str]) -> Result<Outcome> {
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    let (work, answer) = (folder.path().join("work"), folder.path().join("answer"));
    fs::create_dir(&work).with_context(|| format!("`{}`", work.display()))?;
    let mut command = command(python);
    command
        .current_dir(&work)
        .env("TMPDIR", &work)
        .arg(workspace::root().join("xtask/assets/stdlib_tests.py"));
    match way {
        Way::Plain => {}
        Way::Rewritten => {
            command.arg("--rewrite");
            command.arg(workspace::root().join("assets/runtime"));
        }
        Way::Native(module) => {
            command.arg("--native").arg(module);
        }
    }
    command.arg(&answer).args(tests);
    process::run_quietly(&mut command, LIMIT).with_context(|| {
        let running = fs::read_to_string(folder.path().join("running"));
        let running = running.unwrap_or_else(|_| "no test".to_owned());
        format!("{way}, Python {} didn't get past {running}", python.version)
    })?;
    let text = fs::read(&answer).context("`stdlib_tests.py` gave no answer")?;
    serde_json::from_slice(&text).context("the answer of `stdlib_tests.py` can't be understood")
}

/// The interpreter, without what this environment sets for Pythons.
fn command(python: &Interpreter) -> Command {
    let mut command = Command::new(&python.path);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PYTHON") {
            command.env_remove(name);
        }
    }
    command
}

impl fmt::Display for Way<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Rewritten => "rewritten",
            Self::Native(_) => "rewritten natively",
        })
    }
}
