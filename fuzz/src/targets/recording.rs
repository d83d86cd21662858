//! One recording of any bytes: read, added up and shown. What is shown is compared with what a
//! plain walk through the same blocks adds up to.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use probe::recording::Reader;
use probe::recording::blocks::Block;
use probe::recording::layout::{SEGMENT_ALIGNMENT_BYTES, WORD_BYTES};
use probe::recording::process::Host;
use probe::recording::testing::{
    Description, FunctionDescription, NodeDescription, ThreadDescription, build,
};
use probe::report::Model;

use super::reported;
use crate::mutation::Mutation;
use crate::{Target, files};

pub(super) static TARGET: Target = Target {
    name: "recording",
    about: "one recording, through the reader to the report",
    run,
    seeds,
    mutation: Mutation::Words,
    longest: 64 << 10,
};

/// A file written by version 1.0, which every reader must understand.
const GOLD: &[u8] = include_bytes!("../../../tests/gold/recording-1.0.rec");

/// The boot of the recordings made here: a process of it can't be asked, so it may be running.
/// One of any other boot was killed.
pub(super) const HOST: Host = Host {
    boot_id: Some([7; 16]),
    pid_namespace: None,
};

thread_local! {
    static FOLDER: tempfile::TempDir = files::folder();
    static READER: RefCell<Reader> = RefCell::default();
}

fn run(input: &[u8]) {
    let path = FOLDER.with(|folder| write(folder.path(), "a.rec", input));
    let model = reported::model(std::slice::from_ref(&path), &HOST);
    let plain = READER.with_borrow_mut(|reader| calls(reader, &path));
    assert_eq!(model.processes.len() + model.skipped.len(), 1);
    assert_eq!(
        plain.is_some(),
        model.skipped.is_empty(),
        "{:?}",
        model.skipped
    );
    assert_same_calls(&model, &plain.unwrap_or_default());
    reported::check(&model, input);
}

/// Writes the file that an input stands for: whole words are filled up with zeros, as a writer
/// reserves them, so that short inputs reach all of the reader.
fn write(folder: &Path, name: &str, input: &[u8]) -> PathBuf {
    let path = files::write(folder, name, input);
    if input.len().is_multiple_of(WORD_BYTES) {
        let whole = input
            .len()
            .next_multiple_of(SEGMENT_ALIGNMENT_BYTES as usize);
        files::fill_up(&path, whole);
    }
    path
}

/// A recording without the zeros at its end.
pub(super) fn trimmed(mut file: Vec<u8>) -> Vec<u8> {
    let used = file
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |at| at + 1);
    file.truncate(used.next_multiple_of(WORD_BYTES));
    file
}

/// Calls that ended and their errors, by name.
type Calls = BTreeMap<String, (u64, u64)>;

/// Adds up calls block by block, the plainest way; none where the recording is damaged.
fn calls(reader: &mut Reader, path: &Path) -> Option<Calls> {
    let recording = reader.read(path, &HOST).ok()?;
    let mut names = Vec::new();
    let mut by_id: BTreeMap<u64, (u128, u128)> = BTreeMap::new();
    for block in recording.blocks() {
        match block.ok()? {
            Block::Function(it) => names.push(it.name.into_owned()),
            Block::Record(it) => {
                let slots: u128 = it.slots().iter().copied().map(u128::from).sum();
                let sums = by_id.entry(it.function()).or_default();
                sums.0 += slots + u128::from(it.counted());
                sums.1 += u128::from(it.errors());
            }
            Block::Nodes(it) => {
                for node in it.iter() {
                    let node = node.ok()?;
                    assert!(node.parent.is_none_or(|parent| parent < node.id));
                }
            }
            Block::Thread(it) => assert!(it.frames().count() <= it.words.len()),
        }
    }
    let mut calls = Calls::new();
    for (id, name) in (0..).zip(names) {
        let (ended, errors) = by_id.get(&id).copied().unwrap_or_default();
        let sums = calls.entry(name).or_default();
        sums.0 = saturate(u128::from(sums.0) + ended);
        sums.1 = saturate(u128::from(sums.1) + errors);
    }
    Some(calls)
}

