//! Switching running processes on and off: the one effect that a recording's process sees from
//! outside. It stores the header's control word, the only word that isn't the process's own.
//!
//! A process obeys from its next call on. What starts later has a recording of its own, which
//! says "record".

use std::fs::OpenOptions;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::recording::error::Error;
use crate::recording::fold;
use crate::recording::header::Header;
use crate::recording::layout::{WORD_BYTES, head};
use crate::recording::process::{Host, State};
use crate::recording::reader::Reader;

/// A recording whose process runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// The file.
    pub path: PathBuf,
    /// Its header, as it was read.
    pub header: Header,
}

/// The recordings among these whose processes run, in the order of the processes' starts, and
/// why others couldn't be read. Writes nothing.
#[must_use]
pub fn live(paths: &[PathBuf], host: &Host) -> (Vec<Live>, Vec<Error>) {
    let (mut found, mut failed) = (Vec::new(), Vec::new());
    // A process whose recording is folded has ended.
    for path in paths.iter().filter(|path| !fold::is_folded(path)) {
        match Reader::header(path) {
            Ok(header) if host.state(&header) == State::Running => found.push(Live {
                path: path.clone(),
                header,
            }),
            Ok(_) => {}
            // Removed since it was listed: nobody's fault.
            Err(Error::Unreadable { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => failed.push(error),
        }
    }
    found.sort_by_key(|it| (it.header.started_wall, it.header.pid));
    (found, failed)
}

/// Makes a recording's process record, or not.
///
/// # Errors
/// The file can't be written, or isn't the one that was read.
pub fn switch(recording: &Live, record: bool) -> Result<(), Error> {
    // A whole file again, and still the process's own: what has taken its name since is left
    // alone.
    let now = Reader::header(&recording.path)?;
    if (now.pid, now.started_ticks) != (recording.header.pid, recording.header.started_ticks) {
        return Err(Error::NotARecording {
            path: recording.path.clone(),
        });
    }
    store(&recording.path, record).map_err(|source| Error::Unwritable {
        path: recording.path.clone(),
        source,
    })
}

/// The two values differ in one byte, so no reader of the word can see half of a store.
fn store(path: &Path, record: bool) -> std::io::Result<()> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .write(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    let word = u64::from(!record).to_le_bytes();
    file.write_all_at(&word, (head::CONTROL * WORD_BYTES) as u64)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::recording::testing::{Description, build};

    /// A recording of this very process in a folder.
    fn of_this_process(folder: &Path, name: &str) -> PathBuf {
        let host = Host::here();
        let stat = fs::read_to_string("/proc/self/stat").unwrap();
        let after_name = stat.rsplit(')').next().unwrap();
        let description = Description {
            pid: std::process::id(),
            process_start: after_name
                .split_whitespace()
                .nth(19)
                .unwrap()
                .parse()
                .unwrap(),
            boot_id: host.boot_id.unwrap(),
            pid_namespace: host.pid_namespace.unwrap(),
            exited_wall: None,
            ..Description::default()
        };
        let path = folder.join(name);
        fs::write(&path, build(&description)).unwrap();
        path
    }

    #[test]
    fn only_the_control_word_changes_and_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = of_this_process(folder.path(), "a.rec");
        let before = fs::read(&path).unwrap();
        let (found, failed) = live(std::slice::from_ref(&path), &Host::here());
        assert!(found[0].header.recording && failed.is_empty());

        switch(&found[0], false).unwrap();
        assert!(!Reader::header(&path).unwrap().recording);
        let off = fs::read(&path).unwrap();
        let differing: Vec<usize> = (0..before.len())
            .filter(|&byte| before[byte] != off[byte])
            .collect();
        assert_eq!(differing, [128]);

        switch(&found[0], true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn the_dead_and_the_unreadable_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let alive = of_this_process(folder.path(), "a.rec");
        let dead = folder.path().join("b.rec");
        fs::write(&dead, build(&Description::default())).unwrap();
        let other = folder.path().join("c.rec");
        fs::write(&other, "something else").unwrap();
        let gone = folder.path().join("d.rec");
        let (found, failed) = live(&[alive.clone(), dead, other, gone], &Host::here());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, alive);
        assert!(matches!(failed[..], [Error::NotARecording { .. }]));
    }

    #[test]
    fn what_took_the_name_since_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = of_this_process(folder.path(), "a.rec");
        let (found, _) = live(std::slice::from_ref(&path), &Host::here());
        let other = build(&Description::default());
        fs::write(&path, &other).unwrap();
        assert!(matches!(
            switch(&found[0], false),
            Err(Error::NotARecording { .. })
        ));
        assert_eq!(fs::read(&path).unwrap(), other);

        let target = folder.path().join("target");
        fs::rename(&path, &target).unwrap();
        std::os::unix::fs::symlink(&target, &path).unwrap();
        assert!(switch(&found[0], false).is_err());
        assert_eq!(fs::read(&target).unwrap(), other);
    }
}
