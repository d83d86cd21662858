//! Whose recordings a command is about: a venv's, or all below a data root.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::later::{Later, OfVenv, PACE};
use super::tidying::{Read, Tidying};
use super::venv;
use crate::cli::WhoseArgs;
use crate::exit::{Failure, sentence};
use crate::printer::Printer;
use crate::recording::store::{self, Folder};
use crate::recording::users::users;
use crate::recording::{Error, fold, place};

/// Whose recordings are read.
pub(super) struct Scope {
    /// None for all venvs below a data root.
    pub(super) venv: Option<PathBuf>,
    /// The data root, or the venv's folders below data roots.
    places: Vec<PathBuf>,
    pub(super) recordings: Vec<PathBuf>,
    /// The folders that they are in.
    folders: Vec<Folder>,
    /// How these are found at a later moment.
    later: Arc<Later>,
    tidying: Tidying,
}

impl Scope {
    /// The places, for a message.
    pub(super) fn places(&self) -> String {
        let places: Vec<String> = self
            .places
            .iter()
            .map(|it| it.display().to_string())
            .collect();
        places.join("` and `")
    }

    /// Whose recordings these are, in a line.
    pub(super) fn heading(&self) -> String {
        match &self.venv {
            Some(venv) => venv.display().to_string(),
            None => format!("all venvs recorded below {}", self.places()),
        }
    }

    /// The folders that recordings are looked for in.
    pub(super) fn folders(&self) -> &[Folder] {
        &self.folders
    }

    /// Makes room once everything was read and shown: folds what processes that ended left, where
    /// there is much of it, and removes what isn't to be kept. Only a warning where it can't be
    /// done.
    pub(super) fn tidy(&self, printer: Printer) {
        let read = || -> Read { self.recordings.iter().map(|it| fold::own(it)).collect() };
        self.tidying.tidy(&self.recordings, &read, printer);
    }

    /// What does the same for who runs for long, and knows himself what he has read.
    pub(super) fn tidying(&self) -> &Tidying {
        &self.tidying
    }

    /// What lists the recordings that are there at a later moment, without a word about those that
    /// can't be.
    pub(super) fn list(&self) -> impl Fn() -> Vec<PathBuf> + Send + Sync + 'static {
        let later = Arc::clone(&self.later);
        move || later.recordings()
    }

    /// The failure of a command that finds no recording here.
    pub(super) fn nothing(&self) -> Failure {
        Failure::environment(
            format!("nothing is recorded in `{}`", self.places()),
            "install the probe with `probe install` and start a program, or start it with \
             `probe run -- COMMAND`"
                .to_owned(),
        )
    }
}

/// Finds the venv and its folders; with a data root and no venv, all folders below the root.
pub(super) fn find(whose: &WhoseArgs, printer: Printer) -> Result<Scope, Failure> {
    let data_dir = whose.data_dir.as_deref();
    let venv = if data_dir.is_some() {
        venv::choose_if_any(&whose.venv, printer)?
    } else {
        Some(venv::choose(&whose.venv, printer)?)
    };
    let Some(venv) = venv else {
        let root = place::data_root(data_dir);
        let folders = store::folders(&root)?;
        let (recordings, refused) = read(&folders);
        // One folder of somebody else must not hide all others.
        for error in refused {
            printer.warning(&sentence(&error));
        }
        let later = Arc::new(Later::Root(root.clone()));
        return Ok(Scope {
            venv: None,
            places: vec![root],
            recordings,
            folders,
            tidying: Tidying::new(None, Arc::clone(&later)),
            later,
        });
    };
    let places = venv::stores(&venv, data_dir);
    let folders: Vec<Folder> = folders(&places).collect();
    let data_dir = data_dir.map(Path::to_owned);
    let later = OfVenv::new(venv.clone(), data_dir, folders.clone(), PACE);
    let later = Arc::new(Later::Venv(later));
    Ok(Scope {
        venv: Some(venv.root.clone()),
        recordings: recordings(&places, printer)?,
        places,
        folders,
        tidying: Tidying::new(Some(venv), Arc::clone(&later)),
        later,
    })
}

/// The recordings in a venv's folders. Says whose they are where they are several users', and
/// what was left out.
///
/// # Errors
/// Nothing can be read, and one of the folders is another user's or broken.
pub(super) fn recordings(places: &[PathBuf], printer: Printer) -> Result<Vec<PathBuf>, Failure> {
    let folders: Vec<Folder> = folders(places).collect();
    let (recordings, mut refused) = read(&folders);
    if recordings.is_empty() && !refused.is_empty() {
        return Err(refused.swap_remove(0).into());
    }
    for error in &refused {
        printer.message(&format!("left out: {}", sentence(error)));
    }
    let owners = owners(&recordings);
    if owners.len() > 1 {
        let known = users();
        let names = owners.iter().map(|(owner, folder)| {
            let name = known.iter().find(|user| user.id == *owner);
            let name = name.map_or_else(|| owner.to_string(), |user| user.name.clone());
            format!("{name} in `{}`", folder.display())
        });
        let names: Vec<String> = names.collect();
        printer.message(&format!(
            "using the recordings of {} users: {}",
            owners.len(),
            names.join(", ")
        ));
    }
    Ok(recordings)
}

fn folders(places: &[PathBuf]) -> impl Iterator<Item = Folder> {
    places.iter().map(|path| Folder { path: path.clone() })
}

/// What folders hold, and why others can't be read.
fn read(folders: &[Folder]) -> (Vec<PathBuf>, Vec<Error>) {
    let (mut recordings, mut refused) = (Vec::new(), Vec::new());
    for folder in folders {
        match folder.recordings() {
            Ok(more) => recordings.extend(more),
            Err(error) => refused.push(error),
        }
    }
    (recordings, refused)
}

/// The owners of the folders that recordings are in, each with one of theirs.
fn owners(recordings: &[PathBuf]) -> BTreeMap<u32, &Path> {
    let folders: BTreeSet<&Path> = recordings.iter().filter_map(|it| it.parent()).collect();
    folders
        .into_iter()
        .filter_map(|folder| Some((folder.symlink_metadata().ok()?.uid(), folder)))
        .collect()
}
