//! Follows one recording of a process that runs: what it says now, for the cost of what has
//! changed. The first look, one after new blocks, and the last one, when the process has ended, read
//! all of it by [`Reader`]; each other reads the header, the nodes and the stacks, and of the records
//! those that have changed.
//!
//! How it knows them: times of files don't tell what was stored into a mapping. But each end of
//! a call adds to its node's calls, or where it has none to its record's first words, before it
//! adds to the histogram. A record is read once more at the look after its last change, since
//! the histogram's store comes last. And whatever a writer may do, each record is read at least at
//! every [`SWEEP`]th look.

mod said;

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::recording::blocks::{Block, Function};
use crate::recording::clock::Moment;
use crate::recording::error::{Damage, Error};
use crate::recording::header::{Detail, Header};
use crate::recording::layout::HEADER_WORDS;
use crate::recording::layout::{
    RECORD_WORDS, SLOTS, SUB_BUCKET_BITS, WORD_BYTES, nodes, record, thread,
};
use crate::recording::process::{Host, State};
use crate::recording::reader::{self, Reader};

pub use said::{Figures, Slots, Standing};

/// Each record is read at least at every so many-th look.
pub const SWEEP: usize = 32;

/// Frames of a stack that are read at once; more only where there are more.
const FRAMES_AT_ONCE: usize = 14;

/// A recording and what was read of it last.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    device_and_inode: (u64, u64),
    words: Box<[u64; HEADER_WORDS]>,
    header: Header,
    state: State,
    read_at: Moment,
    modified_wall: u64,
    functions: Vec<Function<'static>>,
    records: Vec<Kept>,
    nodes: Vec<Stretch>,
    threads: Vec<Stretch>,
    /// Where the next block will be announced.
    next_block: Option<u64>,
    looks: usize,
    /// How often all of it was read.
    openings: usize,
    scratch: Vec<u64>,
}

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// All as it was.
    Nothing,
    /// Something has changed.
    Change,
}

/// A record block.
#[derive(Debug)]
struct Kept {
    function: usize,
    byte: u64,
    fields: [u64; record::SLOTS],
    slots: Rc<Slots>,
    /// It had changed at the last look.
    unsettled: bool,
}

/// Words of a block that may change.
#[derive(Debug)]
struct Stretch {
    byte: u64,
    /// Where it stands among all nodes.
    first: u32,
    words: Vec<u64>,
    /// Of a thread: how many there are in the file.
    whole: usize,
}

impl Follower {
    /// Reads all of a recording.
    ///
    /// # Errors
    /// As [`Reader::read`], and damage within the blocks.
    pub fn open(path: &Path, reader: &mut Reader, host: &Host) -> Result<Self, Error> {
        let file = reader::open(path)?;
        let device_and_inode = identity(&file, path)?;
        // Before the blocks: what changes while they are read will look new.
        let words = reader::read_header(&file, path)?;
        let recording = reader.read(path, host)?;
        let mut it = Self {
            path: path.to_owned(),
            device_and_inode,
            words,
            header: recording.header.clone(),
            state: recording.state,
            read_at: recording.read_at,
            modified_wall: recording.modified_wall,
            functions: Vec::new(),
            records: Vec::new(),
            nodes: Vec::new(),
            threads: Vec::new(),
            next_block: recording.next_block(),
            looks: 0,
            openings: 1,
            scratch: Vec::new(),
        };
        let mut blocks = recording.blocks();
        while let Some(block) = blocks.next() {
            let block = block.map_err(|damage| recording.damaged(damage))?;
            let byte = blocks.latest();
            match block {
                Block::Function(function) => it.functions.push(function.into_owned()),
                Block::Record(record) => {
                    let (fields, slots) = record.words().split_at(record::SLOTS);
                    let Ok(fields) = <[u64; record::SLOTS]>::try_from(fields) else {
                        continue;
                    };
                    it.records.push(Kept {
                        function: usize::try_from(record.function()).unwrap_or(usize::MAX),
                        byte,
                        fields,
                        slots: Rc::new(Slots::of(slots)),
                        unsettled: true,
                    });
                }
                Block::Nodes(block) => {
                    for node in block.iter() {
                        node.map_err(|damage| recording.damaged(damage))?;
                    }
                    it.nodes.push(Stretch {
                        byte: byte + (nodes::NODES * WORD_BYTES) as u64,
                        first: block.first,
                        words: block.words.to_vec(),
                        whole: block.words.len(),
                    });
                }
                Block::Thread(block) => {
                    let mut words = vec![0, block.id, u64::from(block.in_use), block.past];
                    words.extend_from_slice(block.words);
                    it.threads.push(Stretch {
                        byte,
                        first: 0,
                        whole: words.len(),
                        words,
                    });
                }
            }
        }
        Ok(it)
    }

