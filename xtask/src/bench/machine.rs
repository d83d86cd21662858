//! Which machine the figures come from: without that they say nothing.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::process;

/// One line with the processor, its cores, the system, the day and the command that was run.
pub(super) fn described() -> Result<String> {
    let system = process::run_quietly(Command::new("uname").arg("-srm"), Duration::from_secs(10))?;
    let day = process::run_quietly(
        Command::new("date").args(["-u", "+%Y-%m-%d"]),
        Duration::from_secs(10),
    )?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    Ok(format!(
        "Measured on {}: {}, {cores} cores, {}. `cargo xtask {}`.",
        text(day.stdout),
        processor().unwrap_or_else(|| "an unknown processor".to_owned()),
        text(system.stdout),
        arguments.join(" ")
    ))
}

/// The processor's name, where Linux tells it.
fn processor() -> Option<String> {
    let known = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = known.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
