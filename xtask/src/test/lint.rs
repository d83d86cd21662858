//! The linters of the Python files: ruff's rules and its format, as `ruff.toml` has them.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::tally::Tally;
use crate::{console, process, workspace};

/// The folders with Python files.
const FOLDERS: [&str; 3] = ["assets", "tests", "xtask"];

/// Runs both; each counts as one check.
pub(super) fn run(tools: &Path) -> Result<Tally> {
    console::heading("Python files");
    let mut tally = Tally::default();
    for arguments in [
        &["check", "--quiet"][..],
        &["format", "--check", "--quiet"][..],
    ] {
        let mut command = Command::new(tools.join("bin/ruff"));
        command
            .args(arguments)
            .args(FOLDERS)
            .current_dir(workspace::root());
        console::command(&command);
        let status = process::follow(&mut command, |_| {})?;
        tally += Tally::one(status.success());
    }
    Ok(tally)
}
