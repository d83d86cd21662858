//! Folding: the recordings of processes that ended, hundreds of them in one small file. Nothing
//! of them is lost: whoever reads one gets the same words, as if its own file were still there.
//!
//! A folded recording has a path too, that of its archive and its own name below:
//! `<store>/<name>.fold/<name>.rec`. The reader knows what that means, and nobody else has to.
//!
//! [`packing`] makes few bytes of words, [`archive`] is the file, [`folding`] chooses what is
//! folded and does it.

pub(super) mod archive;
mod folding;
mod packing;

use std::path::{Path, PathBuf};

use crate::recording::place::FOLD_EXTENSION;

pub use folding::{Folded, crowded, fold};
pub(super) use folding::{Kept, kept, names, remove_from};

/// Whether a recording with this path is folded.
#[must_use]
pub fn is_folded(path: &Path) -> bool {
    split(path).is_some()
}

/// The path that a recording's own file has, or had before it was folded: it tells a recording from
/// all others, whatever becomes of it.
#[must_use]
pub fn own(path: &Path) -> PathBuf {
    match split(path) {
        Some((archive, name)) => archive.with_file_name(name),
        None => path.to_owned(),
    }
}

/// The archive and the name of a folded recording with this path; none for a file of its own.
pub(super) fn split(path: &Path) -> Option<(&Path, &str)> {
    let archive = path.parent()?;
    if archive.extension()? != FOLD_EXTENSION {
        return None;
    }
    Some((archive, path.file_name()?.to_str()?))
}

/// Where the recording with this path has gone, of which it was the own file: a path below the
/// archive that it was folded into meanwhile. None where it was removed.
#[must_use]
pub fn find(own: &Path) -> Option<PathBuf> {
    let (folder, name) = (own.parent()?, own.file_name()?);
    let archives = std::fs::read_dir(folder).ok()?.flatten();
    archives
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|it| it == FOLD_EXTENSION))
        .filter(|path| names(path).is_ok_and(|names| names.iter().any(|it| **it == *name)))
        .map(|archive| archive.join(name))
        .next()
}
