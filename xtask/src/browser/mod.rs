//! `cargo xtask browser`: the page of `probe export html` in a real browser. Records programs of
//! tests/browser/programs, exports each, and has Chromium open the pages by the scripts of
//! tests/browser: what they show, by mouse and by keyboard, on paper and in the dark, with a
//! thousand functions, for hostile names; that nothing is asked of the network; and accessibility.

mod scenes;
mod tools;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::Result;

use crate::interpreters::{self, Minor};
use crate::stage::Stage;
use crate::workspace::{self, Profile};
use crate::{console, process, verdict};
use tools::Tools;

/// All checks together take no longer.
const LIMIT: Duration = Duration::from_secs(420);

/// Arguments of `cargo xtask browser`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Instead of checking, take the pictures of docs/page.md anew
    #[arg(long)]
    pictures: bool,
    /// Only checks that have this in their name
    #[arg(long, value_name = "TEXT", conflicts_with = "pictures")]
    only: Option<String>,
    /// Which Python records
    #[arg(long, value_name = "3.12", default_value = "3.12")]
    python: Minor,
}

/// Runs the checks, or takes the pictures; exits with 1 where a check failed.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let tools = Tools::find()?;
    let modules = tools.modules()?;
    let stage = Stage::set("browser/runs", workspace::build(Profile::Debug)?)?;
    let python = interpreters::find_these(&[args.python])?.swap_remove(0);
    let pages = scenes::record(&stage, &python)?;
    let mut checks = Command::new(&tools.node);
    checks
        .arg(scripts().join("run.mjs"))
        .arg("--chromium")
        .arg(&tools.chromium)
        .arg("--modules")
        .arg(modules)
        .arg("--pages")
        .arg(pages)
        .arg("--out")
        .arg(stage.folder());
    if args.pictures {
        let pictures = workspace::root().join("docs/images");
        checks.arg("--pictures").arg(pictures);
    }
    if let Some(only) = &args.only {
        checks.args(["--only", only]);
    }
    console::heading(if args.pictures { "Pictures" } else { "Checks" });
    let status = process::status_within(&mut checks, LIMIT)?;
    Ok(verdict::exit(status.success()))
}

/// The folder of the scripts.
fn scripts() -> PathBuf {
    workspace::root().join("tests/browser")
}
