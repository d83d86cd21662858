//! The two choices that a plan carries beside its targets.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How much is recorded about each call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Detail {
    /// The number of calls and errors.
    Count,
    /// Also the time of each call, as a histogram.
    Time,
    /// Also self time and the call tree.
    #[default]
    Tree,
}

/// What does the timing in the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Native where it loads, else python.
    #[default]
    Auto,
    /// The native engine; python, with the reason in `status`, where it doesn't load.
    Native,
    /// The pure Python engine.
    Python,
}

/// A word that is no detail or engine.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not one of {1}")]
pub struct UnknownName(String, String);

impl Detail {
    /// The names, in the order of growing detail.
    pub const NAMES: [&str; 3] = ["count", "time", "tree"];

    /// The name as written in configurations and plans.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Time => "time",
            Self::Tree => "tree",
        }
    }
}

impl Engine {
    /// The names, the default first.
    pub const NAMES: [&str; 3] = ["auto", "native", "python"];

    /// The name as written in configurations and plans.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Native => "native",
            Self::Python => "python",
        }
    }
}

impl FromStr for Detail {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Count, Self::Time, Self::Tree]
            .into_iter()
            .find(|detail| detail.name() == text)
            .ok_or_else(|| UnknownName(text.to_owned(), Self::NAMES.join(", ")))
    }
}

impl FromStr for Engine {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Auto, Self::Native, Self::Python]
            .into_iter()
            .find(|engine| engine.name() == text)
            .ok_or_else(|| UnknownName(text.to_owned(), Self::NAMES.join(", ")))
    }
}
