//! `cargo xtask starts`: starts a Python again and again while two other processes install other
//! targets into its virtualenv and uninstall them, without end. Each start must be silent and the
//! app as ever, and at the end nothing may be left. `cargo xtask test` does the same fewer times.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use walkdir::WalkDir;

use crate::interpreters::{self, Interpreter, Minor};
use crate::stage::Stage;
use crate::sweep::scene::{Kept, Scene, TARGETS, Variant, described};
use crate::workspace::{self, Profile};
use crate::{console, markdown, process, verdict};

/// Pythons that start at once, and installers that are at work meanwhile.
const AT_ONCE: usize = 2;

/// The short form starts a Python so often.
const FEW: usize = 60;

/// No command of the probe takes longer.
const LIMIT: Duration = Duration::from_secs(60);

/// Arguments of `cargo xtask starts`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many starts of each Python
    #[arg(long, value_name = "N", default_value_t = 1000)]
    times: usize,
    /// Which Pythons
    #[arg(
        long,
        value_name = "3.12,3.13,…",
        value_delimiter = ',',
        default_value = "3.8,3.12,3.14,3.15"
    )]
    python: Vec<Minor>,
    /// As `cargo xtask test` does it: a few starts, with a debug build
    #[arg(long, conflicts_with = "times")]
    short: bool,
}

/// What the starts of one Python came to.
#[derive(Debug, Default)]
struct Outcome {
    /// Commands of the probe that ended meanwhile.
    commands: usize,
    /// Starts in which the probe was at work.
    recorded: usize,
    /// What was wrong with a start.
    bad_starts: Vec<String>,
    /// Commands that failed, and what was left at the end.
    problems: Vec<String>,
}

/// Starts them and prints a table; exits with 1 where something was wrong.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let pythons = interpreters::find_these(&args.python)?;
    let mut problems = 0;
    if args.short {
        let stage = Stage::set("starts", workspace::build(Profile::Debug)?)?;
        for python in &pythons {
            problems += short(&stage, python)?;
        }
        return Ok(verdict::exit(problems == 0));
    }
    let stage = Stage::set("starts", workspace::build(Profile::Release)?)?;
    let mut rows = Vec::new();
    for python in &pythons {
        let outcome = disturb(&stage, python, args.times)?;
        problems += outcome.say();
        rows.push(vec![
            python.version.clone(),
            args.times.to_string(),
            outcome.recorded.to_string(),
            outcome.commands.to_string(),
            outcome.bad_starts.len().to_string(),
            outcome.problems.len().to_string(),
        ]);
    }
    console::line(&format!(
        "\nStarts of a Python while two installers are at work on its virtualenv.\n\n{}",
        markdown::table(
            &[
                "Python",
                "starts",
                "with the probe",
                "commands meanwhile",
                "bad starts",
                "other problems"
            ],
            &rows
        )
    ));
    Ok(verdict::exit(problems == 0))
}

/// The short form; the number of problems.
pub(crate) fn short(stage: &Stage, python: &Interpreter) -> Result<usize> {
    let outcome = disturb(stage, python, FEW)?;
    console::line(&format!(
        "Python {}: {FEW} starts, {} of them with the probe, during {} commands of two installers",
        python.version, outcome.recorded, outcome.commands
    ));
    Ok(outcome.say())
}

impl Outcome {
    /// Prints what was wrong; how much that is.
    fn say(&self) -> usize {
        for bad in &self.bad_starts {
            console::line(&format!("problem: a start: {bad}"));
        }
        for problem in &self.problems {
            console::line(&format!("problem: {problem}"));
        }
        self.bad_starts.len() + self.problems.len()
    }
}

/// Starts one Python so often while the installers are at work.
fn disturb(stage: &Stage, python: &Interpreter, times: usize) -> Result<Outcome> {
    let scene = Scene::set(stage, python, Variant::Plain, "starts")?;
    scene.restore(Kept::Clean)?;
    let outcome = Mutex::new(Outcome::default());
    let (started, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let install = |number| install_and_uninstall(&scene, number, &is_over, &outcome);
    let install = &install;
    thread::scope(|scope| {
        let installers: Vec<_> = (0..AT_ONCE)
            .map(|number| scope.spawn(move || install(number)))
            .collect();
        let starters: Vec<_> = (0..AT_ONCE)
            .map(|_| scope.spawn(|| start(&scene, times, &started, &outcome)))
            .collect();
        let started = joined(starters);
        is_over.store(true, Ordering::Relaxed);
        started.and(joined(installers))
    })?;
    let mut outcome = outcome.into_inner().unwrap_or_default();
    ensure!(outcome.commands > 0, "no installer was at work meanwhile");
    process::output_within(&mut scene.probe("uninstall"), LIMIT)?;
    let left = scene.differences()?;
    if !left.is_empty() {
        outcome
            .problems
            .push(format!("at the end: {}", left.join(", ")));
    }
    outcome.recorded = WalkDir::new(scene.data())
        .into_iter()
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|it| it == "rec"))
        .count();
    Ok(outcome)
}

fn joined(threads: Vec<thread::ScopedJoinHandle<'_, Result<()>>>) -> Result<()> {
    threads.into_iter().try_for_each(|thread| {
        let ended = thread.join();
        ended.unwrap_or_else(|_| Err(anyhow::anyhow!("a thread of the task ended")))
    })
}

/// Starts Pythons until all together were started so often.
fn start(
    scene: &Scene<'_>,
    times: usize,
    started: &AtomicUsize,
    outcome: &Mutex<Outcome>,
) -> Result<()> {
    while started.fetch_add(1, Ordering::Relaxed) < times {
        if let Some(bad) = scene.start()?
            && let Ok(mut outcome) = outcome.lock()
        {
            outcome.bad_starts.push(bad);
        }
    }
    Ok(())
}

/// Installs, upgrades and uninstalls in turn until it is over; which comes first depends on the
/// installer's number.
fn install_and_uninstall(
    scene: &Scene<'_>,
    number: usize,
    is_over: &AtomicBool,
    outcome: &Mutex<Outcome>,
) -> Result<()> {
    for turn in number.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let mut command = match TARGETS.get(turn % (TARGETS.len() + 1)) {
            Some(targets) => scene.install(targets),
            None => scene.uninstall_without_proof(),
        };
        let output = process::output_within(&mut command, LIMIT)?;
        // The other installer may have uninstalled.
        let nothing_there = output.status.code() == Some(3)
            && String::from_utf8_lossy(&output.stderr).contains("isn't installed");
        let Ok(mut outcome) = outcome.lock() else {
            break;
        };
        outcome.commands += 1;
        if !(output.status.success() || nothing_there) {
            outcome
                .problems
                .push(format!("a command: {}", described(&output)));
        }
    }
    Ok(())
}
