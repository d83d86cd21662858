//! One thing that a user's tool does to a virtualenv, and what is promised about the probe.

use anyhow::Result;

use super::scene::Scene;
use super::tools::Tool;

/// What becomes of the probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Promise {
    /// Every file is as it was, and it fires.
    Kept,
    /// Every file is as it was, in a virtualenv that is somewhere else; it fires.
    Moved,
    /// Some files are gone or somebody else's.
    Damaged,
    /// Every file is as it was, where the virtualenv's Python no longer looks.
    LeftBehind,
    /// Nothing is left of it.
    Removed,
}

impl Promise {
    /// A word for the table.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Moved => "kept, moved",
            Self::Damaged => "in part",
            Self::LeftBehind => "left behind",
            Self::Removed => "removed",
        }
    }
}

/// Does something in a scene.
pub(super) type Deed = fn(&Scene<'_>) -> Result<()>;

/// One row of the table.
pub(super) struct Action {
    /// As a user would say it.
    pub(super) name: &'static str,
    /// What has to be there.
    pub(super) tool: Option<Tool>,
    /// What comes of it.
    pub(super) promise: Promise,
    /// It is part of the short form.
    pub(super) short: bool,
    /// What is done before the probe is installed.
    pub(super) before: Deed,
    /// What the tool does.
    pub(super) deed: Deed,
}

impl Action {
    /// One that needs no tool and no preparation, and that the probe survives.
    pub(super) fn new(name: &'static str, deed: Deed) -> Self {
        Self {
            name,
            tool: None,
            promise: Promise::Kept,
            short: false,
            before: |_| Ok(()),
            deed,
        }
    }

    pub(super) fn by(self, tool: Tool) -> Self {
        Self {
            tool: Some(tool),
            ..self
        }
    }

    pub(super) fn with(self, promise: Promise) -> Self {
        Self { promise, ..self }
    }

    pub(super) fn after(self, before: Deed) -> Self {
        Self { before, ..self }
    }

    /// In the short form too.
    pub(super) fn short(self) -> Self {
        Self {
            short: true,
            ..self
        }
    }
}
