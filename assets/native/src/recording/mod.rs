//! Writes one process's mapped recording: header, segments and blocks of `docs/recording.md`.
//! Knows the format and nothing of Python, and needs no more of it than the facts it is given.
//!
//! The rooms: `process` finds the facts of the process, `space` has the file and its segments,
//! `header` and `blocks` fill them, `other_user` finds the folder where the user has changed. What is mapped stays mapped for as long as the process
//! lives, so the pointers that the calls write through never dangle.

mod blocks;
mod header;
mod other_user;
mod process;
mod space;
#[cfg(test)]
mod tests;

/// The format's numbers: the very file that the reader has, so that they can't disagree.
#[allow(dead_code, unreachable_pub)]
#[path = "../../../../src/recording/layout.rs"]
pub(crate) mod layout;

/// Whom a path is safe from: the very file that the command line has.
#[allow(dead_code, unreachable_pub)]
#[path = "../../../../src/files/trust.rs"]
mod trust;

use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, Release};

use crate::clock;
use layout::{HEADER_WORDS, head};
pub(crate) use other_user::Places;
use space::Space;

/// Words are stored as they lie in memory.
#[cfg(target_endian = "big")]
compile_error!("a recording's words are little-endian");

/// Mapped words. Atomic, since others read (and one of them, `control`, write) them meanwhile;
/// storing one costs what any store does.
type Words = &'static [AtomicU64];

/// No more room: the disk, a limit of the plan, or the table of segments is full. Why the file
/// doesn't grow any more is told in the header; what is dropped for it, the caller counts there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

/// The most that a recording may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) functions: u32,
    pub(crate) nodes: u32,
    pub(crate) bytes: u64,
}

/// What a recording is made of, in this process and in each of its forked children.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// The folder that `store.py` prepared, and how it came to it.
    pub(crate) places: Places,
    /// 1 count, 2 time, 3 tree.
    pub(crate) detail: u8,
    /// Word 25: the Python's version.
    pub(crate) python: u64,
    /// Word 31: bits about the interpreter.
    pub(crate) interpreter_bits: u64,
    pub(crate) limits: Limits,
}

/// One file, mapped segment by segment. Forgetting it leaves everything mapped and nothing open.
#[derive(Debug)]
pub(crate) struct Recording {
    space: Space,
    header: Words,
    limits: Limits,
    record_words: usize,
    /// The latest segment's words that no block has taken.
    free: Words,
    functions: u32,
    nodes: u32,
    /// The words of the latest block of nodes that aren't taken.
    free_nodes: Words,
}

impl Recording {
    /// Makes the file in the facts' folder.
    ///
    /// # Errors
    /// Why it can't be had, with the path; nothing is left behind then.
    pub(crate) fn create(facts: &Facts) -> Result<Self, String> {
        clock::start();
        let process = process::Process::this();
        let (space, words) = Space::create(&facts.places.folder()?, &process)?;
        let (header, free) = words.split_at_checked(HEADER_WORDS).unwrap_or((words, &[]));
        let record_words = match facts.detail {
            1 => layout::record::SLOTS,
            _ => layout::RECORD_WORDS,
        };
        header::write(header, facts, &process, record_words, space.bytes());
        Ok(Self {
            space,
            header,
            limits: facts.limits,
            record_words,
            free,
            functions: 0,
            nodes: 0,
            free_nodes: &[],
        })
    }

    /// The header's first word; it has [`HEADER_WORDS`].
    pub(crate) fn header(&self) -> *mut u64 {
        first(self.header)
    }

    /// The file's name.
    pub(crate) fn path(&self) -> &Path {
        self.space.path()
    }

    /// Makes the ratio of the clock better where it can be by now. Done at each first call of a
    /// function, and when the file grows or ends, anyway.
    pub(crate) fn refine_clock(&self) {
        store(self.header, head::CLOCK_MULTIPLIER, clock::calibration().0);
    }

    /// Tells the probe's own cost, in 1/1000 ns a call.
    pub(crate) fn set_own_cost(&self, cost: u64) {
        store(self.header, head::OWN_COST, cost);
    }

    /// Marks the process as ended by itself.
    pub(crate) fn end(&self) {
        self.refine_clock();
        store(self.header, head::EXITED_WALL, header::wall_clock());
        publish(self.header, head::EXITED, 1);
    }

    /// Goes on to a new segment.
    fn grow(&mut self) -> Result<(), Full> {
        let number = self.space.segments();
        let grown = self.space.grow(self.limits.bytes);
        let (offset, words) = grown.map_err(|stop| {
            store(self.header, head::STOPPED_ERRNO, stop.errno());
            publish(self.header, head::STOPPED, stop.reason());
            Full
        })?;
        let entry = head::SEGMENT_TABLE + 2 * number;
        store(self.header, entry, offset);
        store(
            self.header,
            entry + 1,
            (words.len() * layout::WORD_BYTES) as u64,
        );
        publish(self.header, head::SEGMENTS, number as u64 + 1);
        self.free = words;
        self.refine_clock();
        Ok(())
    }
}

/// Where words start, to be written to by calls.
fn first(words: Words) -> *mut u64 {
    words.as_ptr().cast_mut().cast()
}

/// Stores a word, where it is one of them.
fn store(words: Words, index: usize, value: u64) {
    if let Some(word) = words.get(index) {
        word.store(value, Relaxed);
    }
}

/// Stores a word after all that was stored before.
fn publish(words: Words, index: usize, value: u64) {
    if let Some(word) = words.get(index) {
        word.store(value, Release);
    }
}

/// Stores a text from a word on; what the words have no room for is left out.
fn store_text(words: Words, index: usize, text: &[u8]) {
    let words = words.get(index..).unwrap_or(&[]);
    for (word, chunk) in words.iter().zip(text.chunks(layout::WORD_BYTES)) {
        let value = chunk
            .iter()
            .rev()
            .fold(0, |value, byte| value << 8 | u64::from(*byte));
        word.store(value, Relaxed);
    }
}
