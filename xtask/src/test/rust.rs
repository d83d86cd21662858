//! The Rust tests of the whole workspace, which run the real program on the chosen Pythons.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::tally::Tally;
use super::tools;
use crate::interpreters::{self, Interpreter};
use crate::{console, process, workspace};

/// Runs `cargo test` with exactly these interpreters and tools.
pub(super) fn run(pythons: &[Interpreter], tools: &Path) -> Result<Tally> {
    let mut command = workspace::cargo(&["test", "--workspace", "--no-fail-fast"]);
    console::heading("Rust");
    console::command(&command);
    command
        .env(interpreters::VARIABLE, joined(pythons)?)
        .envs(tools::variables(tools));
    let mut tally = Tally::default();
    let status = process::follow(&mut command, |line| {
        tally += Tally::of_rust(line).unwrap_or_default();
    })?;
    Ok(tally.with_exit(status.success()))
}

fn joined(pythons: &[Interpreter]) -> Result<OsString> {
    let paths: Vec<&PathBuf> = pythons.iter().map(|python| &python.path).collect();
    std::env::join_paths(paths).context("the path of a Python has a colon in it")
}
