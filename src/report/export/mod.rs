//! The model in the formats of other tools: one file a format, each a pure function from a [`Model`]
//! to text or bytes, with the format's specification linked in its first lines. What each has of the
//! model is written down in `docs/exports.md`. `calls` is what the formats with a call tree share. The
//! formats of metrics are those that are served, and `metrics` has them.
//!
//! Every text is harmless to a terminal as it is, and every name that differs from another does so
//! in the export: see [`harmless::name`](crate::harmless::name).

pub mod callgrind;
mod calls;
pub mod collapsed;
pub mod csv;
pub mod flamegraph;
pub mod json;
mod marshal;
pub mod pprof;
pub mod pstats;
pub mod speedscope;

pub use calls::Calls;

use crate::exit::{Diagnose, Exit};

/// Why a model can't be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// No call has ended, or none of which anything is known.
    #[error("there is nothing to export yet: no call of a chosen function has ended")]
    NoCalls,
    /// All calls were counted without their time, which the format is made of.
    #[error("this format shows where time went, and the recordings have counts only")]
    NoTimes,
    /// A writer of the format refused.
    #[error("the export can't be written")]
    Format(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ExportError {
    /// That of a writer.
    pub fn format(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Format(Box::new(error))
    }
}

impl Diagnose for ExportError {
    fn exit(&self) -> Exit {
        Exit::Environment
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoCalls => "let the program run, or see with `probe targets` what became of \
                              the functions that were chosen"
                .to_owned(),
            Self::NoTimes => "record with `--detail tree` or `--detail time`, or choose another \
                              format, such as `csv` or `callgrind`"
                .to_owned(),
            Self::Format(_) => "choose another format, such as `json`".to_owned(),
        })
    }
}

/// The module and the rest of a function's name; no module where it isn't `module:qualname`.
fn parts(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

/// What wrote an export.
fn creator() -> String {
    format!("probe {}", env!("CARGO_PKG_VERSION"))
}
