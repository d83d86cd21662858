//! The Python interpreters of this machine: found, asked what they are, and one chosen for
//! each supported minor version. `cargo xtask pythons` lists them, the other tasks use them.

mod ask;
mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use serde::Serialize;

/// The environment variable that names interpreters: paths with a colon between them.
pub(crate) const VARIABLE: &str = "PROBE_TEST_PYTHONS";

/// A minor version of Python, like 3.12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Minor(pub(crate) u8, pub(crate) u8);

/// The minor versions that the probe supports.
pub(crate) const SUPPORTED: [Minor; 8] = [
    Minor(3, 8),
    Minor(3, 9),
    Minor(3, 10),
    Minor(3, 11),
    Minor(3, 12),
    Minor(3, 13),
    Minor(3, 14),
    Minor(3, 15),
];

/// Who knew of an interpreter; in the order of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    /// It is named in [`VARIABLE`].
    Named,
    /// It is on PATH.
    Path,
    /// pyenv built it.
    Pyenv,
    /// uv downloaded it.
    Uv,
}

/// One interpreter that starts.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Interpreter {
    /// Its program, symlinks resolved.
    pub(crate) path: PathBuf,
    /// Its version, like `3.12.1` or `3.15.0rc1`.
    pub(crate) version: String,
    /// `sys.hexversion`, which sorts as versions do.
    #[serde(skip)]
    pub(crate) order: u32,
    /// `cpython`, `pypy`.
    pub(crate) implementation: String,
    /// It has no global interpreter lock.
    pub(crate) free_threaded: bool,
    /// Who knew of it.
    pub(crate) source: Source,
}

impl Interpreter {
    /// Its minor version.
    pub(crate) fn minor(&self) -> Minor {
        let [major, minor, ..] = self.order.to_be_bytes();
        Minor(major, minor)
    }

    /// Why tests don't use it, in a word or two; `None` where they can.
    pub(crate) fn unfit(&self) -> Option<&'static str> {
        if self.implementation != "cpython" {
            Some("not CPython")
        } else if self.free_threaded {
            Some("free-threaded")
        } else if !SUPPORTED.contains(&self.minor()) {
            Some("not a supported version")
        } else {
            None
        }
    }
}

/// All interpreters found, by version; an interpreter known under several names comes once.
///
/// # Errors
/// One that is named in [`VARIABLE`] doesn't start.
pub(crate) fn find() -> Result<Vec<Interpreter>> {
    let candidates = search::candidates(&search::Surroundings::of_this_process());
    let mut found: Vec<Interpreter> = Vec::new();
    for (candidate, answer) in candidates.iter().zip(ask::all(&candidates)) {
        match answer {
            Ok(interpreter) => found.push(interpreter),
            // On PATH lie wrappers for versions that aren't there, in pyenv's folder Python 2.
            Err(_) if candidate.source != Source::Named => {}
            Err(error) => {
                return Err(error).with_context(|| {
                    format!(
                        "`{}`, named in {VARIABLE}, is no Python",
                        candidate.path.display()
                    )
                });
            }
        }
    }
    found.sort_by(|a, b| (a.order, a.source, &a.path).cmp(&(b.order, b.source, &b.path)));
    let mut seen = BTreeSet::new();
    found.retain(|interpreter| seen.insert((interpreter.path.clone(), interpreter.order)));
    Ok(found)
}

/// The interpreter for each minor version: a named one before others, then the newest.
pub(crate) fn choose(found: &[Interpreter]) -> BTreeMap<Minor, &Interpreter> {
    let mut chosen: BTreeMap<Minor, &Interpreter> = BTreeMap::new();
    for interpreter in found.iter().filter(|found| found.unfit().is_none()) {
        let rank = |i: &Interpreter| (i.source == Source::Named, i.order);
        chosen
            .entry(interpreter.minor())
            .and_modify(|best| {
                if rank(interpreter) > rank(best) {
                    *best = interpreter;
                }
            })
            .or_insert(interpreter);
    }
    chosen
}

/// Finds the interpreter for each minor version.
///
/// # Errors
/// There is none at all, or a named one doesn't start.
pub(crate) fn find_chosen() -> Result<Vec<Interpreter>> {
    let found = find()?;
    let chosen: Vec<Interpreter> = choose(&found).into_values().cloned().collect();
    if chosen.is_empty() {
        bail!(
            "no Python from {} to {} was found on PATH, in pyenv, in uv's folder or in {VARIABLE}",
            SUPPORTED[0],
            SUPPORTED[SUPPORTED.len() - 1]
        );
    }
    Ok(chosen)
}

/// Finds the interpreter for each of these minor versions.
///
/// # Errors
/// One isn't there, or a named one doesn't start.
pub(crate) fn find_these(wanted: &[Minor]) -> Result<Vec<Interpreter>> {
    let found: Vec<Interpreter> = find_chosen()?
        .into_iter()
        .filter(|python| wanted.contains(&python.minor()))
        .collect();
    let missing: Vec<String> = wanted
        .iter()
        .filter(|minor| !found.iter().any(|python| python.minor() == **minor))
        .map(Minor::to_string)
        .collect();
    if !missing.is_empty() {
        bail!(
            "no Python {} was found; choose others with `--python`, or name one in {VARIABLE}",
            missing.join(", ")
        );
    }
    Ok(found)
}

impl fmt::Display for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl FromStr for Minor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_once('.')
            .and_then(|(major, minor)| Some(Self(major.parse().ok()?, minor.parse().ok()?)))
            .ok_or_else(|| format!("`{text}` is no minor version like 3.12"))
    }
}

#[cfg(test)]
mod tests;
