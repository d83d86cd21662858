//! Which recordings of a folder are folded, and doing it: the only place that writes archives and
//! removes what is in them. A recording's own file goes once the archive is on the disk, so where
//! this is killed each recording is there at least once; who lists the folder takes one of both.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::files::{self, FolderLock};
use crate::recording::clock::Moment;
use crate::recording::error::Error;
use crate::recording::fold::archive::{Archive, Entry, NewEntry, to_bytes};
use crate::recording::place::FOLD_EXTENSION;
use crate::recording::process::Host;
use crate::recording::reader::{Reader, Recording};
use crate::recording::store::Folder;

/// Fewer recordings aren't worth it.
const LEAST: usize = 64;

/// Most recordings of one archive: to read one of them its index is read.
const MOST: usize = 512;

/// Whose recordings they are, and nobody else's business.
const MODE: u32 = 0o600;

/// What was folded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Folded {
    /// Recordings.
    pub recordings: usize,
    /// The bytes of their own files.
    pub bytes_before: u64,
    /// The bytes of the archives that were written.
    pub bytes_after: u64,
}

/// The folders of these recordings in which there seem to be enough to fold. They were listed for
/// something else, and need not be listed again where it isn't worth it, as mostly.
#[must_use]
pub fn crowded(recordings: &[PathBuf]) -> Vec<&Path> {
    let mut numbers: BTreeMap<&Path, usize> = BTreeMap::new();
    let own = recordings.iter().filter(|path| !super::is_folded(path));
    for folder in own.filter_map(|path| path.parent()) {
        *numbers.entry(folder).or_default() += 1;
    }
    let crowded = numbers.into_iter().filter(|it| it.1 >= LEAST);
    crowded.map(|it| it.0).collect()
}

/// Folds the recordings of a folder whose processes have ended, where there are many of them, and
/// it is this user's, and nobody reads or folds them at this moment; for one that is [`crowded`].
/// `progress` is called with how many are done, and of how many.
///
/// # Errors
/// The folder can't be read, or an archive not written.
pub fn fold(
    folder: &Path,
    host: &Host,
    progress: &(impl Fn(usize, usize) + Sync),
) -> Result<Folded, Error> {
    let mut done = Folded::default();
    let store = Folder {
        path: folder.to_owned(),
    };
    // Another user's files would become ours.
    if !store.is_ours() {
        return Ok(done);
    }
    let Some(_lock) = FolderLock::try_acquire(folder)? else {
        return Ok(done);
    };
    // Anew, whatever was seen before: until the lock was had, somebody else may have folded them.
    let listed = store.recordings()?.into_iter();
    let (folded, own): (Vec<PathBuf>, Vec<PathBuf>) = listed.partition(|it| super::is_folded(it));
    files::remove_temporaries(folder);
    remove_doubles(folder, &folded);
    let ended = ended(own, host);
    if ended.len() < LEAST {
        return Ok(done);
    }
    let count = AtomicUsize::new(0);
    for chunk in ended.chunks(MOST) {
        let entries = read(chunk, host, &|| {
            progress(count.fetch_add(1, Ordering::Relaxed) + 1, ended.len());
        });
        let Some(path) = archive_path(folder, &entries) else {
            continue;
        };
        let bytes = to_bytes(&entries);
        files::replace(&path, &bytes, MODE)?;
        files::sync_folder(folder)?;
        done.bytes_after += bytes.len() as u64;
        for entry in &entries {
            let own = folder.join(&entry.name);
            done.bytes_before += fs::symlink_metadata(&own).map_or(0, |it| it.len());
            done.recordings += 1;
            // Where it stays, whoever lists the folder passes it over, and the next one removes it.
            let _ = fs::remove_file(&own);
        }
    }
    Ok(done)
}

/// Removes the own files of these recordings, which are in an archive: what is left where somebody
/// was killed.
fn remove_doubles(folder: &Path, folded: &[PathBuf]) {
    for name in folded.iter().filter_map(|path| path.file_name()) {
        let _ = fs::remove_file(folder.join(name));
    }
}

