//! Waits for Pythons that are just starting, so that none loses a file between finding it and
//! reading it. A Python that has read `probe.pth` imports the package a moment later, and would
//! print a traceback; one that has found `sitecustomize.py` would say that it can't be read.
//! Nothing in those files could prevent it.
//!
//! On a busy machine that moment can be long, so it isn't slept through but looked for: in
//! `/proc`, as processes of this interpreter that have used little processor time yet and want
//! more. Those that can't be seen (of other users or containers) get a short while.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// Where nobody is seen to be starting, who isn't seen has so long.
const LEAST: Duration = Duration::from_millis(4);

/// No longer than this, whatever is seen.
const MOST: Duration = Duration::from_secs(2);

/// A Python that has used so much processor time has started; a bare one needs some 12 ms.
const STARTED: Duration = Duration::from_millis(100);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(1);

/// Where Linux shows processes.
const PROC: &str = "/proc";

/// Waits until every Python of this interpreter that is starting now has started. What is done
/// `meanwhile` may start more of them.
pub(super) fn wait(interpreter: &Path, meanwhile: &mut dyn FnMut()) {
    let began = Instant::now();
    let mut starting = fs::canonicalize(interpreter)
        .map(|program| starting(&program))
        .unwrap_or_default();
    meanwhile();
    while began.elapsed() < LEAST || (!starting.is_empty() && began.elapsed() < MOST) {
        thread::sleep(PAUSE);
        // Who comes now finds the start-up files gone, so nobody is added.
        starting.retain(|process| is_starting(process));
    }
}

/// Waits for a moment at which no Python of this interpreter is starting. What is removed in the
/// next millisecond is missed by nobody: a Python needs several from its first instruction to the
/// import of `sitecustomize`, before which it knows nothing of the file.
pub(super) fn wait_for_a_gap(interpreter: &Path) {
    let Ok(program) = fs::canonicalize(interpreter) else {
        return;
    };
    let began = Instant::now();
    while !starting(&program).is_empty() && began.elapsed() < MOST {
        thread::sleep(PAUSE);
    }
}

/// The folders in `/proc` of processes that run this program and are starting.
fn starting(program: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(PROC) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| entry.file_name().as_encoded_bytes()[0].is_ascii_digit())
        .map(|entry| entry.path())
        .filter(|process| fs::read_link(process.join("exe")).is_ok_and(|exe| exe == program))
        .filter(|process| is_starting(process))
        .collect()
}

/// True for a process that has used little processor time, and wants more of it or waits for the
/// disk.
fn is_starting(process: &Path) -> bool {
    let read = |name: &str| fs::read_to_string(process.join(name)).unwrap_or_default();
    wants_more(&read("stat")) && used(&read("schedstat")).is_some_and(|used| used < STARTED)
}

/// Whether `/proc/PID/stat` says that it runs or waits for the disk. The name in parentheses may
/// have anything in it.
fn wants_more(stat: &str) -> bool {
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| rest.starts_with(['R', 'D']))
}

/// The processor time that `/proc/PID/schedstat` says was used.
fn used(schedstat: &str) -> Option<Duration> {
    let nanoseconds = schedstat.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn what_the_kernel_says_is_understood() {
        assert!(wants_more("7 (a) b) c) R 1 7 7 0"));
        assert!(wants_more("7 (python3) D 1"));
        assert!(!wants_more("7 (python3) S 1"));
        assert!(!wants_more("7 (R) Z 1"));
        assert!(!wants_more(""));
        assert_eq!(used("1500000 23 4\n"), Some(Duration::from_micros(1500)));
        assert_eq!(used(""), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_python_that_has_started_is_not_waited_for() {
        let mut child = Command::new("python3")
            .args([
                "-I",
                "-c",
                "import sys; print('up', flush=True); sys.stdin.read()",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let process = PathBuf::from(format!("{PROC}/{}", child.id()));
        let mut line = [0; 3];
        std::io::Read::read_exact(&mut child.stdout.take().unwrap(), &mut line).unwrap();
        // It comes to rest as soon as it waits for its input.
        while is_starting(&process) {
            thread::sleep(PAUSE);
        }
        let program = fs::read_link(process.join("exe")).unwrap();
        assert!(!starting(&program).contains(&process));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(!is_starting(&process));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_program_that_has_just_begun_is_seen() {
        // Begins to turn at once, and is young for the first 100 ms of its processor time.
        let mut child = Command::new("sh")
            .args(["-c", "while :; do :; done"])
            .spawn()
            .unwrap();
        let process = PathBuf::from(format!("{PROC}/{}", child.id()));
        let seen = is_starting(&process);
        while is_starting(&process) {
            thread::sleep(PAUSE);
        }
        let used = used(&fs::read_to_string(process.join("schedstat")).unwrap());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(seen && used.unwrap() >= STARTED);
    }
}
