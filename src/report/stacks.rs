//! What was running in each thread of a process, and for how long: of one that runs, now; of one
//! that was killed, when it died. Reads no file.

use std::collections::HashMap;

use crate::recording::Recording;
use crate::recording::blocks::{Frame, Shape};
use crate::recording::clock::Moment;
use crate::recording::header::{Engine, Header};
use crate::recording::process::State;
use crate::report::recorded::Functions;

/// The calls that a thread was in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stack {
    /// Process id.
    pub pid: u32,
    /// When the process started to record, in ns since 1970 UTC: pids are used again.
    pub started: u64,
    /// The thread's native id; 0 where unknown.
    pub thread: u64,
    /// Whether the process runs, or was killed.
    pub state: State,
    /// The calls, outermost first.
    pub frames: Vec<Running>,
    /// Calls within these for which the stack had no room.
    pub past: u64,
}

/// A call that hadn't ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Running {
    /// `module:qualname`.
    pub name: String,
    /// The time since it began or, of a generator or coroutine, was resumed, in ns. In a process
    /// that was killed: until the last sign of life, so it is at least this.
    pub age_ns: u64,
}

/// The stacks of a recording, in the order of its threads; those that aren't empty.
pub(super) fn of(recording: &Recording<'_>, recorded: &Functions<'_>) -> Vec<Stack> {
    if recording.state == State::Exited {
        return Vec::new();
    }
    let age = ages(recording, recorded);
    let stacks = recorded.threads.iter().map(|thread| Stack {
        pid: recording.header.pid,
        started: recording.header.started_wall,
        thread: thread.id,
        state: recording.state,
        frames: thread
            .frames()
            .filter_map(|frame| {
                Some(Running {
                    name: name(recorded, frame)?.to_owned(),
                    age_ns: age(frame.since),
                })
            })
            .collect(),
        past: thread.past,
    });
    stacks.filter(|stack| !stack.frames.is_empty()).collect()
}

/// The function of a frame; none in a file whose nodes don't have it.
fn name<'a>(recorded: &'a Functions<'_>, frame: Frame) -> Option<&'a str> {
    let nodes = &recorded.nodes;
    let place = nodes.binary_search_by_key(&frame.node, |node| u64::from(node.id));
    let function = nodes.get(place.ok()?)?.function;
    let function = recorded.functions.get(function as usize)?;
    Some(&function.function.name)
}

/// How old what began at so many ticks is, in ns.
fn ages(recording: &Recording<'_>, recorded: &Functions<'_>) -> impl Fn(u64) -> u64 + use<> {
    Look::at(recording).ages(latest(recording, recorded))
}

/// How long a process has been recording or, of one that isn't running, had been at its last sign
/// of life, in ns.
pub(super) fn lived(recording: &Recording<'_>, recorded: &Functions<'_>) -> u64 {
    Look::at(recording).lived(latest(recording, recorded))
}

/// The last ticks at which a process is known to have lived, where it was killed.
fn latest(recording: &Recording<'_>, recorded: &Functions<'_>) -> Option<u64> {
    match recording.state {
        State::Killed => last_sign(&recording.header, recorded),
        _ => None,
    }
}

/// The last ticks at which a process that was killed is known to have lived: when a call on its
/// stacks began, and later by the time that finished calls below that one took, where it is the
/// only call that its node ever had, so that these were all made by it. A coroutine's may have
/// been made before it was resumed; a stack that was repaired may have lost a call's end, and so
/// may the Python engine, where it is switched off and on.
fn last_sign(header: &Header, recorded: &Functions<'_>) -> Option<u64> {
    let ends_are_known = header.engine == Engine::Native && header.stack_troubles == 0;
    let nodes = &recorded.nodes;
    let index = |id: u64| {
        nodes
            .binary_search_by_key(&id, |node| u64::from(node.id))
            .ok()
    };
    let frames = || recorded.threads.iter().flat_map(|thread| thread.frames());
    let mut running: HashMap<u64, u32> = HashMap::new();
    for frame in frames() {
        *running.entry(frame.node).or_default() += 1;
    }
    // Self ticks of one thread's calls never overlap, those of coroutines neither.
    let mut below = vec![0_u64; nodes.len()];
    for (child, node) in nodes.iter().enumerate().rev() {
        if let Some(parent) = node.parent.and_then(|id| index(u64::from(id))) {
            let own = node.own.saturating_add(below[child]);
            below[parent] = below[parent].saturating_add(own);
        }
    }
    let sign = |frame: Frame| {
        let only = index(frame.node).filter(|place| {
            let function = recorded.functions.get(nodes[*place].function as usize);
            let is_plain = function.is_some_and(|it| it.function.shape == Shape::Function);
            let is_alone = nodes[*place].calls == 0 && running.get(&frame.node) == Some(&1);
            ends_are_known && is_plain && is_alone
        });
        frame
            .since
            .saturating_add(only.map_or(0, |place| below[place]))
    };
    frames().map(sign).max()
}

/// What ages are told by: a recording's header, and when and how it was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'a> {
    /// The header.
    pub(crate) header: &'a Header,
    /// Whether its process runs.
    pub(crate) state: State,
    /// When it was read.
    pub(crate) read_at: Moment,
    /// When the file was changed last, in ns since 1970 UTC.
    pub(crate) modified_wall: u64,
}

impl<'a> Look<'a> {
    fn at(recording: &'a Recording<'_>) -> Self {
        Self {
            header: &recording.header,
            state: recording.state,
            read_at: recording.read_at,
            modified_wall: recording.modified_wall,
        }
    }

    /// How old what began at so many ticks is, in ns; `latest` are the ticks of the last
    /// beginning that is known.
    pub(crate) fn ages(self, latest: Option<u64>) -> impl Fn(u64) -> u64 + use<> {
        let after_start = self.after_start();
        let until = self.lived(latest);
        move |since| until.saturating_sub(after_start(since))
    }

    /// From the start of the recording, as the clock of the frames says it, in ns.
    fn after_start(self) -> impl Fn(u64) -> u64 + use<> {
        let (clock, started) = (self.header.clock, self.header.started_ticks);
        move |ticks: u64| clock.nanoseconds(ticks.saturating_sub(started))
    }

    /// How long the process has been recording or, where it isn't running, had been at its last
    /// sign of life, in ns; `latest` as above.
    fn lived(self, latest: Option<u64>) -> u64 {
        let header = self.header;
        match self.state {
            State::Running if header.monotonic => {
                let started = header.clock.nanoseconds(header.started_ticks);
                self.read_at.monotonic_ns.saturating_sub(started)
            }
            // Nobody else can read the clock of another processor: the time of day has to do.
            State::Running => self.read_at.wall_ns.saturating_sub(header.started_wall),
            _ => {
                let modified = self.modified_wall.saturating_sub(header.started_wall);
                latest.map_or(0, self.after_start()).max(modified)
            }
        }
    }
}