fn saturate(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn assert_same_calls(model: &Model, plain: &Calls) {
    let hooked: BTreeMap<_, _> = model.hooked.iter().map(|it| (&it.name, it.calls)).collect();
    let expected: BTreeMap<_, _> = plain.iter().map(|(name, it)| (name, it.0)).collect();
    assert_eq!(hooked, expected);
    for function in &model.functions {
        let (calls, errors) = plain[&function.name];
        assert_eq!(
            (function.calls, function.errors),
            (calls, errors),
            "{}",
            function.name
        );
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![GOLD.to_vec()];
    seeds.extend(descriptions().iter().map(build));
    seeds.extend(hostile());
    seeds.into_iter().map(trimmed).collect()
}

/// Recordings as the engines make them.
pub(super) fn descriptions() -> Vec<Description> {
    let mut tree = Description {
        own_cost: 850_000,
        exited_wall: None,
        ..Description::default()
    };
    tree.called("shop:pay", &[1_500, 2_500, 1_000_000]).errors = 1;
    tree.called("shop:Cart.total", &[90, 95]).begun = 5;
    tree.functions.push(FunctionDescription {
        name: "_json:scan\u{1b}[32m".to_owned(),
        impossible: true,
        reason: "an immutable type".to_owned(),
        ..FunctionDescription::default()
    });
    tree.nodes = (0..70)
        .map(|number| NodeDescription {
            parent: (number > 0).then_some(number / 2),
            function: number % 3,
            calls: 3,
            total: 1_004_000,
            own: 1_003_815,
        })
        .collect();
    tree.threads.push(ThreadDescription {
        id: 99,
        in_use: true,
        past: 1,
        frames: vec![(5, 0), (6, 1), (7, 69)],
    });
    let mut killed = tree.clone();
    killed.boot_id = [8; 16];
    let mut counted = Description {
        detail: 1,
        engine: 2,
        clock_multiplier: (1 << 32) / 3,
        clock_shift: 32,
        ..Description::default()
    };
    counted.called("shop:pay", &[]).counted = 4;
    counted.called("shop:get", &[]).errors = 2;
    let empty = Description::default();
    vec![tree, killed, counted, empty]
}

/// Recordings with figures that no process has.
fn hostile() -> Vec<Vec<u8>> {
    let mut greatest = Description {
        clock_multiplier: u64::MAX,
        own_cost: u64::MAX,
        started_wall: u64::MAX,
        exited_wall: Some(0),
        dropped_nodes: u64::MAX,
        stopped: 3,
        stopped_errno: u64::MAX,
        ..Description::default()
    };
    greatest.called("a:f", &[u64::MAX]).counted = u64::MAX;
    greatest.called("a:f", &[1, 0]).errors = u64::MAX;
    let many = Description {
        functions: vec![FunctionDescription::default(); 1000],
        ..Description::default()
    };
    let mut named = Description::default();
    for name in NAMES {
        named.called(name, &[1_000]);
    }
    named.nodes = (0..NAMES.len())
        .map(|index| NodeDescription {
            parent: index.checked_sub(1).map(|above| above as u32),
            function: index as u32,
            calls: 1,
            total: 1_000,
            own: 1_000,
        })
        .collect();
    vec![build(&greatest), build(&many), build(&named)]
}

/// Names that would break out of a line, a label, a frame, a cell, markup or a terminal.
const NAMES: [&str; 9] = [
    "a:f;b 1",
    "a:\"} 1\nprobe_calls_total 2\\",
    "=1+1,\"x\"",
    "<script>&'\u{ffff}",
    "\u{1b}]0;x\u{7}",
    "\\u{1b}]0;x\u{7}",
    "(1) fn=x",
    "",
    "\u{202e}:\u{a0}\t",
];

/// Writes these recordings; their paths.
pub(super) fn write_all(folder: &Path, recordings: &[&[u8]]) -> Vec<PathBuf> {
    recordings
        .iter()
        .enumerate()
        .map(|(number, bytes)| write(folder, &format!("{number}.rec"), bytes))
        .collect()
}
