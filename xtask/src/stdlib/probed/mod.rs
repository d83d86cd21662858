//! `cargo xtask stdlib --probe`: CPython's own tests in two venvs, one with the probe on modules
//! that the tests use, one without. Each test must end alike, but for differences that are
//! listed with their reason.

mod differences;
mod trial;

use std::process::ExitCode;

use anyhow::{Result, bail, ensure};

use super::suite;
use crate::engine::Engine;
use crate::interpreters::{self, Interpreter, Minor};
use crate::stage::{Setup, Stage};
use crate::workspace::{self, Profile};
use crate::{console, markdown, verdict};
use differences::{Difference, Differences};
use trial::{Answer, Venvs};

/// What the probe times.
const TARGETS: [&str; 6] = [
    "json.**:**",
    "asyncio.**:**",
    "functools:**",
    "inspect:**",
    "threading:**",
    "contextlib:**",
];

/// The Pythons that are used where none is chosen.
const USUAL: [Minor; 2] = [Minor(3, 12), Minor(3, 13)];

/// The columns of the table.
const HEAD: [&str; 6] = [
    "Python",
    "tests",
    "functions recorded",
    "calls recorded",
    "listed differences",
    "problems",
];

/// What came of one Python.
#[derive(Debug, Default)]
struct Outcome {
    tests: usize,
    functions: u64,
    calls: u64,
    differences: Differences,
    problems: Vec<String>,
}

/// Runs the tests; exits with 1 where one ends otherwise, or a listed difference is none.
pub(super) fn run(wanted: &[Minor], engine: Engine, modules: &[String]) -> Result<ExitCode> {
    let wanted = if wanted.is_empty() { &USUAL } else { wanted };
    let modules = chosen(modules)?;
    let stage = Stage::set("stdlib", workspace::build(Profile::Release)?)?;
    let mut rows = Vec::new();
    let mut alike = true;
    for python in interpreters::find_these(wanted)? {
        console::heading(&format!("Python {}, engine {engine}", python.version));
        let outcome = one_python(&stage, &python, engine, &modules)?;
        for problem in &outcome.problems {
            console::line(&format!("problem: {problem}"));
        }
        alike &= outcome.problems.is_empty();
        rows.push(vec![
            python.version.clone(),
            outcome.tests.to_string(),
            outcome.functions.to_string(),
            outcome.calls.to_string(),
            (outcome.differences.len()).to_string(),
            outcome.problems.len().to_string(),
        ]);
    }
    console::line("");
    console::line(markdown::table(&HEAD, &rows).trim_end());
    Ok(verdict::exit(alike))
}

/// Those that were asked for, or all.
fn chosen(wanted: &[String]) -> Result<Vec<&'static str>> {
    if let Some(unknown) = wanted
        .iter()
        .find(|name| !suite::PROBED.contains(&name.as_str()))
    {
        bail!(
            "`{unknown}` isn't run with the probe; there are {}",
            suite::PROBED.join(", ")
        );
    }
    Ok(suite::PROBED
        .into_iter()
        .filter(|module| wanted.is_empty() || wanted.iter().any(|name| name == module))
        .collect())
}

fn one_python(
    stage: &Stage,
    python: &Interpreter,
    engine: Engine,
    modules: &[&str],
) -> Result<Outcome> {
    ensure!(
        super::trial::has_tests(python),
        "{}",
        super::without_tests(python)
    );
    let setup = Setup {
        engine,
        detail: "tree",
        targets: &TARGETS,
    };
    let venvs = Venvs {
        plain: stage.bare_venv(python)?,
        probed: stage.venv_with_probe(python, &engine.to_string(), setup)?,
    };
    let mut outcome = Outcome::default();
    for module in modules {
        let (plain, probed) = match both(stage, &venvs, module) {
            Ok(answers) => answers,
            Err(error) => {
                outcome.problems.push(format!("{module}: {error:#}"));
                continue;
            }
        };
        if let Err(error) = check(&probed, engine) {
            outcome.problems.push(format!("{module}: {error}"));
        }
        let mut found = differences::between(&plain.outcomes, &probed.outcomes);
        if !found.is_empty() {
            // Once more on both sides: what doesn't differ again has another reason.
            let (plain, probed) = both(stage, &venvs, module)?;
            let again = differences::between(&plain.outcomes, &probed.outcomes);
            for test in found.keys().filter(|test| !again.contains_key(*test)) {
                console::line(&format!("note: `{test}` differed once and not again"));
            }
            found.retain(|test, _| again.contains_key(test));
        }
        console::line(&format!(
            "{module}: {} tests, {} differences",
            plain.outcomes.len(),
            found.len()
        ));
        outcome.tests += plain.outcomes.len();
        outcome.functions += probed.probe.as_ref().map_or(0, |probe| probe.functions);
        outcome.calls += probed.probe.as_ref().map_or(0, |probe| probe.calls);
        for (test, Difference { plain, probed }) in &found {
            let line = |answer: &str| format!("`{test}` {answer}");
            if let Some(reason) = differences::reason(test, python.minor(), engine) {
                console::line(&format!("as listed: {}: {reason}", line(probed)));
            } else {
                outcome.problems.push(format!(
                    "{} with the probe, and {plain} without",
                    line(probed)
                ));
            }
        }
        outcome.differences.extend(found);
    }
    for test in differences::listed(modules, python.minor(), engine) {
        if !outcome.differences.contains_key(test) {
            outcome
                .problems
                .push(format!("`{test}` is listed as a difference, and is none"));
        }
    }
    Ok(outcome)
}

fn both(stage: &Stage, venvs: &Venvs, module: &str) -> Result<(Answer, Answer)> {
    Ok((
        trial::run(stage, &venvs.plain, module)?,
        trial::run(stage, &venvs.probed, module)?,
    ))
}

/// Fails unless the engine was at work and recorded something.
fn check(probed: &Answer, engine: Engine) -> Result<()> {
    let probe = probed.probe.as_ref();
    engine.check(probe.and_then(|probe| probe.engine.as_deref()))?;
    ensure!(
        probe.is_some_and(|probe| probe.calls > 0),
        "no call was recorded"
    );
    Ok(())
}
