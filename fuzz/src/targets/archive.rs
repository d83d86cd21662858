//! An archive of any bytes: its index, and each recording in it, through the reader to the report.

use probe::recording::store::Folder;

use super::recording::HOST;
use super::reported;
use crate::mutation::Mutation;
use crate::{Target, files};

pub(super) static TARGET: Target = Target {
    name: "archive",
    about: "an archive of folded recordings",
    run,
    seeds,
    mutation: Mutation::Words,
    longest: 16 << 10,
};

/// A file written by version 1.0, which every reader must understand.
const GOLD: &[u8] = include_bytes!("../../../tests/gold/archive-1.0.fold");

/// More recordings than this take the time and show nothing new.
const MOST: usize = 20;

thread_local! {
    static FOLDER: tempfile::TempDir = files::folder();
}

fn run(input: &[u8]) {
    let folder = FOLDER.with(|folder| folder.path().to_owned());
    files::write(&folder, "a.fold", input);
    let Ok(mut paths) = (Folder { path: folder }).recordings() else {
        return;
    };
    paths.truncate(MOST);
    let model = reported::model(&paths, &HOST);
    assert_eq!(model.processes.len() + model.skipped.len(), paths.len());
    reported::check(&model, input);
}

fn seeds() -> Vec<Vec<u8>> {
    vec![GOLD.to_vec(), GOLD[..GOLD.len() / 2].to_vec()]
}
