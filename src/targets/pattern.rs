//! One target as a value, `[!]module[:qualname]`, and
//! whether it matches a function's name. The parser is in `parse`; which of several targets
//! wins is said by [`choose`]. Knows nothing of Python's import system: the payload's own
//! matcher (`assets/runtime/patterns.py`) answers the same, and both read
//! `tests/data/patterns.json` in their tests.

mod parse;

use std::fmt;
use std::str::FromStr;

pub use parse::{PatternError, Problem};

/// The part that stands for any number of parts.
const ANY_PARTS: &str = "**";

/// A parsed target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    excludes: bool,
    module: Vec<String>,
    qualname: Vec<String>,
}

impl Pattern {
    /// The target as it was written, with its `!`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True for a target with a leading `!`, which takes away what earlier ones chose.
    #[must_use]
    pub fn excludes(&self) -> bool {
        self.excludes
    }

    /// The parts of the module's pattern.
    #[must_use]
    pub fn module(&self) -> &[String] {
        &self.module
    }

    /// The parts of the qualname's pattern; `**` where the target has no colon.
    #[must_use]
    pub fn qualname(&self) -> &[String] {
        &self.qualname
    }

    /// The module's name where it has no wildcard.
    #[must_use]
    pub fn exact_module(&self) -> Option<String> {
        exact(&self.module)
    }

    /// The qualname where it has no wildcard.
    #[must_use]
    pub fn exact_qualname(&self) -> Option<String> {
        exact(&self.qualname)
    }

    /// Whether it chooses a single name, without stars.
    #[must_use]
    pub fn is_one_name(&self) -> bool {
        !self.excludes() && self.exact_module().is_some() && self.exact_qualname().is_some()
    }

    /// True where both halves match; a leading `!` plays no role here.
    #[must_use]
    pub fn matches(&self, module: &str, qualname: &str) -> bool {
        self.matches_module(module) && matches_parts(&self.qualname, qualname)
    }

    /// True where the module's half matches.
    #[must_use]
    pub fn matches_module(&self, module: &str) -> bool {
        matches_parts(&self.module, module)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse::parse(text)
    }
}

/// The index of the target that chooses this function: the last one that matches, or none
/// where nothing matches or the last match excludes.
#[must_use]
pub fn choose(patterns: &[Pattern], module: &str, qualname: &str) -> Option<usize> {
    let last = patterns
        .iter()
        .rposition(|pattern| pattern.matches(module, qualname))?;
    (!patterns[last].excludes()).then_some(last)
}

fn exact(parts: &[String]) -> Option<String> {
    (!parts.iter().any(|part| part.contains('*'))).then(|| parts.join("."))
}

fn matches_parts(pattern: &[String], name: &str) -> bool {
    let name: Vec<&str> = name.split('.').collect();
    matches_sequence(
        pattern,
        &name,
        |part| part == ANY_PARTS,
        |part, name| matches_one(part, name),
    )
}

/// `*` within one part.
fn matches_one(pattern: &str, part: &str) -> bool {
    if !pattern.contains('*') {
        return pattern == part;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let part: Vec<char> = part.chars().collect();
    matches_sequence(&pattern, &part, |c| *c == '*', |c, other| c == other)
}

/// Matches a sequence against a pattern in which some items stand for any run of items, none
/// included. Only the latest such item is ever extended, which suffices because an earlier one
/// could only leave less to the later: at most pattern × sequence steps.
fn matches_sequence<P, T>(
    pattern: &[P],
    sequence: &[T],
    is_any: impl Fn(&P) -> bool,
    fits: impl Fn(&P, &T) -> bool,
) -> bool {
    let (mut at, mut next) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while next < sequence.len() {
        if at < pattern.len() && is_any(&pattern[at]) {
            retry = Some((at + 1, next));
            at += 1;
        } else if at < pattern.len() && fits(&pattern[at], &sequence[next]) {
            at += 1;
            next += 1;
        } else if let Some((after, taken)) = retry {
            retry = Some((after, taken + 1));
            (at, next) = (after, taken + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(is_any)
}

#[cfg(test)]
mod tests;
