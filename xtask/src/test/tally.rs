//! Counting: what the test programs wrote, read into one sum.

use std::fmt;
use std::ops::AddAssign;

/// How many tests there were, by how they ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Those that passed.
    pub(super) passed: u64,
    /// Those that failed, or couldn't be run.
    pub(super) failed: u64,
    /// Those that were left out.
    pub(super) skipped: u64,
}

impl Tally {
    /// One check that passed or failed.
    pub(super) fn one(passed: bool) -> Self {
        Self {
            passed: u64::from(passed),
            failed: u64::from(!passed),
            skipped: 0,
        }
    }

    /// Reads a line of a Rust test program: `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    pub(super) fn of_rust(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        Some(Self::of_counts(counts.split(';')))
    }

    /// Reads pytest's last line: `1 failed, 3 passed, 2 skipped in 0.12s`.
    pub(super) fn of_pytest(line: &str) -> Option<Self> {
        let line = line.trim_matches(|c| c == '=' || c == ' ');
        let (counts, seconds) = line.rsplit_once(" in ")?;
        if !seconds.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let tally = Self::of_counts(counts.split(','));
        (tally != Self::default()).then_some(tally)
    }

    /// A program that failed without a failed test, because it didn't even start, counts as one.
    #[must_use]
    pub(super) fn with_exit(mut self, success: bool) -> Self {
        if !success && self.failed == 0 {
            self.failed = 1;
        }
        self
    }

    fn of_counts<'a>(parts: impl Iterator<Item = &'a str>) -> Self {
        let mut tally = Self::default();
        for part in parts {
            let mut words = part.split_whitespace();
            let (Some(Ok(count)), Some(what)) = (words.next().map(str::parse::<u64>), words.next())
            else {
                continue;
            };
            match what {
                "passed" | "xfailed" => tally.passed += count,
                "failed" | "error" | "errors" | "xpassed" => tally.failed += count,
                "ignored" | "skipped" => tally.skipped += count,
                _ => {}
            }
        }
        tally
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u64, failed: u64, skipped: u64) -> Tally {
        Tally {
            passed,
            failed,
            skipped,
        }
    }

    #[test]
    fn the_lines_of_rust_s_test_programs_are_read() {
        let line = "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 7 filtered out; finished in 0.02s";
        assert_eq!(Tally::of_rust(line), Some(tally(12, 0, 3)));
        let line = "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s";
        assert_eq!(Tally::of_rust(line), Some(tally(1, 2, 0)));
        assert_eq!(Tally::of_rust("test tests::a ... ok"), None);
    }

    #[test]
    fn the_last_line_of_pytest_is_read() {
        let read = |line| Tally::of_pytest(line);
        assert_eq!(read("97 passed, 3 skipped in 2.31s"), Some(tally(97, 0, 3)));
        assert_eq!(
            read("===== 1 failed, 2 passed, 1 error, 4 warnings in 61.20s (0:01:01) ====="),
            Some(tally(2, 2, 0))
        );
        assert_eq!(read("no tests ran in 0.01s"), None);
        assert_eq!(read("it passed in the end"), None);
    }

    #[test]
    fn a_program_that_does_not_start_is_a_failure() {
        assert_eq!(Tally::default().with_exit(false), tally(0, 1, 0));
        assert_eq!(tally(3, 2, 0).with_exit(false), tally(3, 2, 0));
        assert_eq!(tally(3, 0, 0).with_exit(true), tally(3, 0, 0));
    }

    #[test]
    fn the_closing_line_names_skipped_tests_only_where_there_are_any() {
        assert_eq!(tally(3, 0, 0).to_string(), "3 passed, 0 failed");
        assert_eq!(tally(3, 1, 2).to_string(), "3 passed, 1 failed, 2 skipped");
    }
}
