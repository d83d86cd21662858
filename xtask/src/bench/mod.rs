//! `cargo xtask bench`: what the probe costs, measured on this machine, as Markdown that can
//! be pasted into `docs/performance.md`. Only ratios travel from one machine to another.

mod call;
mod commands;
mod figures;
mod machine;
mod peers;
mod report;
mod start_up;
mod top;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

use crate::console;
use crate::engine::Engine;
use crate::interpreters::{self, Minor};
use crate::stage::Stage;
use crate::workspace::{self, Profile};

/// No single program that is measured takes longer.
const LIMIT: Duration = Duration::from_secs(120);

/// The versions that are measured where none is chosen.
const USUAL: [Minor; 2] = [Minor(3, 12), Minor(3, 13)];

/// Arguments of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// Which Pythons [default: 3.12,3.13; for peers all that are found]
    #[arg(long, global = true, value_name = "3.12,3.13,…", value_delimiter = ',')]
    python: Vec<Minor>,
    /// Which of the probe's engines
    #[arg(long, global = true, env = "PROBE_ENGINE", default_value = "native")]
    engine: Engine,
    /// How often to measure: starts of each kind, or rounds over all kinds of calls
    #[arg(long, global = true, value_name = "N")]
    runs: Option<usize>,
}

/// What can be measured; start-up and calls, where nothing is chosen.
#[derive(Debug, clap::Subcommand)]
enum What {
    /// The time from start to exit of `python -c pass`, with the probe and without
    StartUp,
    /// The time of one call, with the probe, with a `functools.wraps` wrapper, and bare
    Call,
    /// The time of install, status and uninstall, as whole processes
    Commands,
    /// The time of `probe report` over 1 000 and 10 000 recordings; writes some GB for a while
    Report,
    /// All that has a limit, beside viztracer where it has one; pip fetches it from PyPI once
    ///
    /// On 3.12 and 3.13 each figure of a call is compared with what viztracer adds in the same
    /// run; other Pythons get a table of nanoseconds. Needs a network the first time. Exits with
    /// 0 also where a limit is missed: the tables say so.
    Peers(peers::Args),
    /// The processor time that `probe top` takes while 100 processes record, by what they do
    Top(top::Args),
}

/// Measures and prints.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let stage = Stage::set("bench", workspace::build(Profile::Release)?)?;
    if let Some(What::Peers(peers)) = &args.what {
        return peers::run(&stage, args, peers);
    }
    let wanted: &[Minor] = if args.python.is_empty() {
        &USUAL
    } else {
        &args.python
    };
    let pythons = interpreters::find_these(wanted)?;
    console::line(&machine::described()?);
    if let Some(What::Top(top)) = &args.what {
        let seconds = args.runs.unwrap_or(20);
        for python in pythons.iter().take(1) {
            console::line(&top::measure(&stage, args.engine, python, seconds, top)?);
        }
        return Ok(ExitCode::SUCCESS);
    }
    if matches!(args.what, Some(What::Commands)) {
        let runs = args.runs.unwrap_or(41);
        console::line(&commands::measure(&stage, &pythons, runs)?);
        return Ok(ExitCode::SUCCESS);
    }
    if matches!(args.what, Some(What::Report)) {
        let runs = args.runs.unwrap_or(11);
        console::line(&report::measure(&stage, &pythons[0], runs)?);
        return Ok(ExitCode::SUCCESS);
    }
    if !matches!(args.what, Some(What::Call)) {
        let runs = args.runs.unwrap_or(41);
        console::line(&start_up::measure(&stage, args.engine, &pythons, runs)?);
    }
    if !matches!(args.what, Some(What::StartUp)) {
        let rounds = args.runs.unwrap_or(5);
        console::line(&call::measure(&stage, args.engine, &pythons, rounds)?);
    }
    Ok(ExitCode::SUCCESS)
}
