//! How tests end with the probe and without, and the differences that there must be. Pure.

use std::collections::BTreeMap;

use crate::engine::Engine;
use crate::interpreters::Minor;

/// How one test ended; `not run` is one of the ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) plain: String,
    pub(super) probed: String,
}

/// By the ids of tests.
pub(super) type Differences = BTreeMap<String, Difference>;

/// A difference that there must be.
struct Listed {
    /// The id of the test.
    test: &'static str,
    /// The engines with which it is.
    engines: &'static [Engine],
    /// The versions on which it is.
    pythons: &'static [Minor],
    /// What the test looks at that only a probe could change.
    reason: &'static str,
}

/// All of them. One that is none any more is a problem, like one that isn't here.
const LISTED: &[Listed] = &[];

/// What ended otherwise.
pub(super) fn between(
    plain: &BTreeMap<String, String>,
    probed: &BTreeMap<String, String>,
) -> Differences {
    let of = |outcomes: &BTreeMap<String, String>, test: &str| {
        outcomes
            .get(test)
            .map_or_else(|| "not run".to_owned(), Clone::clone)
    };
    plain
        .keys()
        .chain(probed.keys())
        .filter(|test| plain.get(*test) != probed.get(*test))
        .map(|test| {
            let difference = Difference {
                plain: of(plain, test),
                probed: of(probed, test),
            };
            (test.clone(), difference)
        })
        .collect()
}

/// Why a test must end otherwise; `None` where it mustn't.
pub(super) fn reason(test: &str, python: Minor, engine: Engine) -> Option<&'static str> {
    applying(python, engine)
        .find(|listed| listed.test == test)
        .map(|listed| listed.reason)
}

/// The tests of these modules that must end otherwise.
pub(super) fn listed(
    modules: &[&str],
    python: Minor,
    engine: Engine,
) -> impl Iterator<Item = &'static str> {
    applying(python, engine)
        .map(|listed| listed.test)
        .filter(|test| {
            let module = test.strip_prefix("test.").unwrap_or(test);
            modules.iter().any(|name| {
                module
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('.'))
            })
        })
}

fn applying(python: Minor, engine: Engine) -> impl Iterator<Item = &'static Listed> {
    LISTED
        .iter()
        .filter(move |listed| listed.engines.contains(&engine) && listed.pythons.contains(&python))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(of: &[(&str, &str)]) -> BTreeMap<String, String> {
        of.iter()
            .map(|(test, outcome)| ((*test).to_owned(), (*outcome).to_owned()))
            .collect()
    }

    #[test]
    fn tests_that_end_alike_are_no_difference() {
        let both = outcomes(&[("a", "passed"), ("b", "failed")]);
        assert!(between(&both, &both).is_empty());
    }

    #[test]
    fn tests_that_end_otherwise_or_are_missing_are() {
        let plain = outcomes(&[("a", "passed"), ("b", "passed"), ("c", "skipped")]);
        let probed = outcomes(&[("a", "passed"), ("b", "failed"), ("d", "passed")]);
        let difference = |plain: &str, probed: &str| Difference {
            plain: plain.to_owned(),
            probed: probed.to_owned(),
        };
        let expected = [
            ("b", difference("passed", "failed")),
            ("c", difference("skipped", "not run")),
            ("d", difference("not run", "passed")),
        ];
        let expected: Differences = expected
            .map(|(test, difference)| (test.to_owned(), difference))
            .into();
        assert_eq!(between(&plain, &probed), expected);
    }

    #[test]
    fn each_listed_difference_is_named_once_and_explained() {
        for (index, listed) in LISTED.iter().enumerate() {
            assert!(listed.test.starts_with("test.test_"), "{}", listed.test);
            assert!(listed.reason.len() > 20, "{}", listed.test);
            assert!(!listed.engines.is_empty() && !listed.pythons.is_empty());
            for other in &LISTED[index + 1..] {
                let apart = listed.test != other.test
                    || listed.engines.iter().all(|e| !other.engines.contains(e))
                    || listed.pythons.iter().all(|p| !other.pythons.contains(p));
                assert!(apart, "{} is listed twice", listed.test);
            }
        }
    }
}
