//! Makes room in folders of recordings once they were read: folds what processes that ended left,
//! and removes what the virtualenv's settings don't want kept. What can't be done is only a warning.
//!
//! It removes in folders of this user's, and where the installation itself records: in another
//! one, a copy that `--data-dir` names, nobody said what is to be kept.

use std::cell::LazyCell;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::later::Later;
use super::progress::Progress;
use super::venv;
use crate::exit::sentence;
use crate::printer::Printer;
use crate::python::{self, Chosen, Venv};
use crate::recording::clock::Moment;
use crate::recording::keep::Keep;
use crate::recording::process::Host;
use crate::recording::retention;
use crate::recording::store::Folder;
use crate::recording::{Error, fold};
use crate::report::units::counted;

/// What runs for long tidies at its start, and then so often.
pub(super) const PACE: Duration = Duration::from_secs(600);

/// The recordings that may go, by the paths of their own files.
pub(super) type Read = HashSet<PathBuf>;

/// Whose recordings are tidied.
#[derive(Clone)]
pub(super) struct Tidying {
    /// None for those of all virtualenvs below a data root.
    venv: Option<Venv>,
    /// The folders that they are in.
    later: Arc<Later>,
}

impl Tidying {
    /// Of a virtualenv, or of all below a data root.
    pub(super) fn new(venv: Option<Venv>, later: Arc<Later>) -> Self {
        Self { venv, later }
    }

    /// As [`Tidying::tidy`], of the recordings that are there now.
    pub(super) fn tidy_anew(&self, read: &dyn Fn() -> Read, printer: Printer) {
        self.tidy(&self.later.recordings(), read, printer);
    }

    /// Folds recordings where `listed` are many, and then removes, of those that were `read`, what
    /// the settings don't want kept. `read` is only asked where something exceeds them.
    pub(super) fn tidy(&self, listed: &[PathBuf], read: &dyn Fn() -> Read, printer: Printer) {
        for folder in fold::crowded(listed) {
            let progress = OnceLock::new();
            let folded = fold::fold(folder, &Host::here(), &|done, of| {
                let progress = progress.get_or_init(|| Progress::new("folding recordings", of));
                progress.done(done);
            });
            if let Err(error) = folded {
                printer.warning(&format!("recordings aren't folded: {}", sentence(&error)));
            }
        }
        let folders = self.later.folders();
        let was_read = LazyCell::new(read);
        for (folder, keep) in folders.iter().zip(self.settings_for_readers(&folders)) {
            if keep.is_all() {
                continue;
            }
            if let Err(error) = remove(folder, &keep, &was_read, printer) {
                printer.warning(&format!(
                    "old recordings aren't removed: {}",
                    sentence(&error)
                ));
            }
        }
    }

    /// What installations say of the recordings in each of these folders, wherever that is.
    pub(super) fn settings(&self, folders: &[Folder]) -> Vec<Keep> {
        let kept = self.kept(folders).into_iter();
        kept.map(|(keep, _)| keep).collect()
    }

    /// The same, where readers do it by themselves.
    fn settings_for_readers(&self, folders: &[Folder]) -> Vec<Keep> {
        let kept = folders.iter().zip(self.kept(folders));
        kept.map(|(folder, (keep, stores))| {
            let records_here = stores.iter().any(|store| same(store, &folder.path));
            if records_here { keep } else { Keep::default() }
        })
        .collect()
    }

    fn kept(&self, folders: &[Folder]) -> Vec<(Keep, Vec<PathBuf>)> {
        if let Some(venv) = &self.venv {
            return vec![venv::kept(venv); folders.len()];
        }
        let kept = |folder: &Folder| {
            let venv = python::open_unnamed(&folder.venv()?, Chosen::Registered).ok()?;
            Some(venv::kept(&venv))
        };
        let of_each = folders.iter();
        of_each
            .map(|folder| kept(folder).unwrap_or_default())
            .collect()
    }
}

fn same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    one == other || real(one).is_some_and(|one| real(other) == Some(one))
}

/// Removes what exceeds the limits and was read, and says so. Nothing where somebody else is
/// changing the folder: the next reader does it.
fn remove(
    folder: &Folder,
    keep: &Keep,
    was_read: &LazyCell<Read, impl FnOnce() -> Read>,
    printer: Printer,
) -> Result<(), Error> {
    let mut candidates = match retention::candidates(folder, &Host::here()) {
        // It was left out of what was shown, too, and that was said.
        Err(Error::Foreign { .. }) => return Ok(()),
        candidates => candidates?,
    };
    let (limits, now) = (keep.limits(), Moment::now().wall_ns);
    if retention::choose(&candidates, limits, now).is_empty() {
        return Ok(());
    }
    for it in &mut candidates {
        it.may_go = it.may_go && was_read.contains(&fold::own(&it.path));
    }
    let chosen = retention::choose(&candidates, limits, now);
    if chosen.is_empty() {
        return Ok(());
    }
    let count = |number: usize| counted(number as u64, "old recording");
    if !folder.is_ours() {
        printer.message(&format!(
            "left {} in `{}`, which is another user's; `probe prune` removes them",
            count(chosen.len()),
            folder.path.display()
        ));
        return Ok(());
    }
    let removed = retention::remove(&folder.path, &chosen)?.unwrap_or(0);
    if removed > 0 {
        printer.message(&format!(
            "removed {}, by the virtualenv's settings: {keep}",
            count(removed)
        ));
    }
    Ok(())
}

/// When it is time again.
pub(super) struct Clock(Option<Instant>);

impl Clock {
    /// At once, and then at [`PACE`].
    pub(super) fn new() -> Self {
        Self(None)
    }

    /// True where it is time; then not again for as long.
    pub(super) fn strikes(&mut self) -> bool {
        let strikes = self.0.is_none_or(|last| last.elapsed() >= PACE);
        if strikes {
            self.0 = Some(Instant::now());
        }
        strikes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_strikes_at_once_and_then_not_for_a_while() {
        let mut clock = Clock::new();
        assert_eq!([clock.strikes(), clock.strikes()], [true, false]);
        let Some(before) = Instant::now().checked_sub(PACE) else {
            return;
        };
        let mut clock = Clock(Some(before));
        assert_eq!([clock.strikes(), clock.strikes()], [true, false]);
    }
}