/// Those whose processes have ended for certain: nobody writes to them any more.
fn ended(mut own: Vec<PathBuf>, host: &Host) -> Vec<PathBuf> {
    let now = Moment::now().wall_ns;
    own.retain(|path| Reader::header(path).is_ok_and(|it| host.is_over(&it, now)));
    own
}

/// Reads and packs recordings, on all cores; those that are damaged are left where they are.
fn read(paths: &[PathBuf], host: &Host, done: &(impl Fn() + Sync)) -> Vec<NewEntry> {
    let next = AtomicUsize::new(0);
    let entries = Mutex::new(Vec::new());
    let work = || {
        let mut reader = Reader::default();
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            let recording = reader.read(path, host).ok();
            if let Some(entry) = recording.as_ref().and_then(entry)
                && let Ok(mut entries) = entries.lock()
            {
                entries.push(entry);
            }
            done();
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let mut entries = entries.into_inner().unwrap_or_default();
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    entries
}

fn entry(recording: &Recording<'_>) -> Option<NewEntry> {
    // What can't be gone through isn't to be lost in an archive.
    if recording.blocks().any(|block| block.is_err()) {
        return None;
    }
    Some(NewEntry {
        name: recording.path.file_name()?.to_str()?.to_owned(),
        state: recording.state,
        // Stores into a mapping don't show in a file's time everywhere.
        modified_wall: recording
            .header
            .exited_wall
            .map_or(recording.modified_wall, |it| {
                it.max(recording.modified_wall)
            }),
        packed: recording.packed(),
    })
}

/// An archive is named by the first recording in it, which is in no other.
fn archive_path(folder: &Path, entries: &[NewEntry]) -> Option<PathBuf> {
    let first = entries.first()?;
    Some(folder.join(&first.name).with_extension(FOLD_EXTENSION))
}

/// The names of the recordings in an archive, as paths.
///
/// # Errors
/// It can't be read, or is none.
pub(in crate::recording) fn names(archive: &Path) -> Result<Vec<String>, Error> {
    let entries = Archive::open(archive)?.entries;
    Ok(entries.into_iter().map(|it| it.name).collect())
}

/// What an archive says of a recording without unpacking it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::recording) struct Kept {
    /// In the archive.
    pub(in crate::recording) bytes: u64,
    /// When its own file was changed last, in ns since 1970 UTC.
    pub(in crate::recording) modified_wall: u64,
}

/// The recordings in an archive, by name.
///
/// # Errors
/// It can't be read, or is none.
pub(in crate::recording) fn kept(archive: &Path) -> Result<BTreeMap<String, Kept>, Error> {
    let entries = Archive::open(archive)?.entries.into_iter().map(|it| {
        let kept = Kept {
            bytes: it.bytes as u64,
            modified_wall: it.modified_wall,
        };
        (it.name, kept)
    });
    Ok(entries.collect())
}

/// Writes an archive anew without these recordings, or removes it where none is left; gives how
/// many went. For whoever has the folder's lock.
///
/// # Errors
/// It can't be read or written.
pub(in crate::recording) fn remove_from(
    archive: &Path,
    names: &BTreeSet<&str>,
) -> Result<usize, Error> {
    let open = Archive::open(archive)?;
    let (go, stay): (Vec<&Entry>, Vec<&Entry>) = open
        .entries
        .iter()
        .partition(|it| names.contains(&*it.name));
    if stay.is_empty() {
        fs::remove_file(archive).map_err(|source| Error::Unwritable {
            path: archive.to_owned(),
            source,
        })?;
        return Ok(go.len());
    }
    let rest = stay.into_iter().map(|it| {
        let packed = open.packed(it).map_err(|source| Error::Unreadable {
            path: archive.to_owned(),
            source,
        })?;
        Ok(NewEntry {
            name: it.name.clone(),
            state: it.state,
            modified_wall: it.modified_wall,
            packed,
        })
    });
    let rest = rest.collect::<Result<Vec<NewEntry>, Error>>()?;
    if !go.is_empty() {
        files::replace_for_its_owner(archive, &to_bytes(&rest), MODE)?;
    }
    Ok(go.len())
}
