//! What a look found, as values: the figures of functions in ticks, and what threads are in.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use super::{Follower, function_of};
use crate::recording::blocks::Function;
use crate::recording::clock::Moment;
use crate::recording::header::Header;
use crate::recording::layout::{nodes, record, thread};
use crate::recording::process::State;
use crate::recording::views::frames;

/// A record's histogram, from its first slot that isn't empty to its last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slots {
    /// The slot of the first count.
    pub first: usize,
    /// The counts.
    pub counts: Vec<u64>,
}

/// The figures of a function's record, in ticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// The function's id.
    pub function: usize,
    /// Calls begun, where the writer counts them.
    pub begun: u64,
    /// Calls ended by an exception.
    pub errors: u64,
    /// Calls counted without a time.
    pub counted: u64,
    /// All others.
    pub slots: Rc<Slots>,
}

/// A thread that is in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The thread's native id; 0 where unknown.
    pub id: u64,
    /// Frames that it had no room for.
    pub past: u64,
    /// The ticks at which each call began and its function's id, outermost first.
    pub frames: Vec<(u64, usize)>,
}

impl Slots {
    pub(super) fn of(counts: &[u64]) -> Self {
        Self::from(counts, 0)
    }

    /// What these counts of all slots from 0 on are now, where they aren't the same as they were.
    pub(super) fn changed(&self, counts: &[u64]) -> Option<Self> {
        let end = self.first + self.counts.len();
        let is_same = counts.get(self.first..end) == Some(&self.counts)
            && is_empty(&counts[..self.first])
            && is_empty(&counts[end..]);
        (!is_same).then(|| Self::from(counts, self.first))
    }

    /// Of these counts of all slots from 0 on, of which the first that isn't empty is likely there.
    fn from(counts: &[u64], likely: usize) -> Self {
        let is_there = counts.get(likely).is_some_and(|it| *it > 0) && is_empty(&counts[..likely]);
        let first = if is_there {
            likely
        } else {
            counts.iter().position(|it| *it > 0).unwrap_or(0)
        };
        let last = counts.iter().rposition(|it| *it > 0);
        let end = last.map_or(first, |it| it + 1);
        Self {
            first,
            counts: counts.get(first..end).unwrap_or(&[]).to_vec(),
        }
    }
}

/// Without a way out, this is done by many words at once.
fn is_empty(counts: &[u64]) -> bool {
    counts.iter().fold(0, |bits, count| bits | count) == 0
}

impl Follower {
    /// Its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Whether its process runs.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// When it was read.
    #[must_use]
    pub fn read_at(&self) -> Moment {
        self.read_at
    }

    /// When the file was changed last, as far as its time tells, in ns since 1970 UTC.
    #[must_use]
    pub fn modified_wall(&self) -> u64 {
        self.modified_wall
    }

    /// How often all of it was read: between, the functions are the same.
    #[must_use]
    pub fn openings(&self) -> usize {
        self.openings
    }

    /// Its functions, in the order of their ids.
    #[must_use]
    pub fn functions(&self) -> &[Function<'static>] {
        &self.functions
    }

    /// What the records of functions say; of one function there may be several.
    pub fn figures(&self) -> impl Iterator<Item = Figures> + '_ {
        let known = self.records.iter();
        let known = known.filter(|it| it.function < self.functions.len());
        known.map(|it| Figures {
            function: it.function,
            begun: it.fields[record::BEGUN],
            errors: it.fields[record::ERRORS],
            counted: it.fields[record::COUNTED],
            slots: Rc::clone(&it.slots),
        })
    }

    /// The threads that are in a call.
    #[must_use]
    pub fn threads(&self) -> Vec<Standing> {
        let mut functions: HashMap<u64, usize> = HashMap::new();
        let mut threads = Vec::new();
        for it in &self.threads {
            if it.words.get(thread::IN_USE) != Some(&1) {
                continue;
            }
            let words = it.words.get(thread::FRAMES..).unwrap_or(&[]);
            let frames: Vec<(u64, usize)> = frames(words)
                .filter_map(|frame| {
                    let function = *functions
                        .entry(frame.node)
                        .or_insert_with(|| self.function_of_node(frame.node));
                    (function < self.functions.len()).then_some((frame.since, function))
                })
                .collect();
            if !frames.is_empty() {
                threads.push(Standing {
                    id: it.words[thread::ID],
                    past: it.words[thread::PAST],
                    frames,
                });
            }
        }
        threads
    }

    /// The function of a node; an impossible one where there is no such node.
    fn function_of_node(&self, node: u64) -> usize {
        let after = self.nodes.partition_point(|it| u64::from(it.first) <= node);
        let block = after.checked_sub(1).and_then(|index| self.nodes.get(index));
        let found = block.and_then(|it| {
            let place = usize::try_from(node - u64::from(it.first)).ok()?;
            let start = place.checked_mul(nodes::NODE_WORDS)?;
            it.words.get(start..start.checked_add(nodes::NODE_WORDS)?)
        });
        match found {
            Some(words) if words[0] & nodes::PUBLISHED != 0 => function_of(words),
            _ => usize::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts() -> impl Strategy<Value = Vec<u64>> {
        let count = prop_oneof![3 => Just(0), 1 => 1_u64..3];
        proptest::collection::vec(count, 0..12)
    }

    proptest! {
        #[test]
        fn what_has_changed_is_as_if_read_anew(before in counts(), after in counts()) {
            let old = Slots::of(&before);
            let new = Slots::of(&after);
            prop_assert_eq!(old.changed(&after), (old != new).then(|| new.clone()));
            prop_assert!(new.counts.first() != Some(&0) && new.counts.last() != Some(&0));
            let mut whole = vec![0; new.first];
            whole.extend_from_slice(&new.counts);
            whole.resize(after.len().max(whole.len()), 0);
            prop_assert_eq!(whole, after);
        }
    }
}
