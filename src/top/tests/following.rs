//! A follower says at each look what a reader of the whole file would: files that change as a
//! writer changes them.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use proptest::prelude::*;

use super::ask;
use crate::recording::follow::SWEEP;
use crate::recording::process::Host;
use crate::recording::testing::{Description, NodeDescription, ThreadDescription, build};
use crate::report::collect::{self, Parts};
use crate::top::sample::{Sample, Sampler};
use crate::top::window::{By, Key, Wanted, between};

/// A system on which the processes of these files run, as far as one can know.
const HOST: Host = Host {
    boot_id: Some([7; 16]),
    pid_namespace: None,
};

/// A process that runs, with three functions; each round is some calls of one of them.
fn description(rounds: &[(usize, u64)], detail: u64) -> Description {
    let mut it = Description {
        exited_wall: None,
        detail,
        ..Description::default()
    };
    for function in 0..3 {
        let calls = rounds.iter().filter(|round| round.0 == function);
        let times: Vec<u64> = calls.map(|round| round.1).collect();
        let total: u64 = times.iter().sum();
        let record = it.called(&format!("a:f{function}"), &times);
        if detail == 1 {
            (record.counted, record.times) = (times.len() as u64, Vec::new());
        }
        if detail == 3 {
            (record.begun, record.total, record.own) = (0, 0, 0);
            it.nodes.push(NodeDescription {
                parent: None,
                function: function as u32,
                calls: times.len() as u64,
                total,
                own: total,
            });
        }
    }
    if detail == 3 {
        let last = rounds.last().map_or(0, |round| round.0 as u32);
        it.threads.push(ThreadDescription {
            id: 7,
            in_use: true,
            past: 0,
            frames: vec![(it.started_ticks + rounds.len() as u64, last)],
        });
    }
    it
}

/// Calls, errors and calls in flight by function, of all processes that run.
type Counts = Vec<(String, u64, u64, u64)>;

fn sampled(sample: &Sample) -> Counts {
    let window = between(None, sample, ask(By::Function, Wanted::All));
    let mut counts: Counts = window
        .figures
        .iter()
        .filter(|(_, it)| it.all_calls > 0 || it.in_flight > 0)
        .filter_map(|(key, it)| match key {
            Key::Function(name) => {
                Some((name.to_string(), it.all_calls, it.all_errors, it.in_flight))
            }
            Key::Process(_) => None,
        })
        .collect();
    counts.sort();
    counts
}

fn reported(paths: &[PathBuf]) -> Counts {
    let model = collect::read(paths, &HOST, Parts::default(), &|_| {});
    let functions = model.functions.iter();
    functions
        .map(|it| (it.name.clone(), it.calls, it.errors, it.in_flight))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_look_says_what_the_whole_file_says(
        rounds in proptest::collection::vec((0_usize..3, 0_u64..1 << 30), 1..60),
        steps in proptest::collection::vec(1_usize..8, 1..12),
        detail in 1_u64..4,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let paths = vec![folder.path().join("a.rec")];
        let mut sampler = Sampler::new(HOST);
        let mut done = 0;
        for step in steps {
            done = (done + step).min(rounds.len());
            let bytes = build(&description(&rounds[..done], detail));
            // In place, as a writer does.
            overwrite(&paths[0], &bytes);
            let sample = sampler.sample(&paths);
            prop_assert_eq!(sampled(&sample), reported(&paths));
            let model = collect::read(&paths, &HOST, Parts::default(), &|_| {});
            let running = sample.readings[0].running.iter();
            let running: Vec<&str> = running.map(|it| &*it.name).collect();
            let frames = model.stacks.iter().flat_map(|it| &it.frames);
            let frames: Vec<&str> = frames.map(|it| &*it.name).collect();
            prop_assert_eq!(running, frames);
        }
    }
}

/// In place, as a writer does.
fn overwrite(path: &PathBuf, bytes: &[u8]) {
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).open(path);
    file.unwrap().write_all_at(bytes, 0).unwrap();
}

fn written(path: &PathBuf, description: &Description) {
    fs::write(path, build(description)).unwrap();
}

#[test]
fn what_a_node_does_not_tell_is_found_by_the_sweep() {
    let folder = tempfile::tempdir().unwrap();
    let paths = vec![folder.path().join("a.rec")];
    let rounds = [(0, 5), (1, 6), (2, 7)];
    let mut it = description(&rounds, 3);
    written(&paths[0], &it);
    let mut sampler = Sampler::new(HOST);
    for _ in 0..3 {
        sampler.sample(&paths);
    }
    // No writer does so: a call that counts in its record's histogram alone.
    it.records[2].times.push(8);
    let bytes = build(&it);
    overwrite(&paths[0], &bytes);
    let mut looks = 0;
    while sampled(&sampler.sample(&paths)) != reported(&paths) {
        looks += 1;
        assert!(looks <= SWEEP, "never seen");
    }
}

#[test]
fn processes_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let ended = Description {
        exited_wall: Some(1),
        ..description(&[(0, 5)], 3)
    };
    written(&path("ended.rec"), &ended);
    written(&path("a.rec"), &description(&[(0, 5)], 3));
    let mut sampler = Sampler::new(HOST);
    let names = ["ended.rec", "a.rec"].map(path).to_vec();
    // What had ended is not what is going on.
    assert_eq!(sampler.sample(&names).readings.len(), 1);
    // One ends and says so; one comes, one that is half made too, and one that is no recording.
    written(&path("a.rec"), &Description { ..ended.clone() });
    written(&path("b.rec"), &description(&[(1, 5)], 2));
    fs::write(path("half.rec"), [0; 8192]).unwrap();
    fs::write(path("none.rec"), "text").unwrap();
    let all = [
        "ended.rec",
        "a.rec",
        "b.rec",
        "half.rec",
        "none.rec",
        "gone.rec",
    ]
    .map(path);
    let sample = sampler.sample(&all);
    let states: Vec<&str> = sample.readings.iter().map(|it| it.state.name()).collect();
    assert_eq!(states, ["exited", "running"]);
    assert!(sample.readings[0].running.is_empty());
    assert_eq!(sample.unreadable.len(), 1);
    // And one is removed, or becomes another file.
    written(&path("c.rec"), &description(&[(2, 5), (2, 6)], 3));
    fs::rename(path("c.rec"), path("b.rec")).unwrap();
    let sample = sampler.sample(&["b.rec"].map(path));
    assert_eq!(sampled(&sample), [("a:f2".to_owned(), 2, 0, 1)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever bytes a file has, and becomes.
    #[test]
    fn any_change_is_survived(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u64>()), 1..40),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let paths = vec![folder.path().join("a.rec")];
        let mut bytes = build(&description(&[(0, 5), (1, 1 << 30), (2, 7)], 3));
        let mut sampler = Sampler::new(HOST);
        for (place, word) in changes {
            fs::write(&paths[0], &bytes).unwrap();
            let sample = sampler.sample(&paths);
            let _ = between(None, &sample, ask(By::Process, Wanted::All));
            // Where something is, mostly.
            let words = bytes.len().min(40_000) / 8;
            let at = place.index(words) * 8;
            bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
            fs::write(&paths[0], &bytes).unwrap();
            sampler.sample(&paths);
            sampler.sample(&paths);
        }
    }
}
