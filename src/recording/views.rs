//! What a recording's blocks hold, as typed views of words whose lengths were checked.

use std::borrow::Cow;
use std::fmt;

use crate::recording::error::Damage;
use crate::recording::filled::Filled;
use crate::recording::layout::{WORD_BYTES, nodes, record, thread};

/// The shape of a callable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Ends in the call.
    Function,
    /// A generator.
    Generator,
    /// A coroutine.
    Coroutine,
    /// An asynchronous generator.
    AsyncGenerator,
}

/// Kind 1: a function that was hooked, or why it couldn't be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function<'a> {
    /// Its id within the recording.
    pub id: u32,
    /// Its shape; that of later minor versions counts as a function.
    pub shape: Shape,
    /// True where it can't be instrumented.
    pub impossible: bool,
    /// The index of the plan's target that chose it.
    pub target: u32,
    /// How it was instrumented: 0 not, 1 monitoring, 2 forwarder, 3 injection, 4 vectorcall,
    /// 5 native callable, 6 frame.
    pub mechanism: u32,
    /// `module:qualname`.
    pub name: Cow<'a, str>,
    /// Why it can't be instrumented, or what else it is known as; often empty.
    pub reason: Cow<'a, str>,
}

impl Function<'_> {
    /// The same, apart from the recording that it was read of.
    #[must_use]
    pub fn into_owned(self) -> Function<'static> {
        Function {
            name: self.name.into_owned().into(),
            reason: self.reason.into_owned().into(),
            ..self
        }
    }
}

/// Kind 2: what was counted of a function, by one process or one shard of it.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    pub(super) words: &'a [u64],
    /// Where the words start in the buffer that they are in, and where that isn't zero.
    pub(super) place: usize,
    pub(super) filled: Filled<'a>,
}

/// Kind 3: a stretch of the call tree's nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nodes<'a> {
    pub(super) first: u32,
    pub(super) words: &'a [u64],
    /// Where the block starts in the file.
    pub(super) byte: u64,
}

/// One node of the call tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Its id: its position over all node blocks.
    pub id: u32,
    /// Its parent's id, which is smaller; none for a root.
    pub parent: Option<u32>,
    /// Function id.
    pub function: u32,
    /// Calls.
    pub calls: u64,
    /// Total ticks.
    pub total: u64,
    /// Self ticks.
    pub own: u64,
}

/// Kind 4: a thread's shadow stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thread<'a> {
    /// The thread's native id; 0 where unknown.
    pub id: u64,
    /// False where the block is free for another thread.
    pub in_use: bool,
    /// Frames past the block's capacity.
    pub past: u64,
    /// Two words a frame, outermost first: see [`Thread::frames`].
    pub words: &'a [u64],
}

/// A call that was running in a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// The ticks at which it began, or was resumed.
    pub since: u64,
    /// Its node.
    pub node: u64,
}

impl<'a> Thread<'a> {
    /// The calls on the thread's stack, outermost first.
    pub fn frames(self) -> impl Iterator<Item = Frame> + 'a {
        frames(self.words)
    }
}

/// The calls that these words of a thread's stack tell of, outermost first.
pub(super) fn frames(words: &[u64]) -> impl Iterator<Item = Frame> + '_ {
    words
        .chunks_exact(thread::FRAME_WORDS)
        .take_while(|words| words[1] != 0)
        .map(|words| Frame {
            since: words[0],
            node: words[1] - 1,
        })
}

/// A block of a kind that this version knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block<'a> {
    /// A function.
    Function(Function<'a>),
    /// A record.
    Record(Record<'a>),
    /// Nodes.
    Nodes(Nodes<'a>),
    /// A thread.
    Thread(Thread<'a>),
}

/// Two are equal by what they say, wherever that is.
impl PartialEq for Record<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words
    }
}

impl Eq for Record<'_> {}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Record").field(&self.words).finish()
    }
}

impl<'a> Record<'a> {
    /// All its words, the head's too.
    #[must_use]
    pub fn words(self) -> &'a [u64] {
        self.words
    }

    /// Function id.
    #[must_use]
    pub fn function(self) -> u64 {
        self.words[record::FUNCTION]
    }

    /// Shard.
    #[must_use]
    pub fn shard(self) -> u64 {
        self.words[record::SHARD]
    }

    /// Calls begun.
    #[must_use]
    pub fn begun(self) -> u64 {
        self.words[record::BEGUN]
    }

    /// Total ticks of calls without a node.
    #[must_use]
    pub fn total(self) -> u64 {
        self.words[record::TOTAL]
    }

    /// Self ticks of calls without a node.
    #[must_use]
    pub fn own(self) -> u64 {
        self.words[record::SELF]
    }

    /// Active ticks.
    #[must_use]
    pub fn active(self) -> u64 {
        self.words[record::ACTIVE]
    }

    /// Calls ended by an exception.
    #[must_use]
    pub fn errors(self) -> u64 {
        self.words[record::ERRORS]
    }

    /// The least ticks of a call; none before the first.
    #[must_use]
    pub fn least(self) -> Option<u64> {
        match self.words[record::LEAST] {
            0 => None,
            complement => Some(!complement),
        }
    }

    /// The most ticks of a call.
    #[must_use]
    pub fn most(self) -> u64 {
        self.words[record::MOST]
    }

    /// Calls counted without a time.
    #[must_use]
    pub fn counted(self) -> u64 {
        self.words[record::COUNTED]
    }

    /// The histogram's slots; empty where calls are only counted.
    #[must_use]
    pub fn slots(self) -> &'a [u64] {
        &self.words[record::SLOTS..]
    }

    /// The histogram's counts, each stretch with its first slot; what is left out is zero.
    pub fn counts(self) -> impl Iterator<Item = (usize, &'a [u64])> {
        self.filled.pieces(self.slots(), self.place + record::SLOTS)
    }
}

impl<'a> Nodes<'a> {
    /// How many nodes there is room for; the next block's ids go on after them.
    #[must_use]
    pub fn count(self) -> u64 {
        (self.words.len() / nodes::NODE_WORDS) as u64
    }

    /// The published nodes.
    pub fn iter(self) -> impl Iterator<Item = Result<Node, Damage>> + 'a {
        let id = self.first..;
        let nodes = self.words.chunks_exact(nodes::NODE_WORDS).zip(id);
        nodes
            .enumerate()
            .filter(|(_, (words, _))| words[0] != 0)
            .map(move |(index, (words, id))| {
                let parent = ((words[0] & !nodes::PUBLISHED) >> 32) as u32;
                if words[0] & nodes::PUBLISHED == 0 || parent > id {
                    let at = nodes::NODES + index * nodes::NODE_WORDS;
                    return Err(Damage::new(
                        "an impossible node",
                        self.byte + (at * WORD_BYTES) as u64,
                    ));
                }
                Ok(Node {
                    id,
                    parent: parent.checked_sub(1),
                    function: words[0] as u32,
                    calls: words[1],
                    total: words[2],
                    own: words[3],
                })
            })
    }
}
