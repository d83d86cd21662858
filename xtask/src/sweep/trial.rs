//! One point of a sweep: kills a command there, and tells what is wrong with what it left.

use std::fs;
use std::process::Output;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::calls::Counted;
use super::scene::{Kept, Scene, Stamp, TARGETS, described};
use super::tracer::{self, End, Ran};
use crate::process;

/// Nothing that is started here takes longer.
const LIMIT: Duration = Duration::from_secs(60);

/// How the names of temporary files begin.
const TEMPORARY: &str = ".probe-new-";

/// What is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Operation {
    /// Into a virtualenv without the probe
    Install,
    /// With other targets, over an installation
    Upgrade,
    /// Of an installation
    Uninstall,
}

impl Operation {
    /// Its name in the table.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Upgrade => "upgrade",
            Self::Uninstall => "uninstall",
        }
    }

    fn begins_at(self) -> Kept {
        match self {
            Self::Install => Kept::Clean,
            Self::Upgrade | Self::Uninstall => Kept::Installed,
        }
    }
}

/// After which points the next commands are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Healing {
    /// Each.
    Always,
    /// Those before which a call may have changed the disk: others leave what the point before
    /// left.
    AfterChanges,
}

/// What is wrong with what a killed command left.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Starts of a Python that said something, failed, or ran the app otherwise.
    pub(super) bad_starts: Vec<String>,
    /// States that `status` tells wrong, or that the next command doesn't heal.
    pub(super) unhealed: Vec<String>,
    /// Whether the next commands were tried.
    pub(super) is_healed: bool,
}

#[derive(Debug, Deserialize)]
struct Status {
    state: String,
}

/// Runs the operation to its end; how many of its calls count.
pub(super) fn whole(scene: &Scene<'_>, operation: Operation, counted: Counted) -> Result<usize> {
    scene.restore(operation.begins_at())?;
    let ran = start(scene, operation, counted, None)?;
    match ran.end {
        End::Ended(status) if status.success() => Ok(ran.calls),
        end => anyhow::bail!(
            "the {} that isn't killed goes wrong: {end:?}",
            operation.name()
        ),
    }
}

/// Kills the operation at its n-th call that counts, and looks at what it left; none where it
/// ended before that call.
pub(super) fn point(
    scene: &Scene<'_>,
    operation: Operation,
    counted: Counted,
    healing: Healing,
    at: usize,
) -> Result<Option<Found>> {
    scene.restore(operation.begins_at())?;
    let stamps = scene.stamps()?;
    let ran = start(scene, operation, counted, Some(at))?;
    if ran.end != End::Killed {
        return Ok(None);
    }
    let mut found = Found::default();
    found.bad_starts.extend(scene.start()?);
    judge_state(scene, operation, &mut found)?;
    judge_stamps(scene, &stamps, &mut found)?;
    if healing == Healing::AfterChanges && !ran.has_changed {
        return Ok(Some(found));
    }
    found.is_healed = true;
    scene.keep(Kept::Killed)?;
    heal_by_install(scene, &mut found)?;
    scene.restore(Kept::Killed)?;
    let stamps = scene.stamps()?;
    heal_by_uninstall(scene, &mut found)?;
    judge_stamps(scene, &stamps, &mut found)?;
    Ok(Some(found))
}

fn start(
    scene: &Scene<'_>,
    operation: Operation,
    counted: Counted,
    at: Option<usize>,
) -> Result<Ran> {
    let command = match operation {
        Operation::Install => scene.install(TARGETS[0]),
        Operation::Upgrade => scene.install(TARGETS[1]),
        Operation::Uninstall => scene.probe("uninstall"),
    };
    tracer::run(&command, counted, at)
}

/// `status` names the old state, the new one, or says that something is incomplete.
fn judge_state(scene: &Scene<'_>, operation: Operation, found: &mut Found) -> Result<()> {
    let output = output(scene, &["status", "--no-start", "--json"])?;
    let state = state(&output)?;
    let is_clean = scene.differences()?.is_empty();
    let fits = match state.as_str() {
        "incomplete" => !is_clean,
        "intact" => !is_clean,
        "absent" => is_clean && operation != Operation::Upgrade,
        _ => false,
    };
    if !fits {
        let clean = if is_clean { "clean" } else { "not clean" };
        found.unhealed.push(format!(
            "`status` says `{state}`, and site-packages is {clean}: {}",
            described(&output)
        ));
    }
    Ok(())
}

/// The user's own files are the same files, not copies.
fn judge_stamps(scene: &Scene<'_>, before: &[Stamp], found: &mut Found) -> Result<()> {
    if scene.stamps()? != before {
        found
            .unhealed
            .push("a file of the user's was written".to_owned());
    }
    Ok(())
}

/// The next install leaves something whole that fires, and that can be taken out again.
fn heal_by_install(scene: &Scene<'_>, found: &mut Found) -> Result<()> {
    let mut install = scene.install(TARGETS[1]);
    let installed = process::output_within(&mut install, LIMIT)?;
    if !installed.status.success() {
        let what = format!("the next install fails: {}", described(&installed));
        found.unhealed.push(what);
        return Ok(());
    }
    let status = output(scene, &["status", "--json"])?;
    if !status.status.success() || state(&status)? != "intact" {
        let what = format!("after the next install: {}", described(&status));
        found.unhealed.push(what);
    }
    found.bad_starts.extend(scene.start()?);
    let removed = output(scene, &["uninstall"])?;
    judge_clean(scene, "the next install and its uninstall", &removed, found)
}

/// The next uninstall leaves nothing.
fn heal_by_uninstall(scene: &Scene<'_>, found: &mut Found) -> Result<()> {
    let removed = output(scene, &["uninstall"])?;
    // It is no failure where nothing is there any more.
    let was_clean = removed.status.code() == Some(3)
        && String::from_utf8_lossy(&removed.stderr).contains("isn't installed");
    if !was_clean && !removed.status.success() {
        let what = format!("the next uninstall fails: {}", described(&removed));
        found.unhealed.push(what);
    }
    judge_clean(scene, "the next uninstall", &removed, found)?;
    found.bad_starts.extend(scene.start()?);
    Ok(())
}

/// Site-packages is as before the first install, and the registry can be read.
fn judge_clean(scene: &Scene<'_>, after: &str, said: &Output, found: &mut Found) -> Result<()> {
    let differences = scene.differences()?;
    if !differences.is_empty() {
        found.unhealed.push(format!(
            "after {after}: {}; {}",
            differences.join(", "),
            described(said)
        ));
    }
    let mut all = scene.probe_without_venv("status");
    let all = process::output_within(all.args(["--all", "--no-start"]), LIMIT)?;
    if String::from_utf8_lossy(&all.stderr).contains("damaged") {
        found
            .unhealed
            .push(format!("after {after}: {}", described(&all)));
    }
    let data = scene.data();
    if data.is_dir() {
        for entry in fs::read_dir(&data).with_context(|| format!("`{}`", data.display()))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.starts_with(TEMPORARY) {
                found.unhealed.push(format!(
                    "after {after}: `{name}` is left in the data folder"
                ));
            }
        }
    }
    Ok(())
}

fn output(scene: &Scene<'_>, arguments: &[&str]) -> Result<Output> {
    let (verb, options) = arguments.split_first().context("no command")?;
    process::output_within(scene.probe(verb).args(options), LIMIT)
}

fn state(output: &Output) -> Result<String> {
    let status: Status = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("`probe status` can't be understood: {}", described(output)))?;
    Ok(status.state)
}
