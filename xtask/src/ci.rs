//! `cargo xtask ci`: what `.ci/run` checks after it has prepared the machine, and what
//! somebody runs before sending a change. Each check is a command of its own.

use std::process::ExitCode;

use anyhow::Result;

use crate::interpreters::{Minor, SUPPORTED};
use crate::{console, process, workspace};

/// Runs all checks; the first that fails ends it.
pub(crate) fn run() -> Result<ExitCode> {
    let versions = SUPPORTED
        .iter()
        .map(Minor::to_string)
        .collect::<Vec<_>>()
        .join(",");
    let checks: [&[&str]; 4] = [
        &["xtask", "pythons", "--require", &versions],
        &["fmt", "--check"],
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
        &["xtask", "test"],
    ];
    for check in checks {
        let mut command = workspace::cargo(check);
        console::heading(&console::typed_line(&command));
        process::run(&mut command)?;
    }
    Ok(ExitCode::SUCCESS)
}
