//! The blocks of a recording: each is filled, then published by its head.

use super::layout::{self, BLOCK_WORDS_SHIFT, WORD_BYTES, function, kind, nodes, record, thread};
use super::{Full, Recording, Words, first, publish, store, store_text};

/// Longest name or reason, in bytes.
const TEXT_BYTES: usize = 4000;
/// Nodes of a block.
const NODES_A_BLOCK: usize = 64;
/// Frames of a thread's shadow stack.
pub(crate) const FRAMES_A_THREAD: usize = 128;

impl Recording {
    /// Writes the block of a function, whose number is the count of those before it. A reason
    /// why it can't be instrumented says that it can't.
    pub(crate) fn function(
        &mut self,
        number: u32,
        name: &[u8],
        shape: u32,
        target: u32,
        mechanism: u32,
        why: &[u8],
    ) -> Result<(), Full> {
        // A reader takes functions in their order alone.
        if number != self.functions || number >= self.limits.functions {
            return Err(Full);
        }
        let (name, why) = (cut(name), cut(why));
        let name_words = name.len().div_ceil(WORD_BYTES);
        let block = self.block(function::TEXT + name_words + why.len().div_ceil(WORD_BYTES))?;
        let impossible = if why.is_empty() {
            0
        } else {
            function::FLAG_IMPOSSIBLE
        };
        let flags = shape & function::SHAPE_MASK | impossible;
        store(block, function::ID_AND_FLAGS, halves(number, flags));
        store(
            block,
            function::TARGET_AND_MECHANISM,
            halves(target, mechanism),
        );
        store(
            block,
            function::LENGTHS,
            halves(name.len() as u32, why.len() as u32),
        );
        store_text(block, function::TEXT, name);
        store_text(block, function::TEXT + name_words, why);
        finish(block, kind::FUNCTION);
        self.functions = number.wrapping_add(1);
        Ok(())
    }

    /// Writes the record block of a function and gives its first word.
    pub(crate) fn record(&mut self, number: u32) -> Result<*mut u64, Full> {
        let block = self.block(self.record_words)?;
        store(block, record::FUNCTION, u64::from(number));
        finish(block, kind::RECORD);
        self.refine_clock();
        Ok(first(block))
    }

    /// Writes a node below node `parent` (-1 for a root); gives its id, and its first word.
    pub(crate) fn node(&mut self, parent: i64, number: u32) -> Result<(u32, *mut u64), Full> {
        let id = self.nodes;
        // The parent's id + 1, which 31 bits of the word hold.
        let parent = u64::try_from(parent.wrapping_add(1)).map_err(|_| Full)?;
        if id >= self.limits.nodes.min(u32::MAX >> 1) || parent > u64::from(id) {
            return Err(Full);
        }
        if self.free_nodes.is_empty() {
            let block = self.block(nodes::NODES + nodes::NODE_WORDS * NODES_A_BLOCK)?;
            store(block, nodes::FIRST, u64::from(id));
            finish(block, kind::NODES);
            self.free_nodes = block.get(nodes::NODES..).unwrap_or(&[]);
        }
        let split = self.free_nodes.split_at_checked(nodes::NODE_WORDS);
        let (node, rest) = split.ok_or(Full)?;
        self.free_nodes = rest;
        self.nodes = id + 1;
        publish(node, 0, nodes::PUBLISHED | parent << 32 | u64::from(number));
        Ok((id, first(node)))
    }

    /// Writes the block of a thread's shadow stack and gives its first word.
    pub(crate) fn thread(&mut self) -> Result<*mut u64, Full> {
        let block = self.block(thread::FRAMES + thread::FRAME_WORDS * FRAMES_A_THREAD)?;
        finish(block, kind::THREAD);
        Ok(first(block))
    }

    /// A new block of zeros, not yet published.
    fn block(&mut self, words: usize) -> Result<Words, Full> {
        if words > self.free.len() {
            self.grow()?;
        }
        let (block, rest) = self.free.split_at_checked(words).ok_or(Full)?;
        self.free = rest;
        Ok(block)
    }
}

/// Makes a filled block visible to readers.
fn finish(block: Words, kind: u8) {
    let words = block.len() as u64;
    publish(block, 0, words << BLOCK_WORDS_SHIFT | u64::from(kind));
}

fn halves(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

/// A text's begin, as far as there is room for it, and not within a character.
fn cut(text: &[u8]) -> &[u8] {
    let Some(next) = text.get(TEXT_BYTES) else {
        return text;
    };
    let mut cut = text.get(..TEXT_BYTES).unwrap_or(text);
    let mut next = *next;
    // UTF-8 goes on with 10xxxxxx.
    while let (0x80..=0xBF, [rest @ .., last]) = (next, cut) {
        (next, cut) = (*last, rest);
    }
    cut
}

const _: () = assert!(layout::RECORD_WORDS == 768 && record::SLOTS == 16);
