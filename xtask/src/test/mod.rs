//! `cargo xtask test`: every test of the project, and one closing line of what came of it.

mod hard;
mod lint;
mod payload;
mod rust;
mod tally;
mod tools;

use std::process::ExitCode;

use anyhow::Result;

use crate::{console, interpreters, verdict};

/// Arguments of `cargo xtask test`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Use one Python only, the newest
    #[arg(long)]
    quick: bool,
}

/// Runs everything, also after a failure; exits with 1 where anything failed.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let found = interpreters::find_chosen()?;
    let first = if args.quick { found.len() - 1 } else { 0 };
    let pythons = &found[first..];
    let versions: Vec<&str> = pythons
        .iter()
        .map(|python| python.version.as_str())
        .collect();
    console::line(&format!("Pythons: {}", versions.join(", ")));

    let tools = tools::prepare(&found)?;
    let mut tally = rust::run(pythons, &tools)?;
    tally += lint::run(&tools)?;
    tally += payload::run(pythons, &tools)?;
    tally += hard::run(pythons)?;

    console::line("");
    console::line(&tally.to_string());
    Ok(verdict::exit(tally.failed == 0))
}