    /// Looks at it again.
    ///
    /// # Errors
    /// As [`Follower::open`], and a file that got shorter.
    pub fn look(&mut self, reader: &mut Reader, host: &Host) -> Result<Found, Error> {
        if self.state != State::Running {
            return Ok(Found::Nothing);
        }
        let file = reader::open(&self.path)?;
        let words = reader::read_header(&file, &self.path)?;
        let header = if words == self.words {
            None
        } else {
            Some(reader::parse_header(&words, &self.path)?)
        };
        let now = header.as_ref().unwrap_or(&self.header);
        let is_other = identity(&file, &self.path)? != self.device_and_inode;
        let has_grown = now.segments != self.header.segments || self.has_new_block(&file)?;
        if is_other || has_grown || !host.may_run(now) {
            return self.open_again(reader, host);
        }
        let mut changed = header.is_some();
        if let Some(header) = header {
            (self.header, self.words) = (header, words);
        }
        self.looks += 1;
        changed |= self.look_at_threads(&file)?;
        let dirty = self.look_at_nodes(&file)?;
        changed |= self.look_at_records(&file, &dirty)?;
        self.read_at = Moment::now();
        if changed {
            return Ok(Found::Change);
        }
        // Whatever has changed, its process did it; of what hasn't, it is worth a closer look.
        if host.state(&self.header) != State::Running {
            return self.open_again(reader, host);
        }
        Ok(Found::Nothing)
    }

    fn open_again(&mut self, reader: &mut Reader, host: &Host) -> Result<Found, Error> {
        let path = std::mem::take(&mut self.path);
        let (looks, openings) = (self.looks, self.openings + 1);
        let scratch = std::mem::take(&mut self.scratch);
        let opened = Self::open(&path, reader, host);
        self.path = path;
        let new = opened?;
        *self = Self {
            looks,
            openings,
            scratch,
            ..new
        };
        Ok(Found::Change)
    }

    fn has_new_block(&self, file: &File) -> Result<bool, Error> {
        let Some(byte) = self.next_block else {
            return Ok(false);
        };
        let mut head = [0];
        self.fill(file, byte, &mut head)?;
        Ok(head[0] != 0)
    }

    fn look_at_threads(&mut self, file: &File) -> Result<bool, Error> {
        let mut changed = false;
        let mut threads = std::mem::take(&mut self.threads);
        for it in &mut threads {
            let first = it
                .whole
                .min(thread::FRAMES + FRAMES_AT_ONCE * thread::FRAME_WORDS);
            let words = scratch(&mut self.scratch, it.whole);
            fill(&self.path, file, it.byte, &mut words[..first])?;
            // The head word is none that changes.
            words[0] = 0;
            let is_deep = words[first - 1] != 0 && first < it.whole;
            let used = if is_deep {
                let rest = it.byte + (first * WORD_BYTES) as u64;
                fill(&self.path, file, rest, &mut words[first..])?;
                it.whole
            } else {
                first
            };
            if it.words[..] != words[..used] {
                it.words.clear();
                it.words.extend_from_slice(&words[..used]);
                changed = true;
            }
        }
        self.threads = threads;
        Ok(changed)
    }

