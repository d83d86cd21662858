//! The payload's own tests, in Python, on each interpreter.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Result, anyhow};

use super::tally::Tally;
use crate::interpreters::{Interpreter, Minor};
use crate::{console, process, venvs, workspace};

/// Where the payload's lie.
const PAYLOAD: &str = "tests/payload";

/// And those of the programs that other tests rely on.
const PROGRAMS: &str = "tests/programs";

/// What they need: the last version for Pythons that newer ones don't run on, and one for the rest.
///
/// The others are what the engine is tried with; tests of one that isn't there are skipped.
const PACKAGES: [&str; 12] = [
    r#"pytest==8.3.5; python_version == "3.8""#,
    r#"pytest==8.4.2; python_version == "3.9""#,
    r#"pytest==9.2.0; python_version >= "3.10""#,
    "cloudpickle==3.1.3",
    r#"coverage==7.6.1; python_version == "3.8""#,
    r#"coverage==7.10.7; python_version == "3.9""#,
    r#"coverage==7.16.2; python_version >= "3.10" and python_version < "3.15""#,
    r#"greenlet==3.1.1; python_version == "3.8""#,
    r#"greenlet==3.2.5; python_version == "3.9""#,
    r#"greenlet==3.5.6; python_version >= "3.10" and python_version < "3.15""#,
    r#"gevent==25.9.1; python_version == "3.9""#,
    r#"gevent==26.9.0; python_version >= "3.10" and python_version < "3.15""#,
];

/// The engines that the payload's tests run on, each in turn.
const ENGINES: [&str; 2] = ["native", "python"];

/// From here on, the Python engine's functions that are called often get the calls into their code.
const PROMOTES_FROM: Minor = Minor(3, 12);

/// The tests of the payload to which that makes a difference: they run once more with it happening
/// at the first call.
const PROMOTED: [&str; 11] = [
    "tests/payload/test_call_sites.py",
    "tests/payload/test_control.py",
    "tests/payload/test_everything.py",
    "tests/payload/test_interleaved.py",
    "tests/payload/test_processes.py",
    "tests/payload/test_recursion.py",
    "tests/payload/test_resumable.py",
    "tests/payload/test_shapes.py",
    "tests/payload/test_threads.py",
    "tests/payload/test_tree.py",
    "tests/payload/test_unchanged.py",
];

/// Runs the tests on all interpreters, as many at a time as there are cores; what one writes is
/// shown when it has ended.
pub(super) fn run(pythons: &[Interpreter], tools: &Path) -> Result<Tally> {
    for python in pythons {
        venvs::with_packages(python, &venv(python), &PACKAGES, tools)?;
    }
    let library = workspace::build_native()?;
    let native = ("PROBE_TEST_NATIVE", library.as_os_str());
    let next = AtomicUsize::new(0);
    let total = Mutex::new(Tally::default());
    let work = || -> Result<()> {
        while let Some(python) = pythons.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut lines = vec![format!("Python {}", python.version)];
            let mut tally = pytest(python, &[PROGRAMS], &[], &mut lines)?;
            for engine in ENGINES {
                let variables = [("PROBE_ENGINE", OsStr::new(engine)), native];
                tally += pytest(python, &[PAYLOAD], &variables, &mut lines)?;
            }
            if python.minor() >= PROMOTES_FROM {
                let variables = [
                    ("PROBE_ENGINE", "python"),
                    ("PROBE_TEST_PROMOTE_AFTER", "1"),
                ];
                let variables = variables.map(|(name, value)| (name, OsStr::new(value)));
                tally += pytest(python, &PROMOTED, &variables, &mut lines)?;
            }
            let mut total = total
                .lock()
                .map_err(|_| anyhow!("another thread panicked"))?;
            *total += tally;
            console::heading(&lines[0]);
            lines[1..].iter().for_each(|line| console::line(line));
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .map_err(|_| anyhow!("a thread that ran tests panicked"))?
        })
    })?;
    Ok(total.into_inner().unwrap_or_default())
}

/// The venv of the tests, kept for the next time.
fn venv(python: &Interpreter) -> PathBuf {
    workspace::target().join(format!("pythons/{}", python.minor()))
}

/// Runs pytest on some folders, with these variables.
fn pytest(
    python: &Interpreter,
    folders: &[&str],
    variables: &[(&str, &OsStr)],
    lines: &mut Vec<String>,
) -> Result<Tally> {
    let mut command = Command::new(venvs::python(&venv(python)));
    command
        .args(["-m", "pytest", "--quiet", "-p", "no:cacheprovider"])
        .args(folders)
        .current_dir(workspace::root())
        .envs(variables.iter().copied())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let set: String = variables
        .iter()
        .map(|(name, value)| format!("{name}={} ", value.display()))
        .collect();
    lines.push(format!("$ {set}{}", console::typed_line(&command)));
    let mut tally = Tally::default();
    let status = process::listen(&mut command, |line| {
        if let Some(last) = Tally::of_pytest(line) {
            tally = last;
        }
        lines.push(line.to_owned());
    })?;
    Ok(tally.with_exit(status.success()))
}
