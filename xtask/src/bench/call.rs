//! What one call costs: bare, with a `functools.wraps` wrapper that keeps a histogram, and
//! with the probe at each detail. All kinds take turns in every round, and the least of all
//! rounds counts: what disturbs a measurement only ever makes it longer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::LIMIT;
use crate::engine::Engine;
use crate::interpreters::Interpreter;
use crate::stage::{Setup, Stage};
use crate::{markdown, process, venvs, workspace};

/// The functions that are called, in `bench_call.py`'s folder.
const TARGETS: [&str; 1] = ["bench_target:*"];

/// What is called: the key in the program's answer, and what the table says.
const WORKLOADS: [(&str, &str); 4] = [
    ("call", "call"),
    ("fib", "fib"),
    ("await", "await"),
    ("generator", "10-item generator"),
];

/// The details, in the order of the table.
const DETAILS: [&str; 3] = ["count", "time", "tree"];

/// The kind that probes are compared with.
const WRAPS: &str = "wraps full";

/// Nanoseconds of one call, by workload.
type Times = BTreeMap<String, f64>;

/// What `bench_call.py` answers.
#[derive(Debug, Deserialize)]
struct Answer {
    /// The engine that was at work, where the probe was.
    engine: Option<String>,
    times: Times,
}

/// One way in which the calls are made.
struct Kind {
    name: String,
    venv: PathBuf,
    /// The argument of `bench_call.py`: wrap the functions, or leave them.
    wrap: bool,
    /// The engine that must be at work.
    engine: Option<Engine>,
    best: Times,
}

/// Measures each Python and returns a table for each.
pub(super) fn measure(
    stage: &Stage,
    engine: Engine,
    pythons: &[Interpreter],
    rounds: usize,
) -> Result<String> {
    let mut text = String::new();
    for python in pythons {
        let mut kinds = kinds(stage, engine, python)?;
        for _ in 0..rounds {
            for kind in &mut kinds {
                let answer = ask(stage, kind)?;
                for (workload, time) in answer {
                    let best = kind.best.entry(workload).or_insert(f64::INFINITY);
                    *best = best.min(time);
                }
            }
        }
        text.push_str(&format!(
            "\nCalls on Python {}: ns, the least of all rounds ({rounds}); engine {engine}. \
             Added to a bare call, and in brackets the ratio to what `{WRAPS}` adds.\n\n{}",
            python.version,
            table(&kinds)?
        ));
    }
    Ok(text)
}

fn kinds(stage: &Stage, engine: Engine, python: &Interpreter) -> Result<Vec<Kind>> {
    let plain = stage.bare_venv(python)?;
    let kind = |name: &str, venv: &Path, wrap, engine| Kind {
        name: name.to_owned(),
        venv: venv.to_path_buf(),
        wrap,
        engine,
        best: Times::new(),
    };
    let mut kinds = vec![
        kind("bare", &plain, false, None),
        kind(WRAPS, &plain, true, None),
    ];
    for detail in DETAILS {
        let setup = Setup {
            engine,
            detail,
            targets: &TARGETS,
        };
        let venv = stage.venv_with_probe(python, detail, setup)?;
        kinds.push(kind(
            &format!("probe, {detail}"),
            &venv,
            false,
            Some(engine),
        ));
    }
    Ok(kinds)
}

fn ask(stage: &Stage, kind: &Kind) -> Result<Times> {
    let mut command = stage.command(&venvs::python(&kind.venv));
    command.arg(workspace::root().join("xtask/assets/bench_call.py"));
    if kind.wrap {
        command.arg("--wrap");
    }
    let output = process::run_quietly(&mut command, LIMIT)?;
    let answer: Answer =
        serde_json::from_slice(&output.stdout).context("`bench_call.py` gave no answer")?;
    // A figure is worth nothing if the probe wasn't at work, or another engine was.
    match kind.engine {
        Some(engine) => engine.check(answer.engine.as_deref())?,
        None => anyhow::ensure!(
            answer.engine.is_none(),
            "the probe was at work in `{}`",
            kind.name
        ),
    }
    Ok(answer.times)
}

fn table(kinds: &[Kind]) -> Result<String> {
    let best = |name: &str| {
        kinds
            .iter()
            .find(|kind| kind.name == name)
            .map(|kind| &kind.best)
            .with_context(|| format!("`{name}` wasn't measured"))
    };
    let (bare, wraps) = (best("bare")?, best(WRAPS)?);
    let rows: Vec<Vec<String>> = kinds
        .iter()
        .map(|kind| {
            let cells = WORKLOADS.iter().map(|(key, _)| {
                let of = |times: &Times| times.get(*key).copied().unwrap_or(f64::NAN);
                let added = of(&kind.best) - of(bare);
                match kind.name.as_str() {
                    "bare" => format!("{:.0}", of(bare)),
                    WRAPS => format!("{added:+.0}"),
                    _ => format!("{added:+.0} ({:.2})", added / (of(wraps) - of(bare))),
                }
            });
            std::iter::once(kind.name.clone()).chain(cells).collect()
        })
        .collect();
    let head: Vec<&str> = std::iter::once("kind")
        .chain(WORKLOADS.iter().map(|(_, title)| *title))
        .collect();
    Ok(markdown::table(&head, &rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_added_time_and_its_ratio_to_the_wrapper_s() {
        let kind = |name: &str, call: f64| Kind {
            name: name.to_owned(),
            venv: PathBuf::new(),
            wrap: false,
            engine: None,
            best: WORKLOADS
                .iter()
                .map(|(key, _)| ((*key).to_owned(), call))
                .collect(),
        };
        let text = table(&[
            kind("bare", 40.0),
            kind(WRAPS, 440.0),
            kind("probe, time", 540.0),
        ])
        .unwrap();
        let first_two: Vec<String> = text
            .lines()
            .skip(2)
            .map(|line| {
                line.split('|')
                    .take(3)
                    .map(str::trim)
                    .collect::<Vec<_>>()
                    .join(" | ")
            })
            .collect();
        assert_eq!(
            first_two,
            [
                " | bare | 40",
                " | wraps full | +400",
                " | probe, time | +500 (1.25)"
            ]
        );
    }
}
