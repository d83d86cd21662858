//! The configuration file: which one is in force, and reading it. What may stand in it is
//! `document`'s; how it joins the command line is `plan`'s.

mod document;
mod error;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub use error::{ConfigError, Fault, Place};

use super::{Detail, Engine, Pattern};
use crate::files::check_trusted;
use crate::recording::keep::Keep;

/// Our own file's name.
const PROBE_TOML: &str = "probe.toml";
/// The project's file, in which ours is one table of many.
const PYPROJECT_TOML: &str = "pyproject.toml";

/// What a configuration file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file.
    pub path: PathBuf,
    /// The key `targets`.
    pub targets: Vec<Pattern>,
    /// The key `exclude`, each as a target with `!`.
    pub exclude: Vec<Pattern>,
    /// The key `detail`.
    pub detail: Option<Detail>,
    /// The key `engine`.
    pub engine: Option<Engine>,
    /// The key `data-dir`, absolute: relative ones start at the file's folder.
    pub data_dir: Option<PathBuf>,
    /// The keys `keep-for` and `keep-size`.
    pub keep: Keep,
    /// The key `budgets`, each with its place; what they say is for `probe check` to read.
    pub budgets: Vec<(String, Place)>,
}

impl Config {
    /// Reads the file given, or else the nearest one from `folder` upwards; nothing where
    /// there is none.
    ///
    /// # Errors
    /// The file can't be read, isn't TOML, or says what we don't know.
    pub fn find(given: Option<&Path>, folder: &Path) -> Result<Option<Self>, ConfigError> {
        match given {
            Some(path) => Self::load(&folder.join(path)).map(Some),
            None => Self::nearest(folder),
        }
    }

    /// Reads a file that must be there and must have something to say to us.
    fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        let whole_file = path.file_name().is_none_or(|name| name != PYPROJECT_TOML);
        document::parse(path, &text, whole_file)?.ok_or_else(|| ConfigError::NoTable {
            path: path.to_owned(),
        })
    }

    fn nearest(folder: &Path) -> Result<Option<Self>, ConfigError> {
        for folder in folder.ancestors() {
            let ours = folder.join(PROBE_TOML);
            if let Some(text) = read_where_present(&ours)? {
                check(&ours)?;
                return document::parse(&ours, &text, true);
            }
            let shared = folder.join(PYPROJECT_TOML);
            if let Some(text) = read_where_present(&shared)? {
                match document::parse(&shared, &text, false) {
                    Ok(None) => {}
                    // A pyproject.toml that is broken for everybody isn't ours to complain of,
                    // unless we are in it.
                    Err(error) if error.is_syntax() && !text.contains("tool.probe") => {}
                    answer => return check(&shared).and(answer),
                }
            }
        }
        Ok(None)
    }
}

/// Refuses a file that nobody named and others could have put there: it says what is timed, and
/// where that is recorded.
fn check(path: &Path) -> Result<(), ConfigError> {
    check_trusted(path).map_err(|distrust| ConfigError::Untrusted {
        path: path.to_owned(),
        distrust,
    })
}

fn read_where_present(path: &Path) -> Result<Option<String>, ConfigError> {
    // Neither a folder nor a pipe, which would be waited for, is a configuration.
    if fs::metadata(path).is_ok_and(|it| !it.is_file()) {
        return Ok(None);
    }
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(source) => Err(ConfigError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

#[cfg(test)]
mod tests;
