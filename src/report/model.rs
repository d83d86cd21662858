//! What all chosen recordings say together, as plain values: the one source of every view
//! and export. How it comes about is in `recorded`, `merged` and `collect`.

use std::path::PathBuf;

use crate::latency::{Latencies, Percentiles};
use crate::recording::Error;
use crate::recording::header::{Detail, Engine, PythonVersion};
use crate::recording::process::State;
use crate::report::stacks::Stack;
use crate::report::tree::Tree;

/// Everything that was recorded.
#[derive(Debug, Default)]
pub struct Model {
    /// The processes, by their start.
    pub processes: Vec<Process>,
    /// The functions that were called, by name.
    pub functions: Vec<Function>,
    /// The functions that a target chose, called or not, by name.
    pub hooked: Vec<Hooked>,
    /// What isn't in the model.
    pub dropped: Dropped,
    /// The time that the probe itself added to the processes, in ns; 0 where unknown.
    pub overhead_ns: u64,
    /// Recordings that ended before their process did.
    pub stopped: Vec<Stopped>,
    /// Calls that killed processes were in when they died.
    pub unfinished: Vec<Unfinished>,
    /// Calls that running processes are in.
    pub under_way: Vec<Unfinished>,
    /// What runs in each thread, or ran when its process was killed.
    pub stacks: Vec<Stack>,
    /// Who called whom; empty where it isn't wanted.
    pub tree: Tree,
    /// Recordings that could not be read, and why.
    pub skipped: Vec<Error>,
}

/// One process that recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Process id.
    pub pid: u32,
    /// Process id of its parent.
    pub parent: u32,
    /// The name of the machine.
    pub host: String,
    /// When it started to record, in ns since 1970 UTC.
    pub started: u64,
    /// When it exited, in ns since 1970 UTC; unknown for those that were killed.
    pub ended: Option<u64>,
    /// When it was last known to live, in ns since 1970 UTC: its exit; of a process that runs, the
    /// reading; of one that was killed, the last sign of life in its recording.
    pub seen: u64,
    /// Whether it runs.
    pub state: State,
    /// Its Python.
    pub python: PythonVersion,
    /// What did the timing.
    pub engine: Engine,
    /// How much was recorded.
    pub detail: Detail,
    /// Its command line.
    pub argv: Vec<String>,
    /// Its recording.
    pub path: PathBuf,
}

/// One function, over all processes.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// `module:qualname`.
    pub name: String,
    /// Calls that ended.
    pub calls: u64,
    /// Calls that ended by an exception.
    pub errors: u64,
    /// Calls begun and not ended, in processes that run or were killed.
    pub in_flight: u64,
    /// Its latencies; none where calls were only counted, or none has ended.
    pub time: Option<Time>,
    /// How often each latency was met.
    pub latencies: Latencies,
}

/// The latencies of a function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Time {
    /// All calls together, from start to finish, in ns.
    pub total_ns: u64,
    /// Without the timed functions that they called, in ns; none without a call tree.
    pub self_ns: Option<u64>,
    /// The part in which a generator or coroutine ran, in ns; none for plain functions.
    pub active_ns: Option<u64>,
    /// The shortest call, in ns.
    pub min_ns: u64,
    /// The longest call, in ns.
    pub max_ns: u64,
    /// The mean, in ns.
    pub mean_ns: f64,
    /// Percentiles, in ns.
    pub percentiles: Percentiles,
}

/// A function that a target chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hooked {
    /// `module:qualname`.
    pub name: String,
    /// Why no process could instrument it.
    pub why_impossible: Option<String>,
    /// The index of the target in the plan of the process that started last.
    pub target_index: u32,
    /// When that process started to record, in ns since 1970 UTC.
    pub hooked_at: u64,
    /// How that process instrumented it: 0 not, 1 monitoring, 2 forwarder, 3 injection,
    /// 4 vectorcall, 5 native callable, 6 frame.
    pub mechanism: u32,
    /// Calls that ended, over all processes.
    pub calls: u64,
}

/// What isn't in the model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Functions without room in a recording.
    pub functions: u64,
    /// Calls without room for a node of the call tree; they count in their function.
    pub nodes: u64,
    /// Recordings that could not be read.
    pub recordings: u64,
    /// Call stacks of threads that had no room or were repaired: the nesting of some calls may
    /// be wrong.
    pub stacks: u64,
}

impl Dropped {
    /// Adds what isn't in another one.
    pub fn add(&mut self, other: Self) {
        for (mine, theirs) in [
            (&mut self.functions, other.functions),
            (&mut self.nodes, other.nodes),
            (&mut self.recordings, other.recordings),
            (&mut self.stacks, other.stacks),
        ] {
            *mine = mine.saturating_add(theirs);
        }
    }
}

/// A recording that ended before its process did.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stopped {
    /// The recording.
    pub path: PathBuf,
    /// Process id.
    pub pid: u32,
    /// Why, as a part of a sentence.
    pub why: String,
}

/// The calls that a process hasn't ended, or hadn't when it was killed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unfinished {
    /// Process id.
    pub pid: u32,
    /// When it started to record, in ns since 1970 UTC: pids are used again.
    pub started: u64,
    /// The functions by name, and how many calls of each.
    pub calls: Vec<(String, u64)>,
}
