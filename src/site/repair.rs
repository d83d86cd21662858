//! What would make an installation whole again, as a value: which plan is to be installed anew,
//! or what a person has to do first. Pure; the installer performs it.

use std::path::PathBuf;

use super::{Found, Inspection, InstalledPackage, State};
use crate::payload::SITECUSTOMIZE;
use crate::python::Venv;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// It is as it should be.
    Nothing,
    /// Nothing is installed, so that there is nothing to repair.
    Absent,
    /// Install again what this source describes.
    InstallAgain(Box<Source>),
    /// Take away what an interrupted installation left: nothing else is there.
    TakeAway,
    /// Only a person can say what is to become of it; one sentence each.
    ByHand(Vec<String>),
}

/// What is known of the installation that is to be repeated. At least one of the two is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The text of `plan.py`, where it is as it was written.
    pub plan: Option<String>,
    /// What the manifest notes about how the plan came about.
    pub options: Option<serde_json::Value>,
    /// Where the venv was then, where that is another place.
    pub moved_from: Option<PathBuf>,
}

/// Plans it. `elsewhere` are what other site-packages of the venv have: where nothing is in the
/// right one, the installation of the last of them is what is repeated.
#[must_use]
pub fn plan_repair(
    inspection: &Inspection,
    state: State,
    venv: &Venv,
    elsewhere: &[Inspection],
) -> Repair {
    let by_hand = by_hand(inspection);
    if !by_hand.is_empty() {
        return Repair::ByHand(by_hand);
    }
    if state == State::Intact {
        return Repair::Nothing;
    }
    let inspections = std::iter::once(inspection).chain(elsewhere.iter().rev());
    let mut packages = inspections.flat_map(Inspection::by_weight).peekable();
    if packages.peek().is_none() {
        return match state {
            State::Absent => Repair::Absent,
            _ if has_start_up_file(inspection) => Repair::ByHand(vec![no_plan()]),
            _ => Repair::TakeAway,
        };
    }
    packages
        .find_map(|package| source(package, venv))
        .map_or_else(
            || Repair::ByHand(vec![no_plan()]),
            |source| Repair::InstallAgain(Box::new(source)),
        )
}

fn no_plan() -> String {
    "nothing says any more which functions it timed; install it again with `probe install -t TARGET`"
        .to_owned()
}

/// Start-up files that somebody changed, or that aren't ours and stand where ours must.
fn by_hand(inspection: &Inspection) -> Vec<String> {
    let what = |found: &Found, name| match found {
        Found::Modified { .. } => Some("was modified since the probe wrote it"),
        Found::Foreign if name != SITECUSTOMIZE => Some("isn't the probe's"),
        _ => None,
    };
    inspection
        .start_up
        .iter()
        .filter_map(|file| {
            let what = what(&file.found, file.name)?;
            Some(format!(
                "`{}` {what} and isn't overwritten; move it away, then run `probe status --fix` again",
                file.name
            ))
        })
        .collect()
}

fn has_start_up_file(inspection: &Inspection) -> bool {
    inspection
        .start_up
        .iter()
        .any(|file| matches!(file.found, Found::Ours { .. }))
}

fn source(package: &InstalledPackage, venv: &Venv) -> Option<Source> {
    let manifest = package.manifest.as_ref();
    let options = manifest
        .map(|manifest| manifest.options.clone())
        .filter(serde_json::Value::is_object);
    if package.plan.is_none() && options.is_none() {
        return None;
    }
    let then = manifest.map(|manifest| PathBuf::from(&manifest.venv));
    Some(Source {
        plan: package.plan.clone(),
        options,
        moved_from: then.filter(|then| *then != venv.root),
    })
}
