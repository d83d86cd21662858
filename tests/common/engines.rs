//! The two engines, and which of them serves where nobody asks for one.

use super::Python;

/// What does the timing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// `assets/native`.
    Native,
    /// `assets/runtime/python_engine.py` and what it uses.
    Python,
}

/// The one that `auto` chooses on every Python that tests run on.
pub const AUTO: Engine = Engine::Native;

impl Engine {
    /// The name as in reports, in PROBE_ENGINE and in plans.
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Python => "python",
        }
    }

    /// Whether it times nested functions and those of a script: the Python engine can where
    /// `sys.monitoring` is.
    pub fn sees_nested(self, python: &Python) -> bool {
        self == Self::Native || python.minor >= 12
    }
}
