//! What one recording says about each of its functions, in its own ticks: records of all
//! shards and nodes of the call tree added up. A damaged recording gives nothing at all, so
//! that nobody takes a part for the whole.

use std::collections::{BTreeSet, HashMap};

use crate::recording::blocks::{Block, Function, Node, Record, Thread};
use crate::recording::{Damage, Recording};

/// One function of one recording.
#[derive(Debug)]
pub(super) struct Recorded<'a> {
    /// Its block.
    pub(super) function: Function<'a>,
    /// Its first record; none where it was never called.
    record: Option<Record<'a>>,
    /// The records of its other shards, which it seldom has.
    shards: Vec<Record<'a>>,
    /// Ticks of its nodes.
    pub(super) node_total: u128,
    /// Self ticks of its nodes.
    pub(super) node_own: u128,
    /// Its frames on the threads' shadow stacks.
    pub(super) frames: u128,
}

/// The functions of a recording.
#[derive(Debug)]
pub(super) struct Functions<'a> {
    /// In the order of their ids.
    pub(super) functions: Vec<Recorded<'a>>,
    /// Ids that are counted although no function has them; their calls can't be named.
    pub(super) nameless: u64,
    /// The nodes of the call tree, parents before children; none where nobody needs them.
    pub(super) nodes: Vec<Node>,
    /// The threads that have a stack.
    pub(super) threads: Vec<Thread<'a>>,
}

impl<'a> Recorded<'a> {
    /// Its records, one a shard; none where it was never called.
    pub(super) fn records(&self) -> impl Iterator<Item = Record<'a>> {
        self.record.iter().chain(&self.shards).copied()
    }

    /// Adds up a number of all records; a word is never enough for hostile ones.
    pub(super) fn sum(&self, of: impl Fn(Record<'a>) -> u64) -> u128 {
        self.records().map(|it| u128::from(of(it))).sum()
    }

    /// Total ticks.
    pub(super) fn total(&self) -> u128 {
        self.sum(Record::total) + self.node_total
    }

    /// Self ticks.
    pub(super) fn own(&self) -> u128 {
        self.sum(Record::own) + self.node_own
    }

    /// Calls that began and didn't end, of which `ended` did.
    pub(super) fn in_flight(&self, ended: u64) -> u128 {
        match self.sum(Record::begun) {
            // A writer of detail `tree` counts no beginnings of plain functions.
            0 => self.frames,
            begun => begun.saturating_sub(u128::from(ended)),
        }
    }

    /// The least ticks of a call.
    pub(super) fn least(&self) -> Option<u64> {
        self.records().filter_map(Record::least).min()
    }

    /// The most ticks of a call.
    pub(super) fn most(&self) -> Option<u64> {
        self.records().map(Record::most).max()
    }
}

/// Goes through a recording; keeps its nodes for a call tree if one is `wanted`, and wherever
/// something runs, whose node says what.
///
/// # Errors
/// Its first damage.
pub(super) fn functions<'a>(
    recording: &Recording<'a>,
    tree_wanted: bool,
) -> Result<Functions<'a>, Damage> {
    let mut functions: Vec<Recorded<'a>> = Vec::new();
    let mut records = Vec::new();
    let mut nodes = Vec::new();
    let mut threads = Vec::new();
    for block in recording.blocks() {
        match block? {
            Block::Function(function) => functions.push(Recorded {
                function,
                record: None,
                shards: Vec::new(),
                node_total: 0,
                node_own: 0,
                frames: 0,
            }),
            Block::Record(record) => records.push(record),
            Block::Nodes(block) => nodes.push(block),
            Block::Thread(thread) if thread.in_use => threads.push(thread),
            Block::Thread(_) => {}
        }
    }
    let mut nameless = BTreeSet::new();
    for record in records {
        let id = record.function();
        let index = usize::try_from(id).ok();
        match index.and_then(|index| functions.get_mut(index)) {
            Some(function) if function.record.is_none() => function.record = Some(record),
            Some(function) => function.shards.push(record),
            None => {
                nameless.insert(id);
            }
        }
    }
    let mut running: HashMap<u64, u128> = HashMap::new();
    let count = nodes.iter().map(|block| block.count()).sum::<u64>();
    for frame in threads.iter().flat_map(|thread| thread.frames()) {
        // One of no node names nothing, and a hostile file has room for millions.
        if frame.node >= count {
            continue;
        }
        *running.entry(frame.node).or_default() += 1;
    }
    let mut kept = Vec::new();
    for node in nodes.into_iter().flat_map(|block| block.iter()) {
        let node = node?;
        if tree_wanted || !running.is_empty() {
            kept.push(node);
        }
        match functions.get_mut(node.function as usize) {
            Some(function) => {
                function.node_total += u128::from(node.total);
                function.node_own += u128::from(node.own);
                if !running.is_empty() {
                    function.frames += running.get(&u64::from(node.id)).unwrap_or(&0);
                }
            }
            None => {
                nameless.insert(u64::from(node.function));
            }
        }
    }
    Ok(Functions {
        functions,
        nameless: nameless.len() as u64,
        nodes: kept,
        threads,
    })
}
