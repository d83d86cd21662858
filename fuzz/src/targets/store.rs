//! Several recordings of any bytes, one after the other in the input: what they add up to
//! doesn't depend on their order, and one that is damaged takes nothing from the others.

use probe::recording::testing::build;
use probe::report::Model;
use probe::report::model::Process;

use super::recording::{HOST, descriptions, trimmed, write_all};
use super::reported;
use crate::mutation::Mutation;
use crate::{Target, files};

pub(super) static TARGET: Target = Target {
    name: "store",
    about: "several recordings, merged",
    run,
    seeds,
    mutation: Mutation::Words,
    longest: 128 << 10,
};

/// What every recording begins with; a file of the store ends before the next one.
const MAGIC: &[u8] = b"PROBEREC";

/// More files than this take the time and show nothing new.
const MOST: usize = 20;

thread_local! {
    static FOLDER: tempfile::TempDir = files::folder();
}

fn run(input: &[u8]) {
    let recordings = split(input);
    let mut paths = FOLDER.with(|folder| write_all(folder.path(), &recordings));
    let all = reported::model(&paths, &HOST);
    reported::check(&all, input);
    paths.reverse();
    let reversed = reported::model(&paths, &HOST);
    assert_eq!(all.functions, reversed.functions);
    assert_eq!(settled(&all), settled(&reversed));
    assert_eq!(all.dropped, reversed.dropped);

    let alone: Vec<Model> = paths
        .iter()
        .map(|path| reported::model(std::slice::from_ref(path), &HOST))
        .collect();
    for function in &all.functions {
        let parts = alone.iter().flat_map(|model| &model.functions);
        let parts: Vec<_> = parts.filter(|it| it.name == function.name).collect();
        let sum = |of: fn(&probe::report::model::Function) -> u64| {
            parts.iter().map(|it| of(it)).fold(0, u64::saturating_add)
        };
        assert_eq!(function.calls, sum(|it| it.calls), "{}", function.name);
        assert_eq!(function.errors, sum(|it| it.errors), "{}", function.name);
        assert_eq!(
            function.in_flight,
            sum(|it| it.in_flight),
            "{}",
            function.name
        );
    }
}

/// The processes, without the moment at which one that runs was read.
fn settled(model: &Model) -> Vec<Process> {
    let processes = model.processes.iter().map(|it| Process {
        seen: it.ended.unwrap_or(0),
        ..it.clone()
    });
    processes.collect()
}

fn split(input: &[u8]) -> Vec<&[u8]> {
    let mut starts: Vec<usize> = input
        .windows(MAGIC.len())
        .enumerate()
        .filter(|(at, window)| *at > 0 && *window == MAGIC)
        .map(|(at, _)| at)
        .take(MOST - 1)
        .collect();
    starts.insert(0, 0);
    starts.push(input.len());
    starts
        .windows(2)
        .map(|ends| &input[ends[0]..ends[1]])
        .collect()
}

fn seeds() -> Vec<Vec<u8>> {
    let files: Vec<Vec<u8>> = descriptions().iter().map(|it| trimmed(build(it))).collect();
    vec![files.concat(), files[..2].concat(), files[0].repeat(17)]
}
