//! What can be wrong with a configuration file, with the place in it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::exit::{Diagnose, Exit};
use crate::files::Distrust;
use crate::targets::pattern::PatternError;

/// A configuration that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("the configuration `{}` can't be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Nobody named the file, and others could have put it there.
    #[error("the nearest configuration isn't used: {distrust}")]
    Untrusted {
        /// The file.
        path: PathBuf,
        /// Who, and where.
        distrust: Distrust,
    },
    /// A pyproject.toml was named that says nothing to us.
    #[error("the configuration `{}` has no table `[tool.probe]`", path.display())]
    NoTable {
        /// The file.
        path: PathBuf,
    },
    /// Something at one place of the file.
    #[error("{place}: {fault}")]
    At {
        /// Where.
        place: Place,
        /// What.
        fault: Box<Fault>,
    },
}

/// A place in a file, counted in lines and characters from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        write!(f, "`{path}`, line {}, column {}", self.line, self.column)
    }
}

/// What is wrong at a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It isn't TOML.
    #[error("this isn't TOML: {0}")]
    Syntax(String),
    /// A key that means nothing here.
    #[error("unknown key `{key}`{}", suggestion.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
    UnknownKey {
        /// The key.
        key: String,
        /// A key that looks like it.
        suggestion: Option<String>,
    },
    /// A value of the wrong type.
    #[error("`{key}` takes {expected}, not {found}")]
    WrongType {
        /// The key.
        key: String,
        /// What would be right.
        expected: &'static str,
        /// The type that was found.
        found: String,
    },
    /// A word that isn't among those allowed.
    #[error("`{key}` can't be `{value}`{}", suggestion.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
    UnknownValue {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// A value that looks like it.
        suggestion: Option<String>,
        /// All values allowed.
        allowed: String,
    },
    /// An amount that isn't one.
    #[error("`{key}` can't be `{value}`: {expected}")]
    Amount {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// What would be right.
        expected: String,
    },
    /// A `~user`, or a `~` where nobody has a home.
    #[error("`{0}` can't be expanded: only `~` and `~/…` stand for a home folder")]
    Home(String),
    /// A target that doesn't parse.
    #[error(transparent)]
    Target(#[from] PatternError),
}

impl ConfigError {
    /// True where the file isn't TOML at all.
    pub(super) fn is_syntax(&self) -> bool {
        matches!(self, Self::At { fault, .. } if matches!(**fault, Fault::Syntax(_)))
    }
}

impl Diagnose for ConfigError {
    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => Some(
                "name another file with `--config`, or make this one readable and UTF-8".to_owned(),
            ),
            Self::Untrusted { path, .. } => Some(format!(
                "give it with `--config {}` if you trust who can change it, or give another",
                path.display()
            )),
            Self::NoTable { .. } => {
                Some("add `[tool.probe]` with `targets = [\"shop.**:*\"]` to it".to_owned())
            }
            Self::At { fault, .. } => fault.hint(),
        }
    }
}

impl Fault {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Syntax(_) | Self::Amount { .. } => None,
            Self::UnknownKey { .. } => Some(format!(
                "the keys are {}",
                super::document::KEYS
                    .map(|key| format!("`{key}`"))
                    .join(", ")
            )),
            Self::WrongType { key, .. } => Some(match key.as_str() {
                "targets" => "write `targets = [\"shop.**:*\"]`".to_owned(),
                "exclude" => "write `exclude = [\"shop.tests.**\"]`".to_owned(),
                "budgets" => "write `budgets = [\"shop.**:* p99 < 20ms\"]`".to_owned(),
                "data-dir" => "write `data-dir = \"recordings\"`".to_owned(),
                "keep-for" => "write `keep-for = \"30d\"`".to_owned(),
                "keep-size" => "write `keep-size = \"1GB\"`".to_owned(),
                "detail" => "write `detail = \"tree\"`".to_owned(),
                "engine" => "write `engine = \"auto\"`".to_owned(),
                _ => "write a table, `[tool.probe]`, with a key on each line".to_owned(),
            }),
            Self::UnknownValue { key, allowed, .. } => Some(format!("`{key}` is one of {allowed}")),
            Self::Home(_) => Some("write the whole path".to_owned()),
            Self::Target(error) => error.hint(),
        }
    }
}
