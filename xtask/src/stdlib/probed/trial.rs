//! One module of tests in one venv, in a temporary folder of its own: tests write files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::stage::Stage;
use crate::{process, venvs, workspace};

/// No module takes longer, also on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// The two venvs of one interpreter.
pub(super) struct Venvs {
    pub(super) plain: PathBuf,
    pub(super) probed: PathBuf,
}

/// What `stdlib_tests.py` answers.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    /// How each test ended, by its id.
    pub(super) outcomes: BTreeMap<String, String>,
    /// What the probe did; `None` where there is none.
    pub(super) probe: Option<Probe>,
}

/// What the probe did in the process that ran the tests.
#[derive(Debug, Deserialize)]
pub(super) struct Probe {
    pub(super) engine: Option<String>,
    /// Functions that were called.
    pub(super) functions: u64,
    pub(super) calls: u64,
}

/// Runs one module of tests.
///
/// # Errors
/// The interpreter crashed or hung; the error names the test in which that happened.
pub(super) fn run(stage: &Stage, venv: &Path, module: &str) -> Result<Answer> {
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    let (work, answer) = (folder.path().join("work"), folder.path().join("answer"));
    fs::create_dir(&work).with_context(|| format!("`{}`", work.display()))?;
    let mut command = stage.command(&venvs::python(venv));
    command
        .current_dir(&work)
        .env("TMPDIR", &work)
        .arg(workspace::root().join("xtask/assets/stdlib_tests.py"))
        .arg("--reader")
        .arg(workspace::root().join("tests/payload"))
        .arg(&answer)
        .arg(module);
    process::run_quietly(&mut command, LIMIT).with_context(|| {
        let running = fs::read_to_string(folder.path().join("running"));
        format!(
            "the Python of `{}` didn't get past {}",
            venv.display(),
            running.unwrap_or_else(|_| "no test".to_owned())
        )
    })?;
    let text = fs::read(&answer).context("`stdlib_tests.py` gave no answer")?;
    serde_json::from_slice(&text).context("the answer of `stdlib_tests.py` can't be understood")
}
