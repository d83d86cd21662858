//! Builds the two programs of the crate `fuzz`, and drives the one that needs nothing else.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{folder, tell_again};
use crate::{console, process, workspace};

/// Tells libFuzzer which code was reached, as cargo-fuzz does
/// (<https://github.com/rust-fuzz/cargo-fuzz>); none of it needs a nightly compiler. What was
/// compared isn't told: it halves the speed, and our own mutations know what is compared.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Clink-dead-code";

/// Beside it; only a nightly compiler takes it.
const ADDRESS: &str = "-Zsanitizer=address";

/// The program that drives targets on its own.
pub(super) struct Blind(PathBuf);

/// Builds it, with all checks of a debug build.
pub(super) fn blind() -> Result<Blind> {
    let mut command = workspace::cargo(&["build", "--quiet", "--package", "probe-fuzz"]);
    process::run(&mut command).context("the fuzz targets can't be built")?;
    Ok(Blind(workspace::target().join("debug/fuzz-blind")))
}

/// Builds the program that libFuzzer drives; returns its path.
pub(super) fn guided(address: bool) -> Result<PathBuf> {
    let mut rustc = Command::new("rustc");
    rustc.arg("--print=host-tuple");
    let host = process::output_within(&mut rustc, std::time::Duration::from_secs(60))?;
    let host = String::from_utf8_lossy(&host.stdout).trim().to_owned();
    let name = if address { "build-address" } else { "build" };
    let place = folder().join(name);
    let toolchain: &[&str] = if address { &["+nightly"] } else { &[] };
    let mut command = workspace::cargo(toolchain);
    command
        .args(["build", "--package", "probe-fuzz", "--bin", "fuzz-guided"])
        .args(["--features", "guided", "--profile", "fuzz"])
        // With it named, build scripts and macros are built without these flags.
        .args(["--target", &host])
        .arg("--target-dir")
        .arg(&place)
        .env(
            "RUSTFLAGS",
            if address {
                format!("{COVERAGE} {ADDRESS}")
            } else {
                COVERAGE.to_owned()
            },
        );
    if address {
        // `cargo xtask` itself runs in another toolchain, and says so to its children.
        command
            .env_remove("RUSTUP_TOOLCHAIN")
            .env_remove("RUSTC")
            .env_remove("CARGO");
    }
    console::line("building the targets with libFuzzer; the first time takes minutes");
    process::run(&mut command).context(
        "libFuzzer can't be built; it needs a C++ compiler, and with `--address` the nightly \
         toolchain; `--blind` needs neither",
    )?;
    Ok(place.join(host).join("fuzz/fuzz-guided"))
}

impl Blind {
    /// The program.
    pub(super) fn command(&self) -> Command {
        Command::new(&self.0)
    }

    /// The names of all targets, or these, where each is one.
    pub(super) fn chosen(&self, names: &[String]) -> Result<Vec<String>> {
        let output = process::run_quietly(
            self.command().arg("--list"),
            std::time::Duration::from_secs(60),
        )?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let all: Vec<&str> = text
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        if let Some(unknown) = names.iter().find(|name| !all.contains(&name.as_str())) {
            bail!("no target `{unknown}`; there are {}", all.join(", "));
        }
        Ok(if names.is_empty() {
            all.into_iter().map(str::to_owned).collect()
        } else {
            names.to_vec()
        })
    }

    /// Writes the inputs that a target begins with.
    pub(super) fn write_seeds(&self, target: &str, folder: &Path) -> Result<()> {
        process::run(self.command().arg(target).arg("--seeds").arg(folder))
    }

    /// Runs one input again, in the open; returns the number of findings.
    pub(super) fn again(&self, targets: &[String], input: &Path) -> Result<usize> {
        let [target] = targets else {
            bail!("name the target of the input, such as `recording`");
        };
        let mut command = self.command();
        command.arg(target).arg("--input").arg(input);
        command.env("RUST_BACKTRACE", "1");
        let status = process::follow(&mut command, |_| {})?;
        if status.success() {
            console::line(&format!("{target}: nothing is wrong with this input"));
        }
        Ok(usize::from(!status.success()))
    }

    /// Looks at targets one after the other; returns the number of findings.
    pub(super) fn look(&self, targets: &[String], seconds: u64, seed: u64) -> Result<usize> {
        let findings = folder().join("findings");
        let mut found = 0;
        for target in self.chosen(targets)? {
            let mut command = self.command();
            command
                .arg(&target)
                .args([
                    "--seconds",
                    &seconds.to_string(),
                    "--seed",
                    &seed.to_string(),
                ])
                .arg("--crashes")
                .arg(&findings);
            let status = process::follow(&mut command, |_| {})?;
            if !status.success() {
                tell_again(&target, &findings.join(&target).join("blind"));
                found += 1;
            }
        }
        Ok(found)
    }
}
