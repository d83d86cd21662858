//! A recording's blocks, one after the other; every length and id is checked on the way.
//! What a block holds is in `views`, what it means to a report is not known here.

use crate::recording::error::Damage;
use crate::recording::filled::Filled;
use crate::recording::header::{Header, decode};
use crate::recording::layout::{BLOCK_WORDS_SHIFT, WORD_BYTES, function, kind, nodes, thread};

pub use crate::recording::views::{Block, Frame, Function, Node, Nodes, Record, Shape, Thread};

/// Most functions of one recording: many times a writer's limit. A hostile file could have
/// millions, each of which takes several times its bytes when it is added up.
const MAX_FUNCTIONS: u32 = 1 << 18;

/// Of a name and of a reason no more is read: a hostile file's could fill the memory, and then
/// the screen.
const MAX_TEXT_BYTES: usize = 1 << 16;

/// A segment's used words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SegmentWords<'a> {
    /// The byte of the file at which they start.
    pub(crate) byte: u64,
    /// Where they start in the buffer that they are in, in words.
    pub(crate) place: usize,
    /// The words.
    pub(crate) words: &'a [u64],
}

/// The blocks of a recording, in the order of their place.
#[derive(Debug)]
pub struct Blocks<'a> {
    segments: std::vec::IntoIter<SegmentWords<'a>>,
    rest: &'a [u64],
    byte: u64,
    /// Where the rest starts in the buffer, and where that isn't zero.
    place: usize,
    filled: Filled<'a>,
    /// Where the block that was given last starts.
    latest: u64,
    record_words: usize,
    functions: u32,
    nodes: u64,
}

impl<'a> Blocks<'a> {
    /// The blocks of these segments, which are parts of a buffer that is filled at these places.
    pub(crate) fn new(
        header: &Header,
        segments: Vec<SegmentWords<'a>>,
        filled: Filled<'a>,
    ) -> Self {
        Self {
            segments: segments.into_iter(),
            rest: &[],
            byte: 0,
            place: 0,
            filled,
            latest: 0,
            record_words: header.record_words,
            functions: 0,
            nodes: 0,
        }
    }

    /// The byte of the file at which the block that was given last starts.
    pub(crate) fn latest(&self) -> u64 {
        self.latest
    }

    fn damage(&self, what: &'static str, word: usize) -> Damage {
        Damage::new(what, self.byte + (word * WORD_BYTES) as u64)
    }

    /// The next block's words and kind; none after the last.
    fn step(&mut self) -> Result<Option<(u8, &'a [u64])>, Damage> {
        loop {
            let Some(&head) = self.rest.first().filter(|head| **head != 0) else {
                match self.segments.next() {
                    Some(next) => {
                        (self.byte, self.place, self.rest) = (next.byte, next.place, next.words);
                    }
                    None => return Ok(None),
                }
                continue;
            };
            let words = block_words(head);
            if words == 0 || words > self.rest.len() {
                return Err(self.damage("a block of an impossible length", 0));
            }
            return Ok(Some((head as u8, &self.rest[..words])));
        }
    }

    fn parse(&mut self, of_kind: u8, words: &'a [u64]) -> Result<Option<Block<'a>>, Damage> {
        Ok(match of_kind {
            kind::FUNCTION => Some(Block::Function(self.function(words)?)),
            kind::RECORD => {
                if words.len() != self.record_words {
                    return Err(self.damage("a record of another length", 0));
                }
                self.filled.skip_to(self.place);
                let filled = self.filled.until(self.place + words.len());
                let place = self.place;
                Some(Block::Record(Record {
                    words,
                    place,
                    filled,
                }))
            }
            kind::NODES => Some(Block::Nodes(self.node_block(words)?)),
            kind::THREAD => {
                let Some(frames) = words.get(thread::FRAMES..) else {
                    return Err(self.damage("a thread's block cut short", 0));
                };
                Some(Block::Thread(Thread {
                    id: words[thread::ID],
                    in_use: words[thread::IN_USE] == 1,
                    past: words[thread::PAST],
                    words: frames,
                }))
            }
            _ => None,
        })
    }

    fn function(&mut self, words: &'a [u64]) -> Result<Function<'a>, Damage> {
        let Some(text) = words.get(function::TEXT..) else {
            return Err(self.damage("a function's block cut short", 0));
        };
        let (id, flags) = halves(words[function::ID_AND_FLAGS]);
        if id != self.functions {
            return Err(self.damage("a function out of order", function::ID_AND_FLAGS));
        }
        if id == MAX_FUNCTIONS {
            return Err(self.damage("more functions than can be read", 0));
        }
        let (target, mechanism) = halves(words[function::TARGET_AND_MECHANISM]);
        let (name, reason) = halves(words[function::LENGTHS]);
        let (name, reason) = (name as usize, reason as usize);
        let name_words = name.div_ceil(WORD_BYTES);
        if name_words + reason.div_ceil(WORD_BYTES) > text.len() {
            return Err(self.damage("a name of an impossible length", function::LENGTHS));
        }
        self.functions += 1;
        Ok(Function {
            id,
            shape: match flags & function::SHAPE_MASK {
                1 => Shape::Generator,
                2 => Shape::Coroutine,
                3 => Shape::AsyncGenerator,
                _ => Shape::Function,
            },
            impossible: flags & function::FLAG_IMPOSSIBLE != 0,
            target,
            mechanism,
            name: decode(text, name.min(MAX_TEXT_BYTES)),
            reason: decode(&text[name_words..], reason.min(MAX_TEXT_BYTES)),
        })
    }

    fn node_block(&mut self, words: &'a [u64]) -> Result<Nodes<'a>, Damage> {
        let Some(rest) = words.get(nodes::NODES..) else {
            return Err(self.damage("a block of nodes cut short", 0));
        };
        let first = u32::try_from(self.nodes)
            .ok()
            .filter(|first| u64::from(*first) == words[nodes::FIRST])
            .ok_or_else(|| self.damage("nodes out of order", nodes::FIRST))?;
        let block = Nodes {
            first,
            words: rest,
            byte: self.byte,
        };
        self.nodes += block.count();
        Ok(block)
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Result<Block<'a>, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (kind, words) = match self.step() {
                Ok(Some(block)) => block,
                Ok(None) => return None,
                Err(damage) => {
                    // What follows a broken block can't be found.
                    (self.rest, self.segments) = (&[], Vec::new().into_iter());
                    return Some(Err(damage));
                }
            };
            let block = self.parse(kind, words);
            self.latest = self.byte;
            self.rest = &self.rest[words.len()..];
            self.byte += (words.len() * WORD_BYTES) as u64;
            self.place += words.len();
            match block.transpose() {
                Some(block) => return Some(block),
                None => continue,
            }
        }
    }
}

/// The number of words that a block's head tells; more than any memory holds where it lies.
pub(crate) fn block_words(head: u64) -> usize {
    usize::try_from(head >> BLOCK_WORDS_SHIFT).unwrap_or(usize::MAX)
}

/// The low and the high half of a word.
fn halves(word: u64) -> (u32, u32) {
    (word as u32, (word >> 32) as u32)
}
