//! Who is alive: whether the process that writes a recording still runs, asked of the system
//! that we run on. Other machines and containers can't be asked; their processes count as
//! running until their recording says otherwise.

use std::fs;
use std::os::unix::fs::MetadataExt;

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use crate::recording::header::Header;

/// What runs at a process's exit may still be recorded for so long, in ns.
const LAST_WORDS_NS: u64 = 600_000_000_000;

/// What became of a recording's process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It runs, or can't be asked.
    Running,
    /// It exited by itself.
    Exited,
    /// It ended without an exit of its own, or the machine did.
    Killed,
}

impl State {
    /// The name as in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Exited => "exited",
            Self::Killed => "killed",
        }
    }
}

/// What the system we run on is known by; unknown parts never match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host {
    /// The boot id.
    pub boot_id: Option<[u8; 16]>,
    /// The inode of our pid namespace.
    pub pid_namespace: Option<u64>,
}

impl Host {
    /// The system that we run on.
    #[must_use]
    pub fn here() -> Self {
        Self {
            boot_id: fs::read_to_string("/proc/sys/kernel/random/boot_id")
                .ok()
                .and_then(|text| parse_boot_id(text.trim())),
            // Following the link gives the inode of the namespace itself.
            pid_namespace: fs::metadata("/proc/self/ns/pid").ok().map(|it| it.ino()),
        }
    }

    /// What became of the process with this header.
    #[must_use]
    pub fn state(&self, header: &Header) -> State {
        if header.exited_wall.is_some() {
            State::Exited
        } else if self.has_ended(header) {
            State::Killed
        } else {
            State::Running
        }
    }

    /// Whether the process with this header may run still, for little: it hasn't said that it
    /// exits, and there is a process with its id. That may be a zombie or another one.
    #[must_use]
    pub fn may_run(&self, header: &Header) -> bool {
        let is_here = self.boot_id == Some(header.boot_id) && self.shares_pids(header);
        if header.exited_wall.is_some() || !is_here {
            return self.state(header) == State::Running;
        }
        signalled(header.pid) != Some(Err(Errno::SRCH))
    }

    /// Whether nobody writes to the recording with this header any more: its process is gone, or,
    /// where that can't be seen, said a while before `now` that it exits. In ns since 1970 UTC.
    #[must_use]
    pub fn is_over(&self, header: &Header, now: u64) -> bool {
        let said = |exited: u64| exited.saturating_add(LAST_WORDS_NS) < now;
        self.has_ended(header) || header.exited_wall.is_some_and(said)
    }

    /// Whether its process id means the same process here.
    fn shares_pids(&self, header: &Header) -> bool {
        header.pid_namespace != 0 && self.pid_namespace == Some(header.pid_namespace)
    }

    fn has_ended(&self, header: &Header) -> bool {
        let Some(boot_id) = self.boot_id else {
            return false;
        };
        if boot_id != header.boot_id {
            return true;
        }
        if !self.shares_pids(header) {
            return false;
        }
        match fs::read(format!("/proc/{}/stat", header.pid)) {
            Ok(stat) => match Stat::parse(&stat) {
                Some(stat) => {
                    stat.dead || (header.process_start != 0 && stat.start != header.process_start)
                }
                None => false,
            },
            Err(error) => error.kind() == std::io::ErrorKind::NotFound && !hidden(header.pid),
        }
    }
}

/// True for a process that runs although `/proc` doesn't show it (its `hidepid` option).
fn hidden(pid: u32) -> bool {
    signalled(pid) == Some(Err(Errno::PERM))
}

/// What comes of signalling a process, which isn't done; none where there can't be one.
fn signalled(pid: u32) -> Option<Result<(), Errno>> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw)?;
    Some(test_kill_process(pid))
}

/// What `/proc/PID/stat` tells (proc_pid_stat(5)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// When the process started, in the system's ticks since boot (field 22).
    pub start: u64,
    /// True for a zombie: it ended, and its parent hasn't asked how.
    pub dead: bool,
}

