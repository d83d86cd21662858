//! Says what is wrong with a cell: its output, its witnesses, its recordings, the files of others.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;
use walkdir::WalkDir;

use super::columns::Column;
use super::lines::Ran;
use super::scenario::{Fires, Scenario};

/// How often one piece of work calls each target; `tests/matrix/working.py` does.
const CALLS: [(&str, u64); 3] = [
    ("visited:Visitor.visit", 2),
    ("visited:steps", 1),
    ("visited:visit", 3),
];

/// What differs between the program without the probe and with it.
pub(super) fn output(plain: &Ran, probed: &Ran) -> Vec<String> {
    let mut problems = Vec::new();
    if plain.code != probed.code {
        problems.push(format!(
            "exit code {:?} became {:?}",
            plain.code, probed.code
        ));
    }
    for (stream, before, after) in [
        ("stdout", &plain.stdout, &probed.stdout),
        ("stderr", &plain.stderr, &probed.stderr),
    ] {
        if before != after {
            problems.push(format!("{stream} changed from\n{before}\nto\n{after}"));
        }
    }
    problems
}

/// What the interpreters said of the probes that they hold.
pub(super) fn witnesses(
    folder: &Path,
    scenario: &Scenario,
    column: &Column,
) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let mut fired = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let text = fs::read(&path)?;
        let probes: Vec<Value> =
            serde_json::from_slice(&text).with_context(|| format!("`{}`", path.display()))?;
        let firing: Vec<&Value> = probes
            .iter()
            .filter(|probe| probe["fires"] == true)
            .collect();
        if firing.len() > 1 {
            problems.push(format!("{} probes fired in one interpreter", firing.len()));
        }
        let how = scenario.how.unwrap_or_else(|| column.usual_how());
        for probe in firing {
            fired += 1;
            if probe["how"] != how {
                problems.push(format!("it fired through {}, not {how}", probe["how"]));
            }
        }
        if scenario.fires != Fires::Never && probes.is_empty() {
            problems.push("an interpreter holds no probe".to_owned());
        }
    }
    if fired != scenario.fires.witnesses() {
        problems.push(format!(
            "the work was done {fired} times beside a probe that fired, not {}",
            scenario.fires.witnesses()
        ));
    }
    Ok(problems)
}

/// How many recordings there are.
pub(super) fn recordings(data: &Path) -> Result<usize> {
    if !data.exists() {
        return Ok(0);
    }
    let mut count = 0;
    for entry in WalkDir::new(data) {
        count += usize::from(entry?.path().extension().is_some_and(|end| end == "rec"));
    }
    Ok(count)
}

/// What is wrong with a report; `Null` stands for no recordings.
pub(super) fn recorded(report: &Value, scenario: &Scenario) -> Vec<String> {
    let mut problems = Vec::new();
    let processes = report["processes"].as_array().map_or(0, Vec::len);
    if processes != scenario.fires.recordings() {
        problems.push(format!(
            "{processes} processes recorded, not {}",
            scenario.fires.recordings()
        ));
    }
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    let works = u64::try_from(scenario.fires.works()).unwrap_or(u64::MAX);
    if works > 0 {
        expected.extend(CALLS.map(|(name, calls)| (name.to_owned(), calls * works)));
    }
    let found: BTreeMap<String, u64> = report["functions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|function| {
            Some((
                function["name"].as_str()?.to_owned(),
                function["calls"].as_u64()?,
            ))
        })
        .filter(|(_, calls)| *calls > 0)
        .collect();
    if found != expected {
        problems.push(format!("calls are {found:?}, not {expected:?}"));
    }
    problems
}

/// Inode, mode and time of each file that was there before.
pub(super) struct Kept(BTreeMap<PathBuf, (u64, u32, i64, i64)>);

impl Kept {
    /// Those below `folder`, but for bytecode, which Python writes as it likes.
    pub(super) fn of(folder: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        for entry in WalkDir::new(folder) {
            let entry = entry?;
            let metadata = entry.metadata()?;
            let bytecode = entry.path().iter().any(|part| part == "__pycache__");
            if metadata.is_file() && !bytecode {
                let stamp = (
                    metadata.ino(),
                    metadata.mode(),
                    metadata.mtime(),
                    metadata.mtime_nsec(),
                );
                files.insert(entry.path().to_path_buf(), stamp);
            }
        }
        Ok(Self(files))
    }

    /// The files that aren't the same files any more.
    pub(super) fn differences(&self, later: &Self) -> Vec<String> {
        self.0
            .iter()
            .filter(|(path, stamp)| later.0.get(*path) != Some(stamp))
            .map(|(path, _)| format!("`{}` has another inode, mode or time", path.display()))
            .collect()
    }
}
