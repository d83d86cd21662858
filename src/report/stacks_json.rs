//! `probe stacks` as JSON, with the keys that the command line's contract fixes and some more.

use std::path::Path;

use serde::Serialize;

use crate::report::json::timestamp;
use crate::report::model::Model;
use crate::report::stacks::{Running, Stack};
use crate::report::standing::{Standing, standing};

/// The document.
#[derive(Debug, Serialize)]
pub struct Stacks<'a> {
    schema: u32,
    venv: Option<String>,
    threads: Vec<ThreadEntry<'a>>,
    processes: Vec<ProcessEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct ThreadEntry<'a> {
    pid: u32,
    thread: u64,
    state: &'static str,
    frames: Vec<FrameEntry<'a>>,
    past: u64,
}

#[derive(Debug, Serialize)]
struct FrameEntry<'a> {
    name: &'a str,
    age_ns: u64,
}

#[derive(Debug, Serialize)]
struct ProcessEntry<'a> {
    pid: u32,
    state: &'static str,
    started: String,
    detail: &'static str,
    argv: &'a [String],
    without_stack: Vec<CallsEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct CallsEntry<'a> {
    name: &'a str,
    calls: u64,
}

impl<'a> Stacks<'a> {
    /// The model's document; the venv is none where recordings of several were read.
    #[must_use]
    pub fn new(model: &'a Model, venv: Option<&Path>) -> Self {
        let standing = standing(model);
        Self {
            schema: 1,
            venv: venv.map(|it| it.to_string_lossy().into_owned()),
            threads: standing
                .iter()
                .flat_map(|it| it.threads.iter().copied())
                .map(thread)
                .collect(),
            processes: standing.iter().map(process).collect(),
        }
    }
}

fn thread(it: &Stack) -> ThreadEntry<'_> {
    ThreadEntry {
        pid: it.pid,
        thread: it.thread,
        state: it.state.name(),
        frames: it.frames.iter().map(frame).collect(),
        past: it.past,
    }
}

fn frame(it: &Running) -> FrameEntry<'_> {
    FrameEntry {
        name: &it.name,
        age_ns: it.age_ns,
    }
}

fn process<'a>(it: &Standing<'a>) -> ProcessEntry<'a> {
    let calls = it.without_stack.iter();
    ProcessEntry {
        pid: it.process.pid,
        state: it.process.state.name(),
        started: timestamp(it.process.started).to_string(),
        detail: it.process.detail.name(),
        argv: &it.process.argv,
        without_stack: calls
            .map(|&(name, calls)| CallsEntry { name, calls })
            .collect(),
    }
}
