//! Valgrind's memcheck around a Python: it sees each read and write of memory, on any build of
//! the interpreter, where AddressSanitizer would need the module and a preloaded library built
//! for it by a nightly compiler.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::process;
use crate::stage::Stage;

/// The exit code of a program in which an error was found; none of ours.
const FOUND: &str = "99";

/// One start takes no longer.
const LIMIT: Duration = Duration::from_secs(60);

/// Reads a byte that was freed: an error that must be found.
const ERROR: &str = "\
import ctypes
c = ctypes.CDLL(None)
c.malloc.restype = ctypes.c_void_p
c.free.argtypes = [ctypes.c_void_p]
memory = c.malloc(64)
c.free(memory)
ctypes.string_at(memory, 8)";

/// The command that runs a Python so that its memory is watched: every object in a block of its
/// own, errors told by the exit code, also those of forked children.
pub(super) fn command(stage: &Stage, python: &Path) -> Command {
    let mut command = stage.command(Path::new("valgrind"));
    watch(&mut command, python);
    command
}

/// Fails where valgrind isn't there, or doesn't find an error that is one.
pub(super) fn check() -> Result<()> {
    process::run_quietly(Command::new("valgrind").arg("--version"), LIMIT).context(
        "`valgrind` can't be started; install it (`apt-get install valgrind`), or leave it out by \
         `--no-valgrind` or `--short`",
    )?;
    let python = crate::interpreters::find_these(&super::WATCHED[..1])?;
    for (code, expected) in [("pass", Some(0)), (ERROR, FOUND.parse().ok())] {
        let mut command = Command::new("valgrind");
        watch(&mut command, &python[0].path);
        let output = process::output_within(command.args(["-c", code]), LIMIT)?;
        ensure!(
            output.status.code() == expected,
            "under valgrind, Python {} ended with {} instead of {expected:?}, so its verdict is worth \
             nothing: {}",
            python[0].version,
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

fn watch(command: &mut Command, python: &Path) {
    command
        .args(["--quiet", "--leak-check=no", "--error-exitcode=99"])
        .args(["--main-stacksize=33554432", "--num-callers=30"])
        .arg(python)
        .env("PYTHONMALLOC", "malloc");
}
