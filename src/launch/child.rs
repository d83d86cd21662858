//! Starts the child, passes signals on, waits for its end. One thread does all of it, so a
//! signal can never go to a process that took a dead child's number.
//!
//! Why not simply become the child (exec)? The exit code of a child that a signal ended is
//! 128 + n for whoever started us, as scripts may rely on.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};

use nix::unistd::{getpgid, getpgrp, getpid, getsid};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::{Cause, Origin};

use super::signals::{self, Heard};
use super::{Error, Launch};

/// The system's answer for a file without a first line that it knows (`ENOEXEC`).
const NOT_A_BINARY: rustix::io::Errno = rustix::io::Errno::NOEXEC;

/// Runs the command to its end.
pub(super) fn run(launch: &Launch) -> Result<u8, Error> {
    let watch_error = |source| Error::Watch {
        path: launch.program.path.clone(),
        source,
    };
    // Before the start: what comes between is kept and passed on then.
    let mut caught = SignalsInfo::<WithOrigin>::new(signals::to_catch(signals::ignored()))
        .map_err(watch_error)?;
    let mut child = start(launch)?;
    loop {
        if let Some(status) = child.try_wait().map_err(watch_error)? {
            return Ok(exit_code(status));
        }
        for origin in caught.wait() {
            pass_on(&child, &origin);
        }
    }
}

fn start(launch: &Launch) -> Result<Child, Error> {
    let path = &launch.program.path;
    let spawned = prepared(path, launch).arg0(&launch.program.name).spawn();
    let spawned = match spawned {
        // As a shell does with a script that names no interpreter.
        Err(error) if error.raw_os_error() == Some(NOT_A_BINARY.raw_os_error()) => {
            let mut shell = Command::new("/bin/sh");
            shell.arg(path);
            finish(&mut shell, launch);
            shell.spawn()
        }
        other => other,
    };
    spawned.map_err(|source| Error::NotExecutable {
        path: path.clone(),
        source: Some(source),
    })
}

fn prepared(path: &Path, launch: &Launch) -> Command {
    let mut command = Command::new(path);
    finish(&mut command, launch);
    command
}

fn finish(command: &mut Command, launch: &Launch) {
    command.args(&launch.arguments);
    for change in &launch.changes {
        command.env(change.name, &change.after);
    }
}

/// The child hasn't been waited for, so its number is still its own.
///
/// A group or session that was made outside of our pid namespace has the number 0 here, as under
/// `unshare --pid` and in many containers: nix hands that on, rustix's `Pid` can't hold it.
fn pass_on(child: &Child, origin: &Origin) {
    let pid = Pid::from_child(child);
    let number = nix::unistd::Pid::from_raw(pid.as_raw_nonzero().get());
    let heard = Heard {
        signal: origin.signal,
        from_terminal: origin.cause == Cause::Kernel,
        child_in_group: getpgid(Some(number)).is_ok_and(|group| group == getpgrp()),
        leads_session: getsid(None).is_ok_and(|session| session == getpid()),
    };
    if heard.is_for_child() {
        // A child that ended in between needs no signal.
        if let Some(signal) = Signal::from_named_raw(heard.signal) {
            let _ = kill_process(pid, signal);
        }
    }
}

fn exit_code(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    // Both are at most 255 on Unix.
    u8::try_from(code).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_gives_the_code_that_a_shell_gives() {
        assert_eq!(exit_code(ExitStatus::from_raw(7 << 8)), 7);
        assert_eq!(exit_code(ExitStatus::from_raw(255 << 8)), 255);
        assert_eq!(exit_code(ExitStatus::from_raw(15)), 143);
        assert_eq!(exit_code(ExitStatus::from_raw(9 | 0x80)), 137);
    }
}
