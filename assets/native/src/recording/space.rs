//! A recording's file: made, and mapped a segment at a time. Space is reserved before it is
//! mapped, so a store never meets a full disk. No descriptor stays open: a program that closes
//! them all to become a daemon may give the number to another file.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

use super::Words;
use super::layout::{MAX_SEGMENTS, WORD_BYTES, stopped};
use super::process::{Process, effective_user};
use crate::clock;

const FIRST_SEGMENT_BYTES: u64 = 1 << 16;
/// The sixth doubling of the first segment, and the largest.
const MOST_DOUBLINGS: usize = 6;

/// The file, without the segments' content.
#[derive(Debug)]
pub(super) struct Space {
    path: PathBuf,
    device: u64,
    inode: u64,
    segments: usize,
    bytes: u64,
    stopped: Option<Stop>,
}

/// Why there is no more.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stop {
    /// The limit on bytes, or the table of segments.
    Limit,
    /// The system's errno.
    System(i32),
}

impl Stop {
    /// Word 19.
    pub(super) fn reason(self) -> u64 {
        match self {
            Self::Limit => stopped::LIMIT,
            Self::System(libc::ENOSPC | libc::EDQUOT | libc::EFBIG) => stopped::NO_SPACE,
            Self::System(_) => stopped::ERROR,
        }
    }

    /// Word 20.
    pub(super) fn errno(self) -> u64 {
        match self {
            Self::Limit => 0,
            Self::System(number) => u64::try_from(number).unwrap_or(0),
        }
    }
}

impl Space {
    /// Makes the file and maps its first segment.
    pub(super) fn create(folder: &Path, process: &Process) -> Result<(Self, Words), String> {
        let path = folder.join(name(process));
        make(&path).map_err(|error| format!("{} can't be made: {error}", path.display()))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn segments(&self) -> usize {
        self.segments
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds a segment; gives its offset and its words. Once that failed, it isn't tried again:
    /// whoever is told so is within a call of the program.
    pub(super) fn grow(&mut self, most_bytes: u64) -> Result<(u64, Words), Stop> {
        if let Some(stop) = self.stopped {
            return Err(stop);
        }
        let grown = self.try_grow(most_bytes);
        self.stopped = grown.as_ref().err().copied();
        grown
    }

    fn try_grow(&mut self, most_bytes: u64) -> Result<(u64, Words), Stop> {
        let offset = self.bytes;
        let bytes = FIRST_SEGMENT_BYTES << self.segments.min(MOST_DOUBLINGS);
        if self.segments >= MAX_SEGMENTS || offset.saturating_add(bytes) > most_bytes {
            return Err(Stop::Limit);
        }
        let words = self
            .reopen()
            .and_then(|file| add(&file, offset, bytes))
            .map_err(|error| Stop::System(error.raw_os_error().unwrap_or(libc::EIO)))?;
        self.segments += 1;
        self.bytes = offset + bytes;
        Ok((offset, words))
    }

    fn reopen(&self) -> io::Result<File> {
        let file = open(OpenOptions::new().read(true).write(true), &self.path)?;
        let status = file.metadata()?;
        if (status.dev(), status.ino()) == (self.device, self.inode) {
            Ok(file)
        } else {
            // Another file has taken the name.
            Err(io::Error::from_raw_os_error(libc::ESTALE))
        }
    }
}

/// What `store.py` checks, again: much may have happened since.
pub(super) fn check(folder: &Path) -> Result<(), String> {
    let name = folder.display();
    let status = std::fs::symlink_metadata(folder)
        .map_err(|error| format!("the data folder {name} can't be used: {error}"))?;
    if !status.is_dir() {
        return Err(format!("the data folder {name} is no folder"));
    }
    let user = effective_user();
    if status.uid() != user {
        let owner = status.uid();
        return Err(format!(
            "the data folder {name} belongs to user {owner}, not to user {user}"
        ));
    }
    if status.mode() & 0o022 != 0 {
        return Err(format!(
            "the data folder {name} can be written by other users"
        ));
    }
    Ok(())
}

/// `<boot>-<pid>-<start>-<random>.rec`.
fn name(process: &Process) -> String {
    let [a, b, c, d, ..] = process.boot_id;
    format!(
        "{:08x}-{}-{}-{:08x}.rec",
        u32::from_be_bytes([a, b, c, d]),
        process.pid,
        process.start,
        random()
    )
}

/// A number that no other file of a process with this pid and start time has.
fn random() -> u32 {
    let mut bytes = [0_u8; 4];
    // By its number: older C libraries have no function for it. Kernels before 3.17 have not
    // even that.
    #[cfg(target_os = "linux")]
    // SAFETY: writes at most as many bytes as it is told to.
    let got = unsafe {
        libc::syscall(
            libc::SYS_getrandom,
            bytes.as_mut_ptr(),
            bytes.len(),
            libc::GRND_NONBLOCK,
        )
    } == 4;
    #[cfg(not(target_os = "linux"))]
    // SAFETY: writes as many bytes as it is told to.
    let got = unsafe { libc::getentropy(bytes.as_mut_ptr().cast(), bytes.len()) } == 0;
    if got {
        u32::from_le_bytes(bytes)
    } else {
        clock::now() as u32
    }
}

/// Makes a file that wasn't there, with one segment; leaves none where that fails.
fn make(path: &Path) -> io::Result<(Space, Words)> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true).mode(0o600);
    let file = open(&mut options, path)?;
    let made = file.metadata().and_then(|status| {
        let words = add(&file, 0, FIRST_SEGMENT_BYTES)?;
        Ok((status, words))
    });
    match made {
        Ok((status, words)) => Ok((
            Space {
                path: path.to_owned(),
                device: status.dev(),
                inode: status.ino(),
                segments: 1,
                bytes: FIRST_SEGMENT_BYTES,
                stopped: None,
            },
            words,
        )),
        Err(error) => {
            // Best effort: what was wrong before is what counts.
            let _ = std::fs::remove_file(path);
            Err(error)
        }
    }
}

