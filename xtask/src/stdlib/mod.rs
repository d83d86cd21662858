//! `cargo xtask stdlib`: proves that calls put into bytecode change nothing. CPython's own tests
//! run twice, plainly and with the calls in every plain function of the standard library, and
//! must end alike. With `--probe` they run with the probe installed instead, see `probed`. Long
//! runs, so `cargo xtask test` leaves them out.

mod comparison;
mod probed;
mod suite;
mod trial;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::engine::Engine;
use crate::interpreters::{self, Interpreter, Minor};
use crate::{console, markdown};
use comparison::Comparison;
use trial::{Outcome, Way};

/// The versions whose bytecode is rewritten.
const REWRITTEN: [Minor; 4] = [Minor(3, 12), Minor(3, 13), Minor(3, 14), Minor(3, 15)];

/// Arguments of `cargo xtask stdlib`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which Pythons; without, those from 3.12 to 3.15 that bring CPython's tests
    #[arg(long, value_name = "3.12,3.13,…", value_delimiter = ',')]
    python: Vec<Minor>,
    /// Run a dozen modules of tests only: about half a minute a Python
    #[arg(long, conflicts_with = "probe")]
    quick: bool,
    /// Compare with a venv in which the probe is installed, test by test: on 3.12 and 3.13,
    /// unless others are chosen
    #[arg(long)]
    probe: bool,
    /// Which of the probe's engines, for --probe
    #[arg(long, env = "PROBE_ENGINE", default_value = "native")]
    engine: Engine,
    /// Which modules of tests, for --probe; without, all twelve
    #[arg(
        long,
        value_name = "test_json,…",
        value_delimiter = ',',
        requires = "probe"
    )]
    module: Vec<String>,
}

/// Runs the tests on each Python; exits with 1 where a run shows a difference.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if args.probe {
        return probed::run(&args.python, args.engine, &args.module);
    }
    let tests = suite::modules(args.quick);
    let mut rows = Vec::new();
    let mut alike = true;
    for python in chosen(&args.python)? {
        console::heading(&format!("Python {}", python.version));
        let plain = run_one_way(&python, Way::Plain, &tests)?;
        let rewritten = run_one_way(&python, Way::Rewritten, &tests)?;
        let comparison = comparison::compare(&plain, &rewritten);
        say(&comparison);
        alike &= comparison.problems.is_empty();
        rows.push(row(&python, &rewritten, &comparison));
    }
    console::line("");
    console::line(markdown::table(&HEAD, &rows).trim_end());
    Ok(if alike {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Those that were asked for, or all that will do.
fn chosen(wanted: &[Minor]) -> Result<Vec<Interpreter>> {
    if let Some(other) = wanted.iter().find(|minor| !REWRITTEN.contains(minor)) {
        bail!("Python {other} can't be chosen: the probe rewrites bytecode from 3.12 to 3.15 only");
    }
    if !wanted.is_empty() {
        let pythons = interpreters::find_these(wanted)?;
        if let Some(python) = pythons.iter().find(|python| !trial::has_tests(python)) {
            bail!("{}", without_tests(python));
        }
        return Ok(pythons);
    }
    let (with, without): (Vec<_>, Vec<_>) = interpreters::find_chosen()?
        .into_iter()
        .filter(|python| REWRITTEN.contains(&python.minor()))
        .partition(trial::has_tests);
    for python in &without {
        console::note(&format!("skipped: {}", without_tests(python)));
    }
    if with.is_empty() {
        bail!("no Python from 3.12 to 3.15 with CPython's tests was found; pyenv builds them");
    }
    Ok(with)
}

fn without_tests(python: &Interpreter) -> String {
    format!(
        "Python {}, `{}`, has no CPython tests",
        python.version,
        python.path.display()
    )
}

fn run_one_way(python: &Interpreter, way: Way, tests: &[&str]) -> Result<Outcome> {
    let start = std::time::Instant::now();
    let outcome = trial::run(python, way, tests)?;
    console::line(&format!(
        "{way}: {} tests, {} of them failed, {} s",
        outcome.tests,
        outcome.failed.len(),
        start.elapsed().as_secs()
    ));
    Ok(outcome)
}

fn say(comparison: &Comparison) {
    for (test, reason) in &comparison.expected {
        console::line(&format!("as expected: `{test}` failed: {reason}"));
    }
    for problem in &comparison.problems {
        console::line(&format!("problem: {problem}"));
    }
}

/// The columns of the table.
const HEAD: [&str; 6] = [
    "Python",
    "functions rewritten",
    "tests run",
    "calls",
    "expected differences",
    "problems",
];

fn row(python: &Interpreter, rewritten: &Outcome, comparison: &Comparison) -> Vec<String> {
    let (functions, begun) = rewritten
        .rewriting
        .as_ref()
        .map_or((0, 0), |rewriting| (rewriting.functions, rewriting.begun));
    vec![
        python.version.clone(),
        functions.to_string(),
        rewritten.tests.to_string(),
        begun.to_string(),
        comparison.expected.len().to_string(),
        comparison.problems.len().to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_is_never_rewritten_is_refused() {
        let error = chosen(&[Minor(3, 11)]).unwrap_err();
        assert!(
            error.to_string().contains("3.11 can't be chosen"),
            "{error}"
        );
    }
}
