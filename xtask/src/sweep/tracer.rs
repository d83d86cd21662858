//! Runs a program under ptrace and kills it at its n-th system call. Threads that it makes are
//! followed, programs that it starts aren't: they run on by themselves, as they would where the
//! program is killed by somebody else. What is killed, and what that must leave, isn't known here.

use std::collections::HashSet;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail, ensure};
use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Event, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::calls::{self, Counted};

/// Stops itself, to be seized, and then becomes the program.
const SHELL: &str = "kill -STOP $$; exec \"$0\" \"$@\"";

/// What became of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It was killed as it began the call that was asked for, which wasn't performed any more.
    Killed,
    /// It ended before it came to that call.
    Ended(ExitStatus),
}

/// How a run went.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ran {
    /// How many calls that count it began.
    pub(super) calls: usize,
    /// Whether the last call before that may have changed what is on the disk.
    pub(super) has_changed: bool,
    /// How it ended.
    pub(super) end: End,
}

/// Runs `command` and kills it as it begins its n-th call that counts; with none, to its end.
///
/// # Errors
/// It can't be started, or tracing isn't allowed here.
pub(super) fn run(command: &Command, counted: Counted, kill_at: Option<usize>) -> Result<Ran> {
    let program = seize(command)?;
    let mut tracer = Tracer {
        program,
        counted,
        kill_at,
        has_begun: false,
        inside: HashSet::new(),
        calls: 0,
        has_changed: true,
        last_changes: true,
    };
    loop {
        // Only what this thread traces: another one may be at work on another program.
        let flags = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
        let status = match waitpid(None, Some(flags)) {
            Err(Errno::EINTR) => continue,
            status => status.context("the traced program is lost")?,
        };
        if let Some(end) = tracer.see(status)? {
            return Ok(Ran {
                calls: tracer.calls,
                has_changed: tracer.has_changed,
                end,
            });
        }
    }
}

/// Starts it stopped, takes hold of it, and lets it go on to its first system call.
fn seize(command: &Command) -> Result<Pid> {
    let mut shell = Command::new("sh");
    shell
        .args([OsString::from("-c"), SHELL.into()])
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let child = shell.spawn().context("`sh` can't be started")?;
    let program = Pid::from_raw(i32::try_from(child.id())?);
    let stopped = waitpid(program, Some(WaitPidFlag::WUNTRACED))?;
    ensure!(
        matches!(stopped, WaitStatus::Stopped(..)),
        "`sh` didn't stop itself: {stopped:?}"
    );
    let options = Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEEXEC
        | Options::PTRACE_O_EXITKILL;
    if let Err(error) = ptrace::seize(program, options) {
        let _ = kill(program, Signal::SIGKILL);
        let _ = waitpid(program, None);
        bail!(
            "this needs ptrace, which isn't allowed here ({error}): a container needs \
             `--cap-add SYS_PTRACE`, a host `kernel.yama.ptrace_scope` below 2"
        );
    }
    kill(program, Signal::SIGCONT)?;
    Ok(program)
}

struct Tracer {
    program: Pid,
    counted: Counted,
    kill_at: Option<usize>,
    /// The shell's own calls don't count.
    has_begun: bool,
    /// Threads that have begun a call and not ended it.
    inside: HashSet<Pid>,
    calls: usize,
    has_changed: bool,
    /// Whether the last call that was begun may change what is on the disk.
    last_changes: bool,
}

impl Tracer {
    /// Takes one report, and lets its thread go on; the end, where that was it.
    fn see(&mut self, status: WaitStatus) -> Result<Option<End>> {
        match status {
            WaitStatus::PtraceSyscall(thread) => {
                if !self.inside.remove(&thread) {
                    self.inside.insert(thread);
                    if self.is_the_call(thread)? {
                        kill(self.program, Signal::SIGKILL)?;
                        return Ok(None);
                    }
                }
                resume(thread, None)?;
            }
            WaitStatus::PtraceEvent(thread, _, event) => {
                self.has_begun |= event == Event::PTRACE_EVENT_EXEC as i32;
                resume(thread, None)?;
            }
            WaitStatus::Stopped(thread, signal) => resume(thread, Some(signal))?,
            WaitStatus::Exited(thread, code) if thread == self.program => {
                return Ok(Some(End::Ended(ExitStatus::from_raw(code << 8))));
            }
            WaitStatus::Signaled(thread, signal, _) if thread == self.program => {
                let killed = self.kill_at.is_some_and(|at| self.calls >= at);
                let status = ExitStatus::from_raw(signal as i32);
                return Ok(Some(if killed {
                    End::Killed
                } else {
                    End::Ended(status)
                }));
            }
            _ => {}
        }
        Ok(None)
    }

    /// Counts the call that `thread` begins, and says whether it is the one to be killed at.
    fn is_the_call(&mut self, thread: Pid) -> Result<bool> {
        if !self.has_begun {
            return Ok(false);
        }
        let changes = number(thread)?.is_some_and(calls::may_change);
        self.has_changed = self.last_changes;
        self.last_changes = changes;
        if self.counted == Counted::Changing && !changes {
            return Ok(false);
        }
        self.calls += 1;
        Ok(Some(self.calls) == self.kill_at)
    }
}

/// Lets a thread go on to where its next call begins or ends. One that was killed meanwhile is
/// waited for like the others.
fn resume(thread: Pid, signal: Option<Signal>) -> Result<()> {
    match ptrace::syscall(thread, signal) {
        Ok(()) | Err(Errno::ESRCH) => Ok(()),
        Err(error) => Err(error).context("the traced program can't go on"),
    }
}

/// The number of the system call that a stopped thread begins; none of one that was killed
/// meanwhile. From its registers: `/proc/PID/syscall` says `running` for a moment after the stop
/// was reported.
fn number(thread: Pid) -> Result<Option<i64>> {
    match ptrace::getregs(thread) {
        Ok(registers) => Ok(Some(number_in(&registers))),
        Err(Errno::ESRCH) => Ok(None),
        Err(error) => Err(error).context("the traced program's registers can't be read"),
    }
}

#[cfg(target_arch = "x86_64")]
fn number_in(registers: &libc::user_regs_struct) -> i64 {
    registers.orig_rax.cast_signed()
}

#[cfg(target_arch = "aarch64")]
fn number_in(registers: &libc::user_regs_struct) -> i64 {
    registers.regs[8].cast_signed()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_program_is_killed_before_the_call_that_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("made");
        let command = shell(&format!(": > '{}'", file.display()));
        let whole = run(&command, Counted::Changing, None).unwrap();
        assert!(matches!(whole.end, End::Ended(status) if status.success()));
        assert!(whole.calls >= 1 && file.exists());
        fs::remove_file(&file).unwrap();
        let killed = run(&command, Counted::Changing, Some(1)).unwrap();
        assert_eq!((killed.calls, killed.end), (1, End::Killed));
        assert!(!file.exists());
    }

    #[test]
    fn a_program_that_ends_before_is_said_to_have_ended() {
        let ran = run(&shell("exit 3"), Counted::All, Some(1_000_000)).unwrap();
        assert!(matches!(ran.end, End::Ended(status) if status.code() == Some(3)));
        assert!(ran.calls > 3);
    }
}