/// Opens a file by its very name, at a descriptor above the standard ones: where those are
/// closed, what the program writes to 1 or 2 would go into the recording.
pub(super) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let file = options.custom_flags(libc::O_NOFOLLOW).open(path)?;
    if file.as_raw_fd() > 2 {
        return Ok(file);
    }
    // SAFETY: the descriptor is open; the new one is nobody else's.
    let moved = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_DUPFD_CLOEXEC, 3) };
    if moved < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just made, for us.
    Ok(File::from(unsafe { OwnedFd::from_raw_fd(moved) }))
}

/// Reserves and maps a stretch at a file's end; gives the space back where it can't be had
/// whole.
fn add(file: &File, offset: u64, bytes: u64) -> io::Result<Words> {
    let words = reserve(file, offset, bytes).and_then(|()| map(file, offset, bytes));
    words.inspect_err(|_| {
        // Best effort, as above.
        let _ = file.set_len(offset);
    })
}

fn reserve(file: &File, offset: u64, bytes: u64) -> io::Result<()> {
    // Past it the system would send SIGXFSZ, which ends a program that doesn't ignore it.
    if offset.saturating_add(bytes) > largest_file() {
        return Err(io::Error::from_raw_os_error(libc::EFBIG));
    }
    let reserved = allocate(file, offset, bytes);
    match reserved.as_ref().err().and_then(io::Error::raw_os_error) {
        Some(libc::EINVAL | libc::EOPNOTSUPP | libc::ENOSYS) => write_zeros(file, offset, bytes),
        _ => reserved,
    }
}

/// The resource limit on a file's bytes.
fn largest_file() -> u64 {
    let mut limit = libc::rlimit {
        rlim_cur: libc::RLIM_INFINITY,
        rlim_max: libc::RLIM_INFINITY,
    };
    // SAFETY: writes the limit to where it is told to.
    unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, &raw mut limit) };
    limit.rlim_cur
}

#[cfg(target_os = "linux")]
fn allocate(file: &File, offset: u64, bytes: u64) -> io::Result<()> {
    let too_big = |_| io::Error::from_raw_os_error(libc::EFBIG);
    let offset = libc::off_t::try_from(offset).map_err(too_big)?;
    let bytes = libc::off_t::try_from(bytes).map_err(too_big)?;
    // A profiler's signals interrupt it; that can't go on forever.
    for _ in 0..1000 {
        // SAFETY: the descriptor is open; no memory of ours is touched.
        match unsafe { libc::posix_fallocate(file.as_raw_fd(), offset, bytes) } {
            0 => return Ok(()),
            libc::EINTR => {}
            number => return Err(io::Error::from_raw_os_error(number)),
        }
    }
    Err(io::Error::from_raw_os_error(libc::EINTR))
}

#[cfg(not(target_os = "linux"))]
fn allocate(_: &File, _: u64, _: u64) -> io::Result<()> {
    Err(io::Error::from_raw_os_error(libc::ENOSYS))
}

/// Has the effect of reserving, on file systems that can't.
fn write_zeros(file: &File, offset: u64, bytes: u64) -> io::Result<()> {
    let zeros = [0; 4096];
    (offset..offset + bytes)
        .step_by(zeros.len())
        .try_for_each(|at| file.write_all_at(&zeros, at))
}

fn map(file: &File, offset: u64, bytes: u64) -> io::Result<Words> {
    let too_big = || io::Error::from_raw_os_error(libc::EFBIG);
    let length = usize::try_from(bytes).map_err(|_| too_big())?;
    let offset = libc::off_t::try_from(offset).map_err(|_| too_big())?;
    // SAFETY: a new mapping, of a part of the file that is there.
    let start = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            length,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED,
            file.as_raw_fd(),
            offset,
        )
    };
    if start == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the mapping is aligned to a page, of this length, and never unmapped; any bits
    // are a word, and whoever else has the file changes whole words.
    Ok(unsafe { std::slice::from_raw_parts(start.cast::<AtomicU64>(), length / WORD_BYTES) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_written_where_space_cannot_be_reserved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create_new(true);
        let file = open(options, &path).unwrap();
        write_zeros(&file, 65536, 131_072).unwrap();
        let status = file.metadata().unwrap();
        assert_eq!(status.len(), 65536 + 131_072);
        assert!(status.blocks() * 512 >= 131_072, "not sparse");
    }

    #[test]
    fn names_differ() {
        let process = Process::this();
        assert_ne!(name(&process), name(&process));
    }
}
