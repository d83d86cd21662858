//! `cargo xtask bench`: what the probe costs, measured on this machine, as Markdown that can
//! be pasted into `docs/performance.md`. Only ratios travel from one machine to another.

mod call;
mod figures;
mod machine;
mod stage;
mod start_up;

use std::process::ExitCode;

use anyhow::Result;

use crate::console;
use crate::interpreters::{self, Minor};
use crate::workspace::{self, Profile};
use stage::Stage;

/// Arguments of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// Which Pythons
    #[arg(
        long,
        global = true,
        value_name = "3.12,3.13,…",
        value_delimiter = ',',
        default_value = "3.12,3.13"
    )]
    python: Vec<Minor>,
    /// Which of the probe's engines
    #[arg(long, global = true, default_value = "python")]
    engine: String,
    /// How often to measure: starts of each kind, or rounds over all kinds of calls
    #[arg(long, global = true, value_name = "N")]
    runs: Option<usize>,
}

/// What can be measured; everything, where nothing is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Subcommand)]
enum What {
    /// The time from start to exit of `python -c pass`, with the probe and without
    StartUp,
    /// The time of one call, with the probe, with a `functools.wraps` wrapper, and bare
    Call,
}

/// Measures and prints.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let pythons = interpreters::find_these(&args.python)?;
    let stage = Stage::set(workspace::build(Profile::Release)?, &args.engine)?;
    let wanted = |what| args.what.is_none() || args.what == Some(what);
    console::line(&machine::described()?);
    if wanted(What::StartUp) {
        console::line(&start_up::measure(
            &stage,
            &pythons,
            args.runs.unwrap_or(41),
        )?);
    }
    if wanted(What::Call) {
        console::line(&call::measure(&stage, &pythons, args.runs.unwrap_or(5))?);
    }
    Ok(ExitCode::SUCCESS)
}
