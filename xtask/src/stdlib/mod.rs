//! `cargo xtask stdlib`: proves that what is put into bytecode changes nothing. CPython's own tests
//! run twice, plainly and with calls in every plain function of the standard library, or with the
//! native engine's tokens in all code, and must end alike. With `--probe` they run with the probe
//! installed instead, see `probed`. Long runs, so `cargo xtask test` leaves them out.

mod comparison;
mod probed;
mod suite;
mod trial;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::engine::Engine;
use crate::interpreters::{self, Interpreter, Minor};
use crate::{console, markdown, verdict, workspace};
use comparison::Comparison;
use trial::{Outcome, Way};

/// The versions whose bytecode is rewritten; the first by the native engine only.
const REWRITTEN: [Minor; 5] = [
    Minor(3, 11),
    Minor(3, 12),
    Minor(3, 13),
    Minor(3, 14),
    Minor(3, 15),
];

fn rewritten(tokens: bool) -> &'static [Minor] {
    REWRITTEN.get(usize::from(!tokens)..).unwrap_or_default()
}

/// Arguments of `cargo xtask stdlib`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which Pythons; without, those up to 3.15 that bring CPython's tests
    #[arg(long, value_name = "3.12,3.13,…", value_delimiter = ',')]
    python: Vec<Minor>,
    /// Run a dozen modules of tests only: about half a minute a Python
    #[arg(long, conflicts_with = "probe")]
    quick: bool,
    /// Put the native engine's tokens into all code instead, that of the tests too
    #[arg(long, conflicts_with = "probe")]
    tokens: bool,
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
    let pythons = chosen(&args.python, args.tokens)?;
    let module = args.tokens.then(workspace::build_native).transpose()?;
    let way = module.as_deref().map_or(Way::Rewritten, Way::Tokens);
    let mut rows = Vec::new();
    let mut alike = true;
    for python in pythons {
        console::heading(&format!("Python {}", python.version));
        let plain = run_one_way(&python, Way::Plain, &tests)?;
        let rewritten = run_one_way(&python, way, &tests)?;
        let comparison = comparison::compare(&plain, &rewritten, way);
        say(&comparison);
        alike &= comparison.problems.is_empty();
        rows.push(row(&python, &rewritten, &comparison));
    }
    console::line("");
    console::line(markdown::table(&HEAD, &rows).trim_end());
    Ok(verdict::exit(alike))
}

/// Those that were asked for, or all that will do.
fn chosen(wanted: &[Minor], tokens: bool) -> Result<Vec<Interpreter>> {
    let rewritten = rewritten(tokens);
    let first = rewritten.first().unwrap_or(&Minor(3, 12));
    if let Some(other) = wanted.iter().find(|minor| !rewritten.contains(minor)) {
        bail!(
            "Python {other} can't be chosen: this bytecode is rewritten from {first} to 3.15 only"
        );
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
        .filter(|python| rewritten.contains(&python.minor()))
        .partition(trial::has_tests);
    for python in &without {
        console::note(&format!("skipped: {}", without_tests(python)));
    }
    if with.is_empty() {
        bail!("no Python from {first} to 3.15 with CPython's tests was found; pyenv builds them");
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

fn run_one_way(python: &Interpreter, way: Way<'_>, tests: &[&str]) -> Result<Outcome> {
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
        for (minor, tokens) in [(Minor(3, 11), false), (Minor(3, 10), true)] {
            let error = chosen(&[minor], tokens).unwrap_err();
            let expected = format!("{minor} can't be chosen");
            assert!(error.to_string().contains(&expected), "{error}");
        }
    }
}
