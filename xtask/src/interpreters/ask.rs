//! Asking an interpreter what it is, by starting it without the site's start-up files.

use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::Interpreter;
use super::search::Candidate;
use crate::process;

/// Prints the answer as one line of JSON; runs on every Python that knows `-I`.
const QUESTION: &str = "\
import json, os, platform, sys, sysconfig
print(json.dumps({
    'path': os.path.realpath(sys.executable),
    'version': platform.python_version(),
    'order': sys.hexversion,
    'implementation': sys.implementation.name,
    'free_threaded': bool(sysconfig.get_config_var('Py_GIL_DISABLED')),
}))";

/// An interpreter that takes longer is no use for tests.
const LIMIT: Duration = Duration::from_secs(20);

#[derive(Debug, Deserialize)]
struct Answer {
    path: PathBuf,
    version: String,
    order: u32,
    implementation: String,
    free_threaded: bool,
}

/// Asks all candidates at the same time; the answers come in their order.
pub(super) fn all(candidates: &[Candidate]) -> Vec<Result<Interpreter>> {
    thread::scope(|scope| {
        let asked: Vec<_> = candidates
            .iter()
            .map(|candidate| scope.spawn(|| ask(candidate)))
            .collect();
        asked
            .into_iter()
            .map(|thread| match thread.join() {
                Ok(answer) => answer,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    })
}

fn ask(candidate: &Candidate) -> Result<Interpreter> {
    let mut command = Command::new(&candidate.path);
    command.args(["-I", "-S", "-c", QUESTION]);
    let output = process::output_within(&mut command, LIMIT)?;
    if !output.status.success() {
        bail!("it ended with {}", output.status);
    }
    let answer: Answer =
        serde_json::from_slice(&output.stdout).context("its answer can't be understood")?;
    Ok(Interpreter {
        path: answer.path,
        version: answer.version,
        order: answer.order,
        implementation: answer.implementation,
        free_threaded: answer.free_threaded,
        source: candidate.source,
    })
}
