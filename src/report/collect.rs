//! Reads many recordings at once, on all cores, and adds them up. One that can't be read is
//! left out and named in the model.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::recording::process::Host;
use crate::recording::{Error, Reader, fold};
use crate::report::merged::Merged;
pub use crate::report::merged::Parts;
use crate::report::model::Model;

/// Fewer files than this aren't worth another thread.
const FILES_A_THREAD: usize = 16;

/// Reads these recordings. `progress` is called after each, from any thread, with how many
/// are done.
#[must_use]
pub fn read(
    paths: &[PathBuf],
    host: &Host,
    parts: Parts,
    progress: &(impl Fn(usize) + Sync),
) -> Model {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(paths.len().div_ceil(FILES_A_THREAD)).max(1);
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let work = || {
        let mut reader = Reader::default();
        let mut merged = Merged::default();
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut add = |path: &Path| {
                let recording = reader.read(path, host)?;
                let added = merged.add(&recording, parts);
                added.map_err(|damage| recording.damaged(damage))
            };
            let added = match add(path) {
                Err(error) if is_gone(&error) => fold::find(path).map_or(Ok(()), |it| add(&it)),
                added => added,
            };
            if let Err(error) = added {
                merged.skip(error);
            }
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        }
        merged
    };
    let merged = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut merged = work();
        for other in others {
            match other.join() {
                Ok(part) => merged.merge(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        merged
    });
    merged.finish()
}

/// True for a file that was removed after it was listed, which is nobody's fault.
fn is_gone(error: &Error) -> bool {
    matches!(error, Error::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound)
}
