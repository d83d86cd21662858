//! A report says the same of recordings that were folded, whatever happened on the way.

use std::fs;
use std::path::{Path, PathBuf};

use super::{HOST, killed, shop};
use crate::recording::Reader;
use crate::recording::fold::{crowded, fold, is_folded};
use crate::recording::process::State;
use crate::recording::store::Folder;
use crate::recording::testing::{Description, build};
use crate::report::Model;
use crate::report::collect::{self, Parts};

/// More than one archive holds.
const MANY: usize = 600;

/// A folder with the recordings of many processes that ended, and of one that runs.
fn store() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let [exited, _, running] = &shop()[..] else {
        panic!("three processes");
    };
    for number in 0..MANY {
        let of = match number % 3 {
            0 => killed(number as u32 + 1),
            _ => Description {
                pid: number as u32 + 1,
                ..exited.clone()
            },
        };
        fs::write(folder.path().join(format!("{number:04}.rec")), build(&of)).unwrap();
    }
    fs::write(folder.path().join("running.rec"), build(running)).unwrap();
    folder
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    let folder = Folder {
        path: folder.to_owned(),
    };
    folder.recordings().unwrap()
}

/// All that a model says, but where the files are.
fn said(paths: &[PathBuf]) -> String {
    let mut model = collect::read(paths, &HOST, Parts { tree: true }, &|_| {});
    for process in &mut model.processes {
        process.path = PathBuf::from(process.path.file_name().unwrap());
        if process.state == State::Running {
            process.seen = 0;
        }
    }
    // Ages grow, and those of the killed go by the files' times, which are kept.
    let Model { stacks, tree, .. } = &mut model;
    stacks.clear();
    let tree = std::mem::take(tree).nodes;
    format!("{model:?}{tree:?}")
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn nothing_is_lost_and_only_what_ended_is_folded() {
    let folder = store();
    let all = listed(folder.path());
    assert_eq!(crowded(&all), [folder.path()]);
    let before = said(&all);
    let folded = fold(folder.path(), &HOST, &|_, _| {}).unwrap();
    assert_eq!(folded.recordings, MANY);
    assert!(folded.bytes_after * 20 < folded.bytes_before, "{folded:?}");
    assert_eq!(
        names(folder.path()),
        ["0000.fold", "0512.fold", "running.rec"]
    );
    let paths = listed(folder.path());
    assert_eq!(paths.len(), MANY + 1);
    assert!(said(&paths) == before);
    // Again, there is nothing to fold, also for who saw all of it before.
    assert!(crowded(&paths).is_empty());
    assert_eq!(
        fold(folder.path(), &HOST, &|_, _| {}).unwrap().recordings,
        0
    );
}

#[test]
fn killed_before_its_files_went_nothing_counts_twice() {
    let folder = store();
    let before = said(&listed(folder.path()));
    let copies = tempfile::tempdir().unwrap();
    for name in ["0001.rec", "0002.rec"] {
        fs::copy(folder.path().join(name), copies.path().join(name)).unwrap();
    }
    fold(folder.path(), &HOST, &|_, _| {}).unwrap();
    for name in ["0001.rec", "0002.rec"] {
        fs::copy(copies.path().join(name), folder.path().join(name)).unwrap();
    }
    assert!(said(&listed(folder.path())) == before);
    // They go with the next ones that are folded.
    for number in 0..64 {
        let path = folder.path().join(format!("more-{number:02}.rec"));
        fs::write(path, build(&killed(number + 1000))).unwrap();
    }
    let before = said(&listed(folder.path()));
    fold(folder.path(), &HOST, &|_, _| {}).unwrap();
    assert_eq!(
        names(folder.path()),
        ["0000.fold", "0512.fold", "more-00.fold", "running.rec"]
    );
    assert!(said(&listed(folder.path())) == before);
}

#[test]
fn who_listed_them_before_still_reads_them() {
    let folder = store();
    let paths = listed(folder.path());
    let before = said(&paths);
    fold(folder.path(), &HOST, &|_, _| {}).unwrap();
    assert!(said(&paths) == before);
}

#[test]
fn few_are_left_alone_and_damaged_ones_too() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..63 {
        let path = folder.path().join(format!("{number:04}.rec"));
        fs::write(path, build(&killed(number + 1))).unwrap();
    }
    let before = names(folder.path());
    assert!(crowded(&listed(folder.path())).is_empty());
    fold(folder.path(), &HOST, &|_, _| {}).unwrap();
    assert_eq!(names(folder.path()), before);

    let mut damaged = build(&shop()[0]);
    damaged[4096..4104].copy_from_slice(&u64::MAX.to_le_bytes());
    fs::write(folder.path().join("damaged.rec"), damaged).unwrap();
    fs::write(folder.path().join("zz.rec"), "no recording").unwrap();
    for number in 63..70 {
        let path = folder.path().join(format!("{number:04}.rec"));
        fs::write(path, build(&killed(number + 1))).unwrap();
    }
    let said_before = said(&listed(folder.path()));
    fold(folder.path(), &HOST, &|_, _| {}).unwrap();
    assert_eq!(names(folder.path()), ["0000.fold", "damaged.rec", "zz.rec"]);
    assert!(said(&listed(folder.path())) == said_before);
}

#[test]
fn a_folded_recording_has_a_path_and_a_header() {
    let folder = store();
    fold(folder.path(), &HOST, &|_, _| {}).unwrap();
    let path = folder.path().join("0000.fold/0003.rec");
    assert!(is_folded(&path));
    let mut reader = Reader::default();
    assert_eq!(reader.peek(&path).unwrap().pid, 4);
    let missing = folder.path().join("0000.fold/none.rec");
    assert!(reader.peek(&missing).is_err());
    let recording = reader.read(&path, &HOST).unwrap();
    assert_eq!(recording.state, State::Killed);
}

#[test]
fn an_archive_that_is_cut_is_named_and_the_others_are_read() {
    let folder = store();
    fold(folder.path(), &HOST, &|_, _| {}).unwrap();
    let path = folder.path().join("0000.fold");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let model = collect::read(&listed(folder.path()), &HOST, Parts::default(), &|_| {});
    assert_eq!(model.processes.len(), MANY - 512 + 1);
    assert_eq!(model.skipped.len(), 1, "{:?}", model.skipped);
}
