//! What two runs of the tests say about each other: the differences that were expected, and
//! everything that mustn't be. Pure.

use super::trial::{Outcome, Rewriting, Way};

/// Why the tests of `dis` differ.
const PRINTED: &str = "it prints the constants of `dis.code_info`, which was rewritten";

/// Why tests of debuggers that skip modules differ.
const STEPPED_INTO: &str = "the debugger steps into the calls that were put into modules to skip; \
                            the probe puts none in while a debugger is at work";

/// The differences that there must be, and why: the test, and the reason. They aren't about what
/// a function does, but about what it is made of.
const EXPECTED: [(&str, &str); 5] = [
    ("test.test_dis.BytecodeTests.test_info", PRINTED),
    ("test.test_dis.CodeInfoTests.test_code_info", PRINTED),
    ("test.test_dis.CodeInfoTests.test_show_code", PRINTED),
    ("test.test_bdb.StateTestCase.test_skip", STEPPED_INTO),
    ("test.test_pdb.test_pdb_skip_modules", STEPPED_INTO),
];

/// The id that `unittest` gives a module that it can't load, up to the module's name.
const NOT_LOADED: &str = "unittest.loader._FailedTest.";

/// What two runs say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    /// The tests that failed rewritten only, as expected, and the reason.
    pub(super) expected: Vec<(&'static str, &'static str)>,
    /// Everything else, each in a sentence.
    pub(super) problems: Vec<String>,
}

/// Compares a plain run with a rewritten one.
pub(super) fn compare(plain: &Outcome, rewritten: &Outcome, way: Way<'_>) -> Comparison {
    let mut comparison = Comparison::default();
    let Comparison { expected, problems } = &mut comparison;
    for (test, line) in &rewritten.failed {
        if plain.failed.contains_key(test) {
            continue;
        }
        match EXPECTED.iter().find(|(known, _)| known == test) {
            Some(known) => expected.push(*known),
            None => problems.push(format!("`{test}` fails rewritten only: {line}")),
        }
    }
    for (test, line) in &plain.failed {
        if let Some(module) = test.strip_prefix(NOT_LOADED) {
            problems.push(format!("`{module}` can't be loaded: {line}"));
        } else if !rewritten.failed.contains_key(test) {
            problems.push(format!("`{test}` fails plain only: {line}"));
        }
    }
    if plain.tests != rewritten.tests {
        problems.push(format!(
            "{} tests ran plain, {} rewritten",
            plain.tests, rewritten.tests
        ));
    }
    match &rewritten.rewriting {
        Some(rewriting) => problems.extend(wrong_with(rewriting, way)),
        None => problems.push("nothing was rewritten".to_owned()),
    }
    comparison
}

/// What a rewriting shows by itself.
fn wrong_with(rewriting: &Rewriting, way: Way<'_>) -> Vec<String> {
    let Rewriting {
        functions,
        refused,
        begun,
        ended,
        failed,
    } = rewriting;
    let mut problems: Vec<String> = refused
        .iter()
        .map(|what| format!("the assembler refused `{what}`"))
        .collect();
    // A token that is a number counts nothing.
    let counted = way == Way::Rewritten;
    if *functions == 0 || counted && *begun == 0 {
        problems.push(format!(
            "{functions} functions were rewritten and {begun} calls seen"
        ));
    }
    if *begun != ended + failed {
        problems.push(format!(
            "{begun} calls began, but {ended} ended and {failed} failed"
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(failed: &[&str]) -> Outcome {
        Outcome {
            tests: 10,
            failed: failed
                .iter()
                .map(|test| ((*test).to_owned(), "why".to_owned()))
                .collect(),
            rewriting: None,
        }
    }

    fn rewritten(failed: &[&str]) -> Outcome {
        Outcome {
            rewriting: Some(Rewriting {
                functions: 2,
                refused: Vec::new(),
                begun: 5,
                ended: 3,
                failed: 2,
            }),
            ..outcome(failed)
        }
    }

    #[test]
    fn what_fails_both_ways_is_no_difference() {
        let comparison = compare(
            &outcome(&["a", "b"]),
            &rewritten(&["a", "b"]),
            Way::Rewritten,
        );
        assert_eq!(comparison, Comparison::default());
    }

    #[test]
    fn a_known_difference_comes_with_its_reason() {
        let known = EXPECTED[0];
        let comparison = compare(&outcome(&[]), &rewritten(&[known.0]), Way::Rewritten);
        assert_eq!(comparison.expected, [known]);
        assert!(comparison.problems.is_empty());
    }

    #[test]
    fn a_difference_is_a_problem_in_both_directions() {
        let comparison = compare(&outcome(&["a"]), &rewritten(&["b"]), Way::Rewritten);
        assert_eq!(
            comparison.problems,
            ["`b` fails rewritten only: why", "`a` fails plain only: why"]
        );
    }

    #[test]
    fn a_module_that_can_t_be_loaded_is_a_problem_though_it_is_so_both_ways() {
        let missing = [&*format!("{NOT_LOADED}test_gone")];
        let comparison = compare(&outcome(&missing), &rewritten(&missing), Way::Rewritten);
        assert_eq!(comparison.problems, ["`test_gone` can't be loaded: why"]);
    }

    #[test]
    fn a_run_that_proves_nothing_is_a_problem() {
        let nothing = compare(&outcome(&[]), &outcome(&[]), Way::Rewritten);
        assert_eq!(nothing.problems, ["nothing was rewritten"]);

        let mut fewer = rewritten(&[]);
        fewer.tests = 9;
        let fewer = compare(&outcome(&[]), &fewer, Way::Rewritten);
        assert_eq!(fewer.problems, ["10 tests ran plain, 9 rewritten"]);
    }

    #[test]
    fn every_call_that_begins_must_end() {
        let mut lost = rewritten(&[]);
        if let Some(rewriting) = &mut lost.rewriting {
            rewriting.begun += 1;
        }
        let lost = compare(&outcome(&[]), &lost, Way::Rewritten);
        assert_eq!(lost.problems, ["6 calls began, but 3 ended and 2 failed"]);
    }
}
