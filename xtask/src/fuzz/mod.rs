//! `cargo xtask fuzz`: hostile input for everything that `probe` reads, driven by libFuzzer,
//! which keeps the inputs that reach new code. `cargo xtask test` drives the same targets without
//! it: the engine's build takes minutes, and it wants a C++ compiler. The targets themselves are
//! the crate `fuzz`.

mod build;
mod guided;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

use crate::{console, process, verdict, workspace};

/// How long the short form looks at each target; its seeds are run however long they take.
const SHORT: u64 = 2;

/// The sequence of inputs of the short form. Another one is another look: `--seed`.
const SEED: u64 = 1;

/// Arguments of `cargo xtask fuzz`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to feed; without, everything that `--list` shows
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// How long to look at each target
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
    /// Look for wrong uses of memory too, with AddressSanitizer; needs the nightly toolchain
    #[arg(long)]
    address: bool,
    /// Run this one input again, such as a finding
    #[arg(long, value_name = "FILE", conflicts_with = "address")]
    input: Option<PathBuf>,
    /// Without libFuzzer and the minutes of its build: a fixed sequence of inputs
    #[arg(long, conflicts_with = "address")]
    blind: bool,
    /// Which sequence, with `--blind`
    #[arg(long, value_name = "N", default_value_t = SEED, requires = "blind")]
    seed: u64,
    /// List the targets
    #[arg(long)]
    list: bool,
}

/// Feeds the targets; exits with 1 where one finds something.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let blind = build::blind()?;
    let findings = if args.list {
        process::run(blind.command().arg("--list"))?;
        0
    } else if let Some(input) = &args.input {
        blind.again(&args.targets, input)?
    } else if args.blind {
        blind.look(&args.targets, args.seconds, args.seed)?
    } else {
        let guided = build::guided(args.address)?;
        let mut findings = 0;
        for target in blind.chosen(&args.targets)? {
            findings += guided::look(&guided, &blind, &target, Duration::from_secs(args.seconds))?;
        }
        findings
    };
    Ok(verdict::exit(findings == 0))
}

/// A short look at every target, always the same one; returns the number of findings.
pub(crate) fn short() -> Result<usize> {
    build::blind()?.look(&[], SHORT, SEED)
}

/// Where inputs are kept from run to run, those that reached new code and those that are
/// findings.
fn folder() -> PathBuf {
    workspace::target().join("fuzz")
}

/// Says how a finding is run again.
fn tell_again(target: &str, path: &std::path::Path) {
    let path = path.display();
    console::line("run it again, with every check and a backtrace:");
    console::typed(&format!("cargo xtask fuzz {target} --input {path}"));
}
