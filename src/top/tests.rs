//! Windows, keys and pictures of `top`, from samples made by hand; what is read of files is in
//! `following`.

mod following;
mod looks;
mod pressing;
mod windows;

use std::path::Path;
use std::rc::Rc;

use crate::latency::{Scale, slot_of};
use crate::recording::clock::Clock;
use crate::recording::follow::Slots;
use crate::recording::header::Detail;
use crate::recording::process::State;
use crate::top::sample::{Counted, InCall, Reading, Sample};
use crate::top::window::{By, Only, Question, Wanted};

/// The histogram of calls that took these ticks.
fn slots(ticks: &[u64]) -> Slots {
    let mut counts = vec![0; 752];
    for it in ticks {
        counts[slot_of(*it)] += 1;
    }
    let first = counts.iter().position(|it| *it > 0).unwrap_or(0);
    let end = counts.iter().rposition(|it| *it > 0).map_or(0, |it| it + 1);
    Slots {
        first,
        counts: counts.get(first..end).unwrap_or(&[]).to_vec(),
    }
}

/// A function whose calls took these ns.
fn counted(name: &str, times: &[u64]) -> Counted {
    Counted {
        name: Rc::from(name),
        calls: times.len() as u64,
        errors: 0,
        in_flight: 0,
        slots: Rc::new(slots(times)),
    }
}

/// A question about all calls.
fn ask(by: By, wanted: Wanted) -> Question<'static> {
    const ALL: &Only = &Only(None);
    Question {
        by,
        only: ALL,
        wanted,
        among: None,
    }
}

/// A process that started at the first second.
fn reading(pid: u32, functions: Vec<Counted>) -> Reading {
    Reading {
        path: Rc::from(Path::new(&format!("/data/{pid}.rec"))),
        pid,
        started: 1_000_000_000,
        argv: vec!["python".to_owned(), "-m".to_owned(), "shop".to_owned()],
        state: State::Running,
        detail: Detail::Tree,
        recording: true,
        monotonic_ns: 0,
        scale: Scale::of(Clock::NANOSECONDS),
        functions,
        running: Vec::new(),
    }
}

/// A sample at this second; its processes were read then.
fn sample(second: u64, readings: Vec<Reading>) -> Sample {
    let at = second * 1_000_000_000;
    let readings = readings.into_iter().map(|it| {
        Rc::new(Reading {
            monotonic_ns: at,
            ..it
        })
    });
    Sample {
        monotonic_ns: at,
        wall_ns: at,
        readings: readings.collect(),
        unreadable: Vec::new(),
    }
}

/// Calls of a thread, each with its age in seconds.
fn running(calls: &[(&str, u64)]) -> Vec<InCall> {
    let calls = calls.iter().map(|(name, seconds)| InCall {
        name: Rc::from(*name),
        age_ns: seconds * 1_000_000_000,
    });
    calls.collect()
}
