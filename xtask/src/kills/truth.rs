//! What a killed program published, what its recording says, and whether they agree.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::engine::Engine;

/// Threads of the program.
const THREADS: usize = 2;

/// Bytes of a word.
const WORD: usize = 8;

/// How often a name was called, as the program published it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Calls {
    /// About to begin.
    begins: u64,
    /// About to return.
    ends: u64,
    /// Back at the caller.
    returned: u64,
}

/// What a program published.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Truth(BTreeMap<String, Calls>);

/// When a detail counts a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    AsItBegins,
    AsItEnds,
}

/// What `probe report --json` says, as far as it matters here.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Report {
    processes: Vec<Process>,
    functions: Vec<Function>,
}

#[derive(Debug, Deserialize)]
struct Process {
    state: String,
    engine: String,
}

#[derive(Debug, Deserialize)]
struct Function {
    name: String,
    calls: u64,
}

impl Truth {
    /// Reads the words: for each thread and each name those of [`Calls`].
    pub(super) fn read(names: &str, counts: &Path) -> Result<Self> {
        let bytes = fs::read(counts).with_context(|| format!("`{}`", counts.display()))?;
        Self::of(names, &bytes)
    }

    fn of(names: &str, bytes: &[u8]) -> Result<Self> {
        let names: Vec<&str> = names.split_whitespace().collect();
        let (words, _) = bytes.as_chunks::<WORD>();
        ensure!(
            !names.is_empty() && words.len() == names.len() * THREADS * 3,
            "{} names and {} words don't belong together",
            names.len(),
            words.len()
        );
        let mut truth = BTreeMap::new();
        for (three, name) in words.chunks_exact(3).zip(names.iter().cycle()) {
            let sum: &mut Calls = truth.entry((*name).to_owned()).or_default();
            sum.begins += u64::from_le_bytes(three[0]);
            sum.ends += u64::from_le_bytes(three[1]);
            sum.returned += u64::from_le_bytes(three[2]);
        }
        Ok(Self(truth))
    }

    /// Calls that had returned.
    pub(super) fn returned(&self) -> u64 {
        self.0.values().map(|calls| calls.returned).sum()
    }

    /// Calls that had begun, or were just about to, and hadn't returned.
    pub(super) fn in_flight(&self) -> u64 {
        self.0
            .values()
            .map(|calls| calls.begins - calls.returned)
            .sum()
    }

    /// What in the report isn't so, each in a sentence.
    pub(super) fn compare(&self, report: &Report, counted: Counted) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, published) in &self.0 {
            let recorded = report.calls(name);
            let (most, what) = match counted {
                Counted::AsItBegins => (published.begins, "begin"),
                Counted::AsItEnds => (published.ends, "return"),
            };
            if recorded < published.returned {
                problems.push(format!(
                    "`{name}` returned {} times, and {recorded} calls are recorded",
                    published.returned
                ));
            }
            if recorded > most {
                problems.push(format!(
                    "`{name}` was about to {what} {most} times, and {recorded} calls are recorded"
                ));
            }
        }
        if self.returned() > 0 && report.processes.len() != 1 {
            problems.push(format!("{} recordings were read", report.processes.len()));
        }
        problems
    }
}

impl Report {
    /// Reads the answer of `probe report`; a program that was killed before its first call may
    /// have left nothing.
    pub(super) fn of(output: &Output) -> Result<Self> {
        match output.status.code() {
            Some(0) => serde_json::from_slice(&output.stdout).context("the report isn't JSON"),
            Some(1 | 3) if output.stdout.is_empty() => Ok(Self::default()),
            _ => bail!(
                "`probe report` ended with {}: {}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            ),
        }
    }

    /// Fails unless each recording is one of a killed process, made by this engine.
    pub(super) fn check(&self, engine: Engine) -> Result<()> {
        for process in &self.processes {
            engine.check(Some(&process.engine))?;
            ensure!(
                process.state == "killed",
                "the killed process is said to be {}",
                process.state
            );
        }
        Ok(())
    }

    /// Calls of a name; numbered functions are one.
    fn calls(&self, name: &str) -> u64 {
        let is_it = |found: &str| {
            let found = found.strip_prefix("published:").unwrap_or(found);
            found == name
                || found
                    .strip_prefix(name)
                    .and_then(|rest| rest.strip_prefix('_'))
                    .is_some_and(|number| number.parse::<u32>().is_ok())
        };
        self.functions
            .iter()
            .filter(|function| is_it(&function.name))
            .map(|function| function.calls)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(values: &[u64]) -> Vec<u8> {
        values.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn report(functions: &[(&str, u64)]) -> Report {
        Report {
            processes: vec![Process {
                state: "killed".to_owned(),
                engine: "python".to_owned(),
            }],
            functions: functions
                .iter()
                .map(|(name, calls)| Function {
                    name: (*name).to_owned(),
                    calls: *calls,
                })
                .collect(),
        }
    }

    #[test]
    fn the_words_of_all_threads_are_added() {
        let truth = Truth::of("a b\n", &words(&[6, 5, 4, 1, 1, 1, 7, 7, 7, 2, 2, 1])).unwrap();
        let calls = |begins, ends, returned| Calls {
            begins,
            ends,
            returned,
        };
        let expected = [("a", calls(13, 12, 11)), ("b", calls(3, 3, 2))];
        assert_eq!(
            truth.0,
            expected.map(|(name, sums)| (name.to_owned(), sums)).into()
        );
        assert_eq!((truth.returned(), truth.in_flight()), (13, 3));
        assert!(Truth::of("a b\n", &words(&[1])).is_err());
        assert!(Truth::of("", &[]).is_err());
    }

    #[test]
    fn a_recording_lies_between_what_returned_and_what_was_about_to() {
        let truth = Truth::of("a late", &words(&[6, 5, 4, 3, 3, 3, 0, 0, 0, 0, 0, 0])).unwrap();
        let late = [("published:late_0", 1), ("published:late_7", 2)];
        for calls in [4, 5] {
            let functions = [("published:a", calls), late[0], late[1]];
            let problems = truth.compare(&report(&functions), Counted::AsItEnds);
            assert!(problems.is_empty(), "{problems:?}");
        }
        let of_a = |calls, counted| {
            let functions = [("published:a", calls), late[0], late[1]];
            truth.compare(&report(&functions), counted)
        };
        let missing = of_a(3, Counted::AsItEnds);
        assert_eq!(missing, ["`a` returned 4 times, and 3 calls are recorded"]);
        let invented = of_a(6, Counted::AsItEnds);
        assert_eq!(
            invented,
            ["`a` was about to return 5 times, and 6 calls are recorded"]
        );
        assert!(of_a(6, Counted::AsItBegins).is_empty());
        let invented = of_a(7, Counted::AsItBegins);
        assert_eq!(
            invented,
            ["`a` was about to begin 6 times, and 7 calls are recorded"]
        );
    }

    #[test]
    fn a_program_whose_calls_left_no_recording_is_a_problem() {
        let truth = Truth::of("a", &words(&[1, 1, 1, 0, 0, 0])).unwrap();
        let problems = truth.compare(&Report::default(), Counted::AsItEnds);
        assert_eq!(problems.len(), 2, "{problems:?}");
    }
}