    /// Finds which functions' nodes have changed.
    fn look_at_nodes(&mut self, file: &File) -> Result<Vec<bool>, Error> {
        let mut dirty = vec![false; self.functions.len()];
        for it in &mut self.nodes {
            let words = scratch(&mut self.scratch, it.words.len());
            fill(&self.path, file, it.byte, words)?;
            let old = it.words.chunks_exact(nodes::NODE_WORDS);
            for (new, old) in words.chunks_exact(nodes::NODE_WORDS).zip(old) {
                if new != old
                    && let Some(dirty) = dirty.get_mut(function_of(new))
                {
                    *dirty = true;
                }
            }
            it.words.copy_from_slice(words);
        }
        Ok(dirty)
    }

    fn look_at_records(&mut self, file: &File, dirty: &[bool]) -> Result<bool, Error> {
        let header = &self.header;
        // Whatever calls may have no node: their records alone tell of them.
        let nodes_tell = header.detail == Detail::Tree
            && (header.dropped_nodes, header.stack_troubles) == (0, 0);
        let sweep = self.looks % SWEEP;
        let words = header.record_words;
        let mut changed = false;
        for (index, it) in self.records.iter_mut().enumerate() {
            let suspected = it.unsettled
                || index % SWEEP == sweep
                || dirty.get(it.function).copied().unwrap_or(true);
            let begun = it.fields[record::BEGUN] != 0;
            if nodes_tell && !begun && !suspected {
                continue;
            }
            // As far as its histogram reached, where it is likely to have grown.
            let reach = if suspected {
                record::SLOTS + reach(&it.fields)
            } else {
                record::SLOTS
            };
            let reach = reach.min(words);
            let all = scratch(&mut self.scratch, RECORD_WORDS);
            fill(&self.path, file, it.byte, &mut all[..reach])?;
            let is_new = it.fields[1..] != all[1..record::SLOTS];
            it.unsettled = is_new;
            if !is_new && !suspected {
                continue;
            }
            it.fields.copy_from_slice(&all[..record::SLOTS]);
            let needed = (record::SLOTS + self::reach(&it.fields)).min(words);
            if needed > reach {
                let rest = it.byte + (reach * WORD_BYTES) as u64;
                fill(&self.path, file, rest, &mut all[reach..needed])?;
            }
            let counts = &all[record::SLOTS..needed.max(reach)];
            changed |= is_new;
            if let Some(new) = it.slots.changed(counts) {
                it.slots = Rc::new(new);
                (it.unsettled, changed) = (true, true);
            }
        }
        Ok(changed)
    }

    fn fill(&self, file: &File, byte: u64, words: &mut [u64]) -> Result<(), Error> {
        fill(&self.path, file, byte, words)
    }
}

/// The function of a node's words.
fn function_of(words: &[u64]) -> usize {
    words[0] as u32 as usize
}

/// How many slots a record's most ticks make it possible that there are: see "The histogram" in
/// `docs/recording.md`.
fn reach(fields: &[u64; record::SLOTS]) -> usize {
    let bits = u64::BITS - fields[record::MOST].leading_zeros();
    let octaves = bits.saturating_sub(SUB_BUCKET_BITS - 1).max(1) as usize;
    (octaves << SUB_BUCKET_BITS).min(SLOTS)
}

/// So many words to read into.
fn scratch(words: &mut Vec<u64>, length: usize) -> &mut [u64] {
    if words.len() < length {
        words.resize(length, 0);
    }
    &mut words[..length]
}

fn identity(file: &File, path: &Path) -> Result<(u64, u64), Error> {
    let metadata = file.metadata().map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    Ok((metadata.dev(), metadata.ino()))
}

fn fill(path: &Path, file: &File, byte: u64, words: &mut [u64]) -> Result<(), Error> {
    let read = reader::fill_words(file, byte, words).map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    if read < words.len() {
        return Err(Error::Damaged {
            path: path.to_owned(),
            damage: Damage::new("the file got shorter", byte),
        });
    }
    Ok(())
}
