//! `cargo xtask kills`: kills a program at random moments, and checks that no call is missing in
//! its recording that had returned, that none is there which hadn't been about to, and that the
//! file reads. `cargo xtask test` does the same with fewer kills.

mod truth;

use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::engine::{self, Engine};
use crate::interpreters::{self, Interpreter, Minor};
use crate::stage::{Setup, Stage};
use crate::workspace::{self, Profile};
use crate::{console, process, venvs, verdict};
use truth::{Counted, Report, Truth};

/// What is recorded: everything that publishes its count, and not what counts.
const TARGETS: [&str; 4] = [
    "published:**",
    "!published:bump",
    "!published:Counts.*",
    "!published:_*",
];

/// The details, in turn.
const DETAILS: [(&str, Counted); 3] = [
    ("tree", Counted::AsItEnds),
    ("time", Counted::AsItEnds),
    ("count", Counted::AsItBegins),
];

/// A program is killed at latest so long after its work began.
const LONGEST: Duration = Duration::from_millis(120);

/// A report takes no longer.
const LIMIT: Duration = Duration::from_secs(60);

/// Arguments of `cargo xtask kills`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many kills a Python
    #[arg(long, value_name = "N", default_value_t = 200)]
    times: usize,
    /// Which Pythons
    #[arg(
        long,
        value_name = "3.12,3.13,…",
        value_delimiter = ',',
        default_value = "3.12,3.13"
    )]
    python: Vec<Minor>,
    /// Which of the probe's engines; without, each
    #[arg(long, env = "PROBE_ENGINE")]
    engine: Option<Engine>,
}

/// Kills and checks; exits with 1 where a recording isn't true.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let stage = Stage::set("kills", workspace::build(Profile::Debug)?)?;
    let pythons = interpreters::find_these(&args.python)?;
    let mut problems = 0;
    for &engine in engine::wanted(&args.engine) {
        for python in &pythons {
            problems += kill(&stage, engine, python, args.times)?;
        }
    }
    Ok(verdict::exit(problems == 0))
}

/// Kills so many programs of one Python, says what came of it, and returns the number of problems.
pub(crate) fn kill(
    stage: &Stage,
    engine: Engine,
    python: &Interpreter,
    times: usize,
) -> Result<usize> {
    let mut problems = 0;
    let (mut calls, mut in_flight) = (0, 0);
    for (index, (detail, counted)) in DETAILS.iter().enumerate() {
        let setup = Setup {
            engine,
            detail,
            targets: &TARGETS,
        };
        let venv = stage.venv_with_probe(python, &format!("{engine}-{detail}"), setup)?;
        for number in (index..times).step_by(DETAILS.len()) {
            let name = format!("{engine}-{}-{number}", python.minor());
            let folder = stage.folder().join(name);
            let (truth, report) = one(stage, &venv, &folder)
                .with_context(|| format!("kill {number}, detail `{detail}`"))?;
            report.check(engine)?;
            calls += truth.returned();
            in_flight += truth.in_flight();
            let wrong = truth.compare(&report, *counted);
            for problem in &wrong {
                console::line(&format!(
                    "problem: kill {number}, detail `{detail}`: {problem}"
                ));
            }
            problems += wrong.len();
            if wrong.is_empty() {
                fs::remove_dir_all(&folder).with_context(|| format!("`{}`", folder.display()))?;
            }
        }
    }
    ensure!(calls > 0, "no call returned before a kill");
    console::line(&format!(
        "Python {}, engine {engine}: {times} kills, {calls} calls had returned, {in_flight} were in \
         flight; {problems} problems",
        python.version
    ));
    Ok(problems)
}

/// One program from its start to the report of what it left behind.
fn one(stage: &Stage, venv: &Path, folder: &Path) -> Result<(Truth, Report)> {
    fs::create_dir_all(folder).with_context(|| format!("`{}`", folder.display()))?;
    let (counts, data) = (folder.join("counts"), folder.join("data"));
    let mut child = stage
        .command(&venvs::python(venv))
        .env("PROBE_DATA_DIR", &data)
        .arg(workspace::root().join("tests/stress/victim.py"))
        .arg(&counts)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("the victim can't be started")?;
    let mut names = String::new();
    let stdout = child.stdout.take().context("the victim has no stdout")?;
    BufReader::new(stdout).read_line(&mut names)?;
    thread::sleep(moment());
    child.kill()?;
    let status = child.wait()?;
    ensure!(
        status.code().is_none(),
        "the victim ended by itself, with {status}"
    );
    let truth = Truth::read(&names, &counts)?;
    let mut report = stage.probe();
    report.args(["report", "--json", "--data-dir"]).arg(&data);
    let output = process::output_within(&mut report, LIMIT)?;
    Ok((truth, Report::of(&output)?))
}

/// A random time below [`LONGEST`]; half of them in the first fifth, when the file grows.
fn moment() -> Duration {
    let random = RandomState::new().build_hasher().finish();
    let longest = if random & 1 == 0 {
        LONGEST
    } else {
        LONGEST / 5
    };
    let share = f64::from(u32::try_from(random >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX);
    longest.mul_f64(share)
}
