//! The interpreters that the tests run on: those that `cargo xtask test` names, or those that
//! are found on PATH and in pyenv's folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Paths with a colon between them; set by `cargo xtask test`.
const VARIABLE: &str = "PROBE_TEST_PYTHONS";

/// The supported minor versions of Python 3, which a complete run has all of.
const SUPPORTED: std::ops::RangeInclusive<u8> = 8..=15;

/// Prints what we want to know of an interpreter; the path without pyenv's wrapper.
const ASK: &str = "import sys; print(sys.implementation.name, sys.version_info[0], \
    sys.version_info[1], sys.version_info[2], sys.version_info[3], sys.executable)";

/// A CPython of a supported version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Python {
    /// The minor version, the 12 of Python 3.12.
    pub minor: u8,
    /// The number behind it.
    micro: u32,
    /// It isn't an alpha, a beta or a candidate.
    is_final: bool,
    /// Its program.
    pub path: PathBuf,
}

impl Python {
    fn ask(path: &Path) -> Option<Self> {
        let output = Command::new(path)
            .args(["-I", "-S", "-c", ASK])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let mut words = text.trim_end().splitn(6, ' ');
        if (words.next()?, words.next()?) != ("cpython", "3") {
            return None;
        }
        Some(Self {
            minor: words.next()?.parse().ok()?,
            micro: words.next()?.parse().ok()?,
            is_final: words.next()? == "final",
            path: PathBuf::from(words.next()?),
        })
    }

    /// As `3.12`.
    pub fn version(&self) -> String {
        format!("3.{}", self.minor)
    }
}

/// One interpreter of each version, the oldest first.
///
/// # Panics
/// There is none, or under `CI=true` a supported version is missing.
pub fn pythons() -> &'static [Python] {
    static FOUND: OnceLock<Vec<Python>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let mut found: Vec<Python> = candidates()
            .iter()
            .filter_map(|path| Python::ask(path))
            .filter(|python| SUPPORTED.contains(&python.minor))
            .collect();
        found.sort();
        // Of each version the last, which is the newest.
        found.reverse();
        found.dedup_by_key(|python| python.minor);
        found.reverse();
        assert!(!found.is_empty(), "no Python: name one in {VARIABLE}");
        if super::tools::in_ci() {
            let minors: Vec<u8> = found.iter().map(|python| python.minor).collect();
            let all: Vec<u8> = SUPPORTED.collect();
            assert_eq!(minors, all, "a version is missing: name it in {VARIABLE}");
        }
        found
    })
}

/// The one of this version, if there is one.
pub fn python_of(minor: u8) -> Option<&'static Python> {
    let found = pythons().iter().find(|python| python.minor == minor);
    if found.is_none() {
        super::skip(&format!("a test on Python 3.{minor}"), "there is none");
    }
    found
}

/// The one for tests whose matter isn't the interpreter: the newest that is released.
pub fn usual_python() -> &'static Python {
    let all = pythons();
    all.iter()
        .rfind(|python| python.is_final)
        .unwrap_or(&all[all.len() - 1])
}

fn candidates() -> Vec<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        return std::env::split_paths(&named).collect();
    }
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let pyenv = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| home.map(|home| home.join(".pyenv")));
    let versions = pyenv.and_then(|root| root.join("versions").read_dir().ok());
    let of_pyenv = versions
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin/python")));
    std::iter::once(PathBuf::from("python3"))
        .chain(of_pyenv)
        .collect()
}
