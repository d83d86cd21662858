//! What one call costs, in each way in which it can be watched. All kinds take turns in every
//! round, and the least of all rounds counts: what disturbs a measurement only makes it longer.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::super::LIMIT;
use crate::engine::Engine;
use crate::interpreters::Interpreter;
use crate::stage::{Setup, Stage};
use crate::{process, venvs, workspace};

/// The peer, in the version that figures elsewhere speak of.
const VIZTRACER: &str = "viztracer==1.1.1";

/// The functions that are called, in the folder of `bench_peers.py`.
const TARGETS: [&str; 1] = ["bench_target:*"];

/// The details, in the order of the table.
const DETAILS: [&str; 3] = ["count", "time", "tree"];

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Workload {
    Call,
    Fib,
    Await,
    Generator,
}

impl Workload {
    /// In the order of the table.
    pub(super) const ALL: [Self; 4] = [Self::Call, Self::Fib, Self::Await, Self::Generator];

    /// What the table says.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Fib => "fib",
            Self::Await => "await",
            Self::Generator => "10-item generator",
        }
    }
}

/// How calls are watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Bare,
    Viztracer,
    /// By the native engine; `off`: told by the control word not to record.
    Native {
        detail: &'static str,
        off: bool,
    },
    Python {
        detail: &'static str,
    },
}

impl Kind {
    fn of(engine: Engine, detail: &'static str) -> Self {
        match engine {
            Engine::Native => Self::Native { detail, off: false },
            Engine::Python => Self::Python { detail },
        }
    }

    fn engine(&self) -> Option<Engine> {
        match self {
            Self::Native { .. } => Some(Engine::Native),
            Self::Python { .. } => Some(Engine::Python),
            Self::Bare | Self::Viztracer => None,
        }
    }

    /// What `bench_peers.py` is told.
    fn options(&self) -> &'static [&'static str] {
        match self {
            Self::Viztracer => &["--viztracer"],
            Self::Native { off: true, .. } => &["--switch-off"],
            _ => &[],
        }
    }
}

/// Nanoseconds of one call.
pub(super) type Times = BTreeMap<Workload, f64>;

/// What was measured of one kind.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    pub(super) kind: Kind,
    pub(super) best: Times,
}

/// What `bench_peers.py` answers.
#[derive(Debug, Deserialize)]
struct Answer {
    engine: Option<String>,
    times: Times,
    /// Calls that were recorded after recording had been switched off.
    recorded: Option<u64>,
}

/// Measures one Python with each kind of watching.
pub(super) fn measure(
    stage: &Stage,
    python: &Interpreter,
    engines: &[Engine],
    viztracer: bool,
    rounds: usize,
) -> Result<Vec<Measured>> {
    let mut kinds = vec![(Kind::Bare, stage.bare_venv(python)?)];
    if viztracer {
        kinds.push((Kind::Viztracer, viztracer_venv(python)?));
    }
    for &engine in engines {
        for detail in DETAILS {
            let setup = Setup {
                engine,
                detail,
                targets: &TARGETS,
            };
            let name = format!("{engine}-{detail}");
            let venv = stage.venv_with_probe(python, &name, setup)?;
            kinds.push((Kind::of(engine, detail), venv.clone()));
            if engine == Engine::Native && detail == "tree" {
                kinds.push((Kind::Native { detail, off: true }, venv));
            }
        }
    }
    let mut best = vec![Times::new(); kinds.len()];
    for _ in 0..rounds {
        for ((kind, venv), best) in kinds.iter().zip(&mut best) {
            for (workload, time) in ask(stage, kind, venv)? {
                let least = best.entry(workload).or_insert(f64::INFINITY);
                *least = least.min(time);
            }
        }
    }
    Ok(kinds
        .into_iter()
        .zip(best)
        .map(|((kind, _), best)| Measured { kind, best })
        .collect())
}

/// A venv with the peer, kept for the next time.
fn viztracer_venv(python: &Interpreter) -> Result<PathBuf> {
    let folder = workspace::target().join(format!("pythons/viztracer-{}", python.minor()));
    venvs::with_packages(python, &folder, &[VIZTRACER], &folder)?;
    Ok(folder)
}

fn ask(stage: &Stage, kind: &Kind, venv: &std::path::Path) -> Result<Times> {
    let mut command = stage.command(&venvs::python(venv));
    command
        .arg(workspace::root().join("xtask/assets/bench_peers.py"))
        .args(kind.options());
    let output = process::run_quietly(&mut command, LIMIT)?;
    let answer: Answer =
        serde_json::from_slice(&output.stdout).context("`bench_peers.py` gave no answer")?;
    match kind.engine() {
        Some(engine) => engine.check(answer.engine.as_deref())?,
        None => ensure!(answer.engine.is_none(), "the probe was at work in `{kind}`"),
    }
    if let Some(recorded) = answer.recorded {
        ensure!(
            recorded == 0,
            "{recorded} calls were recorded after the control word had said not to"
        );
    }
    Ok(answer.times)
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bare => f.write_str("bare"),
            Self::Viztracer => f.write_str("viztracer"),
            Self::Native { detail, off: false } => write!(f, "native, {detail}"),
            Self::Native { off: true, .. } => f.write_str("native, switched off"),
            Self::Python { detail } => write!(f, "python, {detail}"),
        }
    }
}
