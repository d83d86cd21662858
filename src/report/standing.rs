//! What each process is in, or was when it was killed: its threads' stacks, and the calls that
//! lie on none. A value for `stacks_text`, `stacks_json` and `summary`; it is written nowhere here.

use std::collections::BTreeMap;

use crate::recording::process::State;
use crate::report::model::{Model, Process};
use crate::report::stacks::Stack;

/// One process that runs or was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing<'a> {
    /// The process.
    pub process: &'a Process,
    /// Its threads that are in a call, by their ids.
    pub threads: Vec<&'a Stack>,
    /// Calls that began, haven't ended and lie on no stack, by function: generators and
    /// coroutines that are suspended, and all calls where stacks aren't recorded.
    pub without_stack: Vec<(&'a str, u64)>,
}

impl Standing<'_> {
    /// True where no call is known that hasn't ended.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.threads.is_empty() && self.without_stack.is_empty()
    }
}

/// The processes that run, then those that were killed, each in the order of their starts.
#[must_use]
pub fn standing(model: &Model) -> Vec<Standing<'_>> {
    let mut threads: BTreeMap<(u32, u64), Vec<&Stack>> = BTreeMap::new();
    for stack in &model.stacks {
        let process = (stack.pid, stack.started);
        threads.entry(process).or_default().push(stack);
    }
    let mut begun: BTreeMap<(u32, u64), BTreeMap<&str, u64>> = BTreeMap::new();
    for it in model.under_way.iter().chain(&model.unfinished) {
        let calls = begun.entry((it.pid, it.started)).or_default();
        for (name, number) in &it.calls {
            let sum = calls.entry(name).or_default();
            *sum = sum.saturating_add(*number);
        }
    }
    let of_state = |state| {
        let processes = model.processes.iter();
        processes.filter(move |it| it.state == state)
    };
    let processes = of_state(State::Running).chain(of_state(State::Killed));
    processes
        .map(|process| {
            let key = (process.pid, process.started);
            // Removed, so that of two recordings by one process at one moment one has all.
            let threads = threads.remove(&key).unwrap_or_default();
            let mut calls = begun.remove(&key).unwrap_or_default();
            for frame in threads.iter().flat_map(|stack| &stack.frames) {
                if let Some(number) = calls.get_mut(&*frame.name) {
                    *number = number.saturating_sub(1);
                }
            }
            Standing {
                process,
                threads,
                without_stack: calls.into_iter().filter(|it| it.1 > 0).collect(),
            }
        })
        .collect()
}
