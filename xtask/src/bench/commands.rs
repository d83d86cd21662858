//! What the commands that change a virtualenv take, as whole processes, in turn with a bare start
//! of its Python, so that all meet the same weather.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::LIMIT;
use super::figures::median;
use crate::interpreters::Interpreter;
use crate::stage::Stage;
use crate::{markdown, process, venvs};

/// In the order in which they run, which leaves the virtualenv as it was. Nothing is kept from
/// earlier installations for the first of them.
const COMMANDS: [(&str, &[&str]); 7] = [
    ("install, the first", &["install", "-t", "json:dumps"]),
    ("uninstall", &["uninstall"]),
    ("install", &["install", "-t", "json:dumps"]),
    ("install, other targets", &["install", "-t", "json:loads"]),
    ("install, the same again", &["install", "-t", "json:loads"]),
    ("status --no-start", &["status", "--no-start"]),
    ("uninstall, once more", &["uninstall"]),
];

/// The command before which what earlier installations left in the cache is removed.
const FIRST: usize = 1;

/// Rounds that only warm the caches of files.
const WARM_UP: usize = 2;

/// Measures on each Python and returns the table.
pub(super) fn measure(stage: &Stage, pythons: &[Interpreter], runs: usize) -> Result<String> {
    let mut rows = Vec::new();
    for python in pythons {
        let venv = stage.folder().join(format!("{}-commands", python.minor()));
        venvs::bare(python, &venv)?;
        let mut times = vec![Vec::new(); COMMANDS.len() + 1];
        for round in 0..WARM_UP + runs {
            let commands = commands(stage, &venv);
            for (number, (times, command)) in times.iter_mut().zip(commands).enumerate() {
                if number == FIRST {
                    forget(stage)?;
                }
                let time = run(command)?;
                if round >= WARM_UP {
                    times.push(time);
                }
            }
        }
        let row = times.iter().map(|times| format!("{:.1}", median(times)));
        rows.push([python.version.clone()].into_iter().chain(row).collect());
    }
    let mut head = vec!["Python", "`python -c pass`"];
    head.extend(COMMANDS.iter().map(|(name, _)| *name));
    Ok(format!(
        "\nCommands: whole processes, ms, median of {runs}.\n\n{}",
        markdown::table(&head, &rows)
    ))
}

/// Removes what is kept for the next installation.
fn forget(stage: &Stage) -> Result<()> {
    let cache = stage.folder().join("data/.cache/probe/bytecode");
    match std::fs::remove_dir_all(&cache) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("`{}` can't be removed", cache.display()))
        }
        _ => Ok(()),
    }
}

/// The bare start, and then the commands.
fn commands(stage: &Stage, venv: &Path) -> Vec<Command> {
    let mut bare = stage.command(&venvs::python(venv));
    bare.args(["-c", "pass"]);
    let ours = COMMANDS.iter().map(|(_, arguments)| {
        let mut command = stage.probe();
        command.args(*arguments).arg("--venv").arg(venv);
        command
    });
    [bare].into_iter().chain(ours).collect()
}

/// The time from its start to its end, in milliseconds.
fn run(mut command: Command) -> Result<f64> {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let begin = Instant::now();
    let status = command.status()?;
    let time = begin.elapsed();
    if !status.success() {
        // Once more, for what it says.
        process::run_quietly(&mut command, LIMIT)?;
        bail!("a command ended with {status}");
    }
    Ok(time.as_secs_f64() * 1e3)
}