impl Stat {
    /// Reads the file's content; none where it isn't of that form.
    #[must_use]
    pub fn parse(stat: &[u8]) -> Option<Self> {
        // The command's name (field 2) may hold spaces and parentheses; nothing after it does.
        let name_end = stat.iter().rposition(|byte| *byte == b')')?;
        let rest = std::str::from_utf8(stat.get(name_end + 1..)?).ok()?;
        let mut fields = rest.split_ascii_whitespace();
        let state = fields.next()?;
        let start = fields.nth(18)?.parse().ok()?;
        Some(Self {
            start,
            dead: matches!(state, "Z" | "X" | "x"),
        })
    }
}

/// The 16 bytes of a boot id's text, in the order of its digits.
fn parse_boot_id(text: &str) -> Option<[u8; 16]> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    u128::from_str_radix(&digits, 16)
        .ok()
        .filter(|_| digits.len() == 32)
        .map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;
    use crate::recording::testing::{Description, header_of};

    fn header(host: &Host, pid: u32, process_start: u64) -> Header {
        header_of(&Description {
            pid,
            process_start,
            boot_id: host.boot_id.unwrap(),
            pid_namespace: host.pid_namespace.unwrap(),
            exited_wall: None,
            ..Description::default()
        })
    }

    fn start_of(pid: u32) -> u64 {
        let stat = fs::read(format!("/proc/{pid}/stat")).unwrap();
        Stat::parse(&stat).unwrap().start
    }

    #[test]
    fn stat_survives_odd_names() {
        let stat = b"12 (a) R b ()) S 1 12 12 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 9 8";
        assert_eq!(
            Stat::parse(stat),
            Some(Stat {
                start: 4711,
                dead: false
            })
        );
        assert_eq!(Stat::parse(b"12 (a) S 1"), None);
        assert_eq!(Stat::parse(b""), None);
        assert_eq!(Stat::parse(b"12 (a)"), None);
    }

    #[test]
    fn boot_id_is_read_in_the_order_of_its_digits() {
        let id = parse_boot_id("01020304-0506-0708-090a-0b0c0d0e0f10").unwrap();
        assert_eq!(id[0], 1);
        assert_eq!(id[15], 16);
        assert_eq!(parse_boot_id("0102"), None);
    }

    #[test]
    fn this_process_runs_and_its_pid_with_another_start_does_not() {
        let host = Host::here();
        let pid = std::process::id();
        let start = start_of(pid);
        assert_eq!(host.state(&header(&host, pid, start)), State::Running);
        assert_eq!(host.state(&header(&host, pid, 0)), State::Running);
        assert_eq!(host.state(&header(&host, pid, start + 1)), State::Killed);
    }

    #[test]
    fn another_boot_is_over_and_another_namespace_unknown() {
        let host = Host::here();
        let mut other = header(&host, std::process::id(), 0);
        other.boot_id[0] ^= 1;
        assert_eq!(host.state(&other), State::Killed);
        let mut other = header(&host, u32::MAX, 0);
        assert_eq!(host.state(&other), State::Killed);
        other.pid_namespace += 1;
        assert_eq!(host.state(&other), State::Running);
        other.pid_namespace = 0;
        assert_eq!(host.state(&other), State::Running);
        other.exited_wall = Some(1);
        assert_eq!(host.state(&other), State::Exited);
    }

    #[test]
    fn a_killed_child_is_dead_before_and_after_it_is_waited_for() {
        let host = Host::here();
        let mut child = Command::new("sleep")
            .arg("60")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let header = header(&host, child.id(), start_of(child.id()));
        assert_eq!(host.state(&header), State::Running);
        assert!(host.may_run(&header));
        child.kill().unwrap();
        // SIGKILL is on its way: the process is a zombie soon, and stays one until the wait.
        for _ in 0..500 {
            if host.state(&header) == State::Killed {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert_eq!(host.state(&header), State::Killed);
        child.wait().unwrap();
        assert_eq!(host.state(&header), State::Killed);
        assert!(!host.may_run(&header));
    }
}
