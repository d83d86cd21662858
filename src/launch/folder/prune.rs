//! Takes away the folders of runs long past. Called under the root's lock. Failing to remove
//! one is no failure of the run: a later one tries again.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{PASSING, set_aside};

/// How long a folder that no run used is kept.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// The start of the names of payload packages, and so of the folders of runs.
const PACKAGE: &str = "_probe_";

/// Removes what nobody used for a week and no living process was started with.
pub(super) fn prune(root: &Path, ours: &Path, now: SystemTime) {
    let old: Vec<PathBuf> = fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path != ours && is_a_runs(path) && is_old(path, now))
        .collect();
    if old.is_empty() {
        return;
    }
    let environments = environments();
    for folder in old {
        if !is_named_in(&folder, &environments) {
            let _ = set_aside(root, &folder);
        }
    }
}

fn is_a_runs(path: &Path) -> bool {
    path.file_name()
        .and_then(OsStr::to_str)
        .is_some_and(|name| name.starts_with(PACKAGE) || name.starts_with(PASSING))
}

fn is_old(path: &Path, now: SystemTime) -> bool {
    fs::symlink_metadata(path)
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|used| now.duration_since(used).is_ok_and(|age| age > KEPT))
}

/// The environments that this user's processes were started with, where the system shows
/// them. A server that runs for months may start another Python at any time.
fn environments() -> Vec<Vec<u8>> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().as_bytes().iter().all(u8::is_ascii_digit))
        .filter_map(|entry| fs::read(entry.path().join("environ")).ok())
        .collect()
}

fn is_named_in(folder: &Path, environments: &[Vec<u8>]) -> bool {
    let mut variable = b"PROBE_RUN_DIR=".to_vec();
    variable.extend_from_slice(folder.as_os_str().as_bytes());
    environments
        .iter()
        .any(|environment| environment.split(|byte| *byte == 0).any(|v| v == variable))
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn only_what_is_old_and_unused_goes() {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path();
        let make = |name: &str| {
            let path = root.join(name);
            fs::create_dir_all(path.join("inside")).unwrap();
            path
        };
        let (ours, idle, used) = (make("_probe_a"), make("_probe_b"), make("_probe_c"));
        let (passing, foreign) = (make(".passing-x"), make("other"));

        prune(root, &ours, SystemTime::now());
        assert!(idle.exists(), "fresh ones stay");

        let mut process = Command::new("sleep")
            .arg("60")
            .env("PROBE_RUN_DIR", &used)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        prune(root, &ours, SystemTime::now() + 2 * KEPT);
        let (kept, gone) = ([&ours, &used, &foreign], [&idle, &passing]);
        let answer = (
            kept.map(|path| path.exists()),
            gone.map(|path| path.exists()),
        );
        process.kill().unwrap();
        process.wait().unwrap();
        assert_eq!(answer, ([true; 3], [false; 2]));

        prune(root, &ours, SystemTime::now() + 2 * KEPT);
        assert!(!used.exists(), "its process has ended");
    }
}
