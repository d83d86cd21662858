//! `cargo xtask sweep`: kills the installer at every system call of an install, an upgrade and an
//! uninstall. After each kill a Python must start as ever, `status` must say what is there, and
//! the next command must heal it. `cargo xtask test` does the same at fewer points.

mod calls;
pub(crate) mod scene;
#[cfg(target_os = "linux")]
mod tracer;
mod trial;

use std::num::NonZero;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Result, ensure};

use crate::interpreters::{self, Interpreter, Minor};
use crate::stage::Stage;
use crate::workspace::{self, Profile};
use crate::{console, markdown, verdict};
use calls::Counted;
use scene::{Scene, Variant};
use trial::{Found, Healing, Operation};

/// All of them, in the order of the table.
const OPERATIONS: [Operation; 3] = [Operation::Install, Operation::Upgrade, Operation::Uninstall];

/// Programs are killed by so many threads at once, each with a virtualenv of its own.
const MOST_THREADS: usize = 4;

/// The short form kills each operation about so often.
const FEW: usize = 24;

/// Arguments of `cargo xtask sweep`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which Pythons
    #[arg(
        long,
        value_name = "3.12,3.13,…",
        value_delimiter = ',',
        default_value = "3.12"
    )]
    python: Vec<Minor>,
    /// What is killed; without, each
    #[arg(long, value_delimiter = ',')]
    operation: Vec<Operation>,
    /// Only at every N-th point
    #[arg(long, value_name = "N", default_value = "1")]
    every: NonZero<usize>,
    /// Only at calls that may change what is on the disk
    #[arg(long)]
    changing: bool,
    /// As `cargo xtask test` does it: at some of these calls, with a debug build
    #[arg(long, conflicts_with_all = ["operation", "every", "changing"])]
    short: bool,
}

/// What one operation came to: its calls that count, at how many of them it was killed, after how
/// many of these the next commands were tried, and what was wrong.
struct Swept {
    operation: Operation,
    variant: Variant,
    calls: usize,
    points: usize,
    healed: usize,
    bad_starts: usize,
    unhealed: usize,
}

/// Sweeps and prints a table; exits with 1 where a start was bad or a state didn't heal.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let pythons = interpreters::find_these(&args.python)?;
    let mut problems = 0;
    if args.short {
        let stage = Stage::set("sweep", workspace::build(Profile::Debug)?)?;
        for python in &pythons {
            problems += short(&stage, python)?;
        }
        return Ok(verdict::exit(problems == 0));
    }
    let stage = Stage::set("sweep", workspace::build(Profile::Release)?)?;
    let operations: &[Operation] = if args.operation.is_empty() {
        &OPERATIONS
    } else {
        &args.operation
    };
    let counted = if args.changing {
        Counted::Changing
    } else {
        Counted::All
    };
    for python in &pythons {
        let mut swept = Vec::new();
        for variant in [Variant::Plain, Variant::OwnSitecustomize] {
            for &operation in operations {
                swept.push(sweep(&stage, python, variant, operation, counted, |_| {
                    args.every.get()
                })?);
            }
        }
        problems += say(python, counted, &swept);
    }
    Ok(verdict::exit(problems == 0))
}

/// The short form: at some of the calls that change what is on the disk. Returns the number of
/// problems.
pub(crate) fn short(stage: &Stage, python: &Interpreter) -> Result<usize> {
    let mut swept = Vec::new();
    for operation in OPERATIONS {
        let every = |calls: usize| calls.div_ceil(FEW).max(1);
        let counted = Counted::Changing;
        swept.push(sweep(
            stage,
            python,
            Variant::Plain,
            operation,
            counted,
            every,
        )?);
    }
    Ok(say(python, Counted::Changing, &swept))
}

/// Prints the table; the number of problems.
fn say(python: &Interpreter, counted: Counted, swept: &[Swept]) -> usize {
    let rows: Vec<Vec<String>> = swept
        .iter()
        .map(|one| {
            let beside = match one.variant {
                Variant::Plain => "",
                Variant::OwnSitecustomize => ", beside a sitecustomize of the user's",
            };
            vec![
                format!("{}{beside}", one.operation.name()),
                one.calls.to_string(),
                one.points.to_string(),
                one.healed.to_string(),
                one.bad_starts.to_string(),
                one.unhealed.to_string(),
            ]
        })
        .collect();
    let which = match counted {
        Counted::All => "system calls",
        Counted::Changing => "system calls that may change the disk",
    };
    console::line(&format!(
        "\nPython {}: the installer is killed before its {which}.\n\n{}",
        python.version,
        markdown::table(
            &[
                "command",
                "calls",
                "killed at",
                "healed after",
                "bad starts",
                "unhealed"
            ],
            &rows
        )
    ));
    swept.iter().map(|one| one.bad_starts + one.unhealed).sum()
}

/// Sweeps one operation: at every n-th of its calls that count, `every` being told how many
/// there are.
fn sweep(
    stage: &Stage,
    python: &Interpreter,
    variant: Variant,
    operation: Operation,
    counted: Counted,
    every: impl FnOnce(usize) -> usize,
) -> Result<Swept> {
    let threads = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(MOST_THREADS);
    let scenes = (0..threads)
        .map(|number| {
            Scene::set(
                stage,
                python,
                variant,
                &format!("{}-{number}", operation.name()),
            )
        })
        .collect::<Result<Vec<_>>>()?;
    let calls = trial::whole(&scenes[0], operation, counted)?;
    ensure!(calls > 0, "no system call was seen");
    let every = every(calls);
    let healing = if counted == Counted::All && every == 1 {
        Healing::AfterChanges
    } else {
        Healing::Always
    };
    let [next, points, healed] = [const { AtomicUsize::new(0) }; 3];
    let problems = Mutex::new(Found::default());
    let work = |scene: &Scene<'_>| -> Result<()> {
        loop {
            // The last point is one past the end on purpose: threads of the installer make the
            // number of its calls vary.
            let at = 1 + next.fetch_add(1, Ordering::Relaxed) * every;
            let Some(found) = trial::point(scene, operation, counted, healing, at)? else {
                return Ok(());
            };
            points.fetch_add(1, Ordering::Relaxed);
            healed.fetch_add(usize::from(found.is_healed), Ordering::Relaxed);
            for problem in found.bad_starts.iter().chain(&found.unhealed) {
                console::line(&format!(
                    "problem: {} killed at call {at}: {problem}",
                    operation.name()
                ));
            }
            if let Ok(mut problems) = problems.lock() {
                problems.bad_starts.extend(found.bad_starts);
                problems.unhealed.extend(found.unhealed);
            }
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = scenes
            .iter()
            .map(|scene| scope.spawn(|| work(scene)))
            .collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err(anyhow::anyhow!("a thread of the sweep ended")))
        })
    })?;
    let problems = problems.into_inner().unwrap_or_default();
    Ok(Swept {
        operation,
        variant,
        calls,
        points: points.into_inner(),
        healed: healed.into_inner(),
        bad_starts: problems.bad_starts.len(),
        unhealed: problems.unhealed.len(),
    })
}
