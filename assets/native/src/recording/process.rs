//! What tells this process from every other one, for a recording's name and header. What a
//! system can't tell (all of `/proc` on macOS) is 0 or empty.

use std::ffi::CStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;

/// Most bytes that are read of a file of `/proc`.
const MOST_BYTES: u64 = 65536;

/// The facts of a process.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) boot_id: [u8; 16],
    pub(super) pid: u32,
    /// Field 22 of its stat: in the system's ticks since boot.
    pub(super) start: u64,
    /// The inode of its pid namespace.
    pub(super) pid_namespace: u64,
    pub(super) parent: u32,
    /// The effective user.
    pub(super) user: u32,
    pub(super) host: Vec<u8>,
    /// Its arguments, each followed by a NUL.
    pub(super) command: Vec<u8>,
}

impl Process {
    /// This process.
    pub(super) fn this() -> Self {
        Self {
            boot_id: boot_id(&read("/proc/sys/kernel/random/boot_id")),
            pid: std::process::id(),
            start: start_time(&read("/proc/self/stat")),
            pid_namespace: std::fs::metadata("/proc/self/ns/pid").map_or(0, |it| it.ino()),
            parent: std::os::unix::process::parent_id(),
            user: effective_user(),
            host: host_name(),
            command: read("/proc/self/cmdline"),
        }
    }

    /// The two words of the boot id.
    pub(super) fn boot_words(&self) -> [u64; 2] {
        let id = u128::from_le_bytes(self.boot_id);
        [id as u64, (id >> 64) as u64]
    }
}

/// The effective user's id.
pub(super) fn effective_user() -> u32 {
    // SAFETY: always succeeds, and touches no memory of ours.
    unsafe { libc::geteuid() }
}

/// The id's 16 bytes from its hexadecimal digits with hyphens; zeros where it isn't one.
fn boot_id(text: &[u8]) -> [u8; 16] {
    let mut digits = text
        .trim_ascii()
        .iter()
        .filter(|byte| **byte != b'-')
        .map(|byte| char::from(*byte).to_digit(16));
    let mut id = [0; 16];
    for byte in &mut id {
        match (digits.next().flatten(), digits.next().flatten()) {
            (Some(high), Some(low)) => *byte = (high << 4 | low) as u8,
            _ => return [0; 16],
        }
    }
    id
}

fn start_time(stat: &[u8]) -> u64 {
    // The command's name, in parentheses, may hold spaces and parentheses itself.
    let rest = stat.rsplit(|byte| *byte == b')').next().unwrap_or(&[]);
    let text = std::str::from_utf8(rest).unwrap_or("");
    let field = text.split_ascii_whitespace().nth(19);
    field.and_then(|it| it.parse().ok()).unwrap_or(0)
}

fn host_name() -> Vec<u8> {
    // SAFETY: all bytes of it may be zero.
    let mut names: libc::utsname = unsafe { std::mem::zeroed() };
    // SAFETY: writes the names to where it is told to, each with a NUL at its end.
    if unsafe { libc::uname(&raw mut names) } != 0 {
        return Vec::new();
    }
    let bytes: Vec<u8> = names.nodename.iter().map(|it| *it as u8).collect();
    CStr::from_bytes_until_nul(&bytes).map_or(Vec::new(), |it| it.to_bytes().to_vec())
}

fn read(path: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes));
    if read.is_err() {
        bytes.clear();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn ids_that_are_none_are_zeros() {
        let id = boot_id(b"0123abcd-4567-89ef-0011-2233445566ff\n");
        assert_eq!((id[0], id[3], id[15]), (0x01, 0xcd, 0xff));
        for text in ["", "0123", "0123abcd-4567-89ef-0011-22334455zzff"] {
            assert_eq!(boot_id(text.as_bytes()), [0; 16]);
        }
    }

    #[test]
    fn the_name_of_a_command_may_hold_anything() {
        let stat = b"7 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20";
        assert_eq!(start_time(stat), 4711);
        assert_eq!(start_time(b"7 (a) S 1"), 0);
        assert_eq!(start_time(b""), 0);
    }

    #[test]
    fn this_process_is_known() {
        let this = Process::this();
        assert_eq!(this.pid, std::process::id());
        if cfg!(target_os = "linux") {
            assert!(this.start > 0 && this.pid_namespace > 0);
            assert_ne!(this.boot_id, [0; 16]);
            assert!(this.command.ends_with(b"\0"));
        }
        let name = Command::new("uname").arg("-n").output().unwrap().stdout;
        assert_eq!(this.host, name.trim_ascii());
    }
}
