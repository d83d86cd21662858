//! What `uninstall` says about one venv, in JSON and in words.

use serde::Serialize;

use crate::commands::install::{StepAnswer, step_lines};
use crate::harmless;
use crate::python::Venv;
use crate::site::{Done, Kept, Mode};

/// One venv in `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    pub(super) schema: u32,
    pub(super) venv: String,
    pub(super) site_packages: String,
    pub(super) dry_run: bool,
    pub(super) steps: Vec<StepAnswer>,
    pub(super) kept: Vec<KeptAnswer>,
    pub(super) purged: Vec<String>,
    /// Whether the probe is still at work in the venv's Python; none where that wasn't asked or
    /// can't be told.
    pub(super) fires: Option<bool>,
    /// What brings it then.
    pub(super) through: Vec<String>,
}

/// A file that stays.
#[derive(Debug, Serialize)]
pub(super) struct KeptAnswer {
    path: String,
    why: &'static str,
}

impl From<&Kept> for KeptAnswer {
    fn from(kept: &Kept) -> Self {
        Self {
            path: kept.path.clone(),
            why: kept.why,
        }
    }
}

/// What was removed, for people.
pub(super) fn summary(removed: &[(Venv, Done)], purged: &[String], mode: Mode) -> String {
    let mut text = String::new();
    for (place, done) in removed {
        let place = harmless::line(&place.site_packages.display().to_string());
        if done.plan.steps.is_empty() {
            text.push_str(&format!("nothing to remove from {place}\n"));
        } else {
            text.push_str(&format!("{} from {place}\n", verb(mode)));
            text.push_str(&step_lines(&done.plan.steps));
        }
    }
    text + &purged_line(purged, "", mode)
}

/// How many recordings were removed, for people, and whose.
pub(super) fn purged_line(purged: &[String], whose: &str, mode: Mode) -> String {
    if purged.is_empty() {
        return String::new();
    }
    let files = purged.iter().filter(|path| !path.ends_with('/')).count();
    format!("{} the recordings{whose}, {files} files\n", verb(mode))
}

/// What is said of a removal.
pub(super) fn verb(mode: Mode) -> &'static str {
    match mode {
        Mode::Perform => "removed",
        Mode::DryRun => "would remove",
    }
}
