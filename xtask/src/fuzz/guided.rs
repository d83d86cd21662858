//! One target under libFuzzer: seeds, the run, and what it found, made as small as it gets.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::build::Blind;
use super::{folder, tell_again};
use crate::{console, process};

/// Seconds of one input after which it counts as endless.
const ENDLESS: &str = "-timeout=60";

/// Megabytes that the whole run may take.
const MEMORY: &str = "-rss_limit_mb=2048";

/// Seconds that making a finding smaller may take.
const SMALLER: &str = "-max_total_time=30";

/// Feeds a target for so long; returns the number of findings: libFuzzer ends at the first.
pub(super) fn look(guided: &Path, blind: &Blind, target: &str, time: Duration) -> Result<usize> {
    console::heading(target);
    let corpus = folder().join("corpus").join(target);
    let findings = folder().join("findings").join(target);
    fs::create_dir_all(&findings).with_context(|| format!("`{}`", findings.display()))?;
    blind.write_seeds(target, &corpus)?;
    let before = files(&findings)?;
    let log = folder().join(format!("{target}.log"));
    let mut command = engine(guided, target);
    command
        .arg(&corpus)
        .arg(format!("-max_total_time={}", time.as_secs()))
        .arg(format!("-artifact_prefix={}/", findings.display()))
        .args([ENDLESS, MEMORY, "-print_final_stats=1"])
        .stderr(fs::File::create(&log).with_context(|| format!("`{}`", log.display()))?);
    // It never ends by itself where an input hangs in the kernel.
    let status = process::status_within(&mut command, time + Duration::from_secs(300))?;
    let said = fs::read(&log).with_context(|| format!("`{}`", log.display()))?;
    console::line(&summary(&String::from_utf8_lossy(&said)));
    if status.success() {
        return Ok(0);
    }
    console::line(&format!("what libFuzzer said is in {}", log.display()));
    for path in files(&findings)?
        .iter()
        .filter(|path| !before.contains(path))
    {
        let path = smaller(guided, target, path).unwrap_or_else(|_| path.clone());
        console::line(&format!("finding: {}", path.display()));
        tell_again(target, &path);
    }
    Ok(1)
}

fn engine(guided: &Path, target: &str) -> Command {
    let mut command = Command::new(guided);
    command.env("PROBE_FUZZ_TARGET", target);
    command
}

/// Makes a finding smaller; returns the smaller one's path, or the same where it stays.
fn smaller(guided: &Path, target: &str, finding: &Path) -> Result<PathBuf> {
    let path = finding.with_extension("smaller");
    let mut command = engine(guided, target);
    command
        .args(["-minimize_crash=1", SMALLER, ENDLESS, MEMORY])
        .arg(format!("-exact_artifact_path={}", path.display()))
        .arg(finding);
    process::output_within(&mut command, Duration::from_secs(120))?;
    Ok(if path.is_file() {
        path
    } else {
        finding.to_owned()
    })
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("`{}`", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}

/// The figures of a run, and where it panicked, from what libFuzzer said.
fn summary(said: &str) -> String {
    let after = |mark: &str| said.lines().rev().find_map(|line| line.split_once(mark));
    let word = |mark: &str| {
        let rest = after(mark).map_or("", |it| it.1);
        rest.split_whitespace().next().unwrap_or("?").to_owned()
    };
    let mut text = format!(
        "{} inputs, {} edges of the code reached, {} features, at most {} MB",
        word("stat::number_of_executed_units:"),
        word(" cov: "),
        word(" ft: "),
        word("stat::peak_rss_mb:"),
    );
    if let Some(at) = said.lines().position(|line| line.contains("panicked at")) {
        for line in said.lines().skip(at).take(3) {
            text.push_str(&format!("\n    {line}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_those_of_the_end() {
        let said = "#2\tINITED cov: 10 ft: 11 corp: 1/1b\n#9\tDONE   cov: 5095 ft: 12020 corp: 3\n\
                    stat::number_of_executed_units: 7498\nstat::peak_rss_mb: 52\n";
        assert_eq!(
            summary(said),
            "7498 inputs, 5095 edges of the code reached, 12020 features, at most 52 MB"
        );
        let said = "thread panicked at src/x.rs:1:1:\nwhy\nwhere\nmore\n";
        assert!(summary(said).ends_with("panicked at src/x.rs:1:1:\n    why\n    where"));
    }
}
