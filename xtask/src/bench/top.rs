//! What `probe top` costs: the processor time that it takes a second on a terminal, one refresh
//! a second, while so many processes record. Nothing is simulated: they are Pythons with the
//! probe, at work.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::engine::Engine;
use crate::interpreters::Interpreter;
use crate::stage::{Setup, Stage};
use crate::{markdown, process, venvs, workspace};

/// Most that is to be taken of a core, in percent, where 100 processes are watched.
const LIMIT_PERCENT: f64 = 2.0;

/// Seconds before the measuring, and of it.
const WARM_UP: usize = 4;

/// Watching takes no longer.
const PATIENCE: Duration = Duration::from_secs(300);

/// Arguments of `cargo xtask bench top`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many processes are watched
    #[arg(long, default_value_t = 100)]
    processes: usize,
}

/// Functions of each process, and how many of them are called twice a second.
const FLEETS: [(usize, usize); 5] = [(50, 0), (50, 5), (50, 50), (200, 20), (200, 200)];

/// Measures and returns the table.
pub(super) fn measure(
    stage: &Stage,
    engine: Engine,
    python: &Interpreter,
    seconds: usize,
    args: &Args,
) -> Result<String> {
    let setup = Setup {
        engine,
        detail: "tree",
        targets: &["watched_functions:*"],
    };
    let venv = stage.venv_with_probe(python, "watched", setup)?;
    let mut rows = Vec::new();
    for (functions, active) in FLEETS {
        write_functions(stage, functions)?;
        let recordings = stage.folder().join("data");
        let fleet = Fleet::start(stage, &venv, [args.processes, functions, active])?;
        let (milliseconds, mebibytes) = watch(stage, &venv, seconds)?;
        fleet.end()?;
        forget(&recordings)?;
        let percent = milliseconds / 10.0;
        let verdict = if percent <= LIMIT_PERCENT {
            "met"
        } else {
            "missed"
        };
        rows.push(vec![
            functions.to_string(),
            active.to_string(),
            format!(
                "{milliseconds:.1} (at most {}, {verdict})",
                LIMIT_PERCENT * 10.0
            ),
            format!("{percent:.2} %"),
            format!("{mebibytes:.0}"),
        ]);
    }
    let head = [
        "functions of each",
        "of them called each second",
        "processor time a refresh, ms",
        "of a core",
        "resident, MiB",
    ];
    Ok(format!(
        "\n`probe top`, {} processes of Python {}, engine {engine}, detail tree, one refresh a second; mean of {seconds} refreshes.\n\n{}",
        args.processes,
        python.version,
        markdown::table(&head, &rows)
    ))
}

fn write_functions(stage: &Stage, functions: usize) -> Result<()> {
    let body = |number| format!("def f{number:03}(x):\n    return sum(range(int(x * 200)))\n\n\n");
    let text: String = (0..functions).map(body).collect();
    let path = stage.folder().join("watched_functions.py");
    fs::write(&path, text).with_context(|| format!("`{}`", path.display()))
}

fn asset(name: &str) -> PathBuf {
    workspace::root().join("xtask/assets").join(name)
}

/// The processes that are watched.
struct Fleet(Child);

impl Fleet {
    fn start(stage: &Stage, venv: &Path, numbers: [usize; 3]) -> Result<Self> {
        let mut command = stage.command(&venvs::python(venv));
        let mut child = command
            .env("PYTHONPATH", stage.folder())
            .arg(asset("watched_fleet.py"))
            .args(numbers.map(|number| number.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the processes can't be started")?;
        let output = child.stdout.take().context("it has no stdout")?;
        let called = BufReader::new(output).lines().take(numbers[0]).count();
        let fleet = Self(child);
        if called < numbers[0] {
            bail!("{called} of {} processes did anything", numbers[0]);
        }
        Ok(fleet)
    }

    /// Ends all of them, which wait for that.
    fn end(mut self) -> Result<()> {
        drop(self.0.stdin.take());
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// The milliseconds of processor time a second, and the MiB that were resident at most.
fn watch(stage: &Stage, venv: &Path, seconds: usize) -> Result<(f64, f64)> {
    let probe = stage.probe();
    let mut command: Command = stage.command(&venvs::python(venv));
    command
        .env("PROBE_DISABLE", "1")
        .arg(asset("watch_top.py"))
        .args(["120", "40"])
        .args([WARM_UP, seconds].map(|number| number.to_string()))
        .arg(probe.get_program())
        .args(["top", "--venv"])
        .arg(venv);
    let output = process::run_quietly(&mut command, PATIENCE)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map(str::parse::<f64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(milliseconds)), Some(Ok(mebibytes))) => Ok((milliseconds, mebibytes)),
        _ => bail!("`probe top` could not be watched: {text}"),
    }
}

/// Removes the recordings, so that the next processes are the only ones.
fn forget(data: &Path) -> Result<()> {
    for entry in walkdir::WalkDir::new(data) {
        let entry = entry?;
        if entry.path().extension().is_some_and(|it| it == "rec") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
