//! Makes a recording's bytes from a description: for tests and benches, which need files
//! without a Python. The program itself never writes a recording.

use crate::recording::header::Header;
use crate::recording::layout::{
    BLOCK_WORDS_SHIFT, HEADER_BYTES, HEADER_WORDS, HISTOGRAM, MAGIC, MAJOR, MINOR, RECORD_WORDS,
    SEGMENT_ALIGNMENT_BYTES, SLOTS, SUB_BUCKET_BITS, WORD_BYTES, function, head, kind, nodes,
    record, thread,
};

/// A recording to be made. The numbers are those of the format.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Description {
    pub major: u32,
    pub minor: u32,
    pub clock_multiplier: u64,
    pub clock_shift: u64,
    pub started_ticks: u64,
    pub started_wall: u64,
    pub pid: u32,
    pub process_start: u64,
    pub boot_id: [u8; 16],
    pub pid_namespace: u64,
    pub parent: u32,
    pub detail: u64,
    pub engine: u64,
    pub exited_wall: Option<u64>,
    pub stopped: u64,
    pub stopped_errno: u64,
    pub dropped_functions: u64,
    pub dropped_nodes: u64,
    pub stack_troubles: u64,
    pub own_cost: u64,
    pub python: u64,
    pub host: String,
    pub argv: Vec<String>,
    pub segment_bytes: u64,
    pub nodes_per_block: usize,
    pub functions: Vec<FunctionDescription>,
    pub records: Vec<RecordDescription>,
    pub nodes: Vec<NodeDescription>,
    pub threads: Vec<ThreadDescription>,
    /// Blocks of other kinds, put before the records: kind and words after the head.
    pub unknown: Vec<(u8, usize)>,
}

/// A function block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct FunctionDescription {
    pub shape: u32,
    pub impossible: bool,
    pub target: u32,
    pub mechanism: u32,
    pub name: String,
    pub reason: String,
}

/// A record block; the least, the most and the slots follow from `times`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct RecordDescription {
    pub function: u64,
    pub shard: u64,
    pub begun: u64,
    pub total: u64,
    pub own: u64,
    pub active: u64,
    pub errors: u64,
    pub counted: u64,
    /// The ticks of each call.
    pub times: Vec<u64>,
}

/// A node of the call tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct NodeDescription {
    pub parent: Option<u32>,
    pub function: u32,
    pub calls: u64,
    pub total: u64,
    pub own: u64,
}

/// A thread block of 16 words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ThreadDescription {
    pub id: u64,
    pub in_use: bool,
    pub past: u64,
    /// At most 6: ticks of the beginning, and a node's id.
    pub frames: Vec<(u64, u32)>,
}

impl Default for Description {
    /// An empty recording of a process that was started on 2026-11-24 and exited two seconds
    /// later.
    fn default() -> Self {
        let started_wall = 1_795_521_600_000_000_000;
        Self {
            major: MAJOR,
            minor: MINOR,
            clock_multiplier: 1,
            clock_shift: 0,
            started_ticks: 1_000_000,
            started_wall,
            pid: 4711,
            process_start: 123,
            boot_id: [7; 16],
            pid_namespace: 4_026_531_836,
            parent: 1,
            detail: 3,
            engine: 1,
            exited_wall: Some(started_wall + 2_000_000_000),
            stopped: 0,
            stopped_errno: 0,
            dropped_functions: 0,
            dropped_nodes: 0,
            stack_troubles: 0,
            own_cost: 0,
            python: u64::from(u32::from_be_bytes([3, 12, 1, 15])),
            host: "box".to_owned(),
            argv: vec!["python".to_owned(), "shop.py".to_owned()],
            segment_bytes: SEGMENT_ALIGNMENT_BYTES,
            nodes_per_block: 64,
            functions: Vec::new(),
            records: Vec::new(),
            nodes: Vec::new(),
            threads: Vec::new(),
            unknown: Vec::new(),
        }
    }
}

impl Description {
    /// Adds a function that was hooked, and a record of calls that took these ticks, all of
    /// them not attributed to a node and spent in the function itself.
    pub fn called(&mut self, name: &str, times: &[u64]) -> &mut RecordDescription {
        let function = self.functions.len() as u64;
        self.functions.push(FunctionDescription {
            name: name.to_owned(),
            mechanism: 1,
            ..FunctionDescription::default()
        });
        let total = times.iter().sum();
        self.records.push(RecordDescription {
            function,
            begun: times.len() as u64,
            total,
            own: total,
            times: times.to_vec(),
            ..RecordDescription::default()
        });
        let last = self.records.len() - 1;
        &mut self.records[last]
    }
}

/// The bytes of a recording.
#[must_use]
pub fn build(description: &Description) -> Vec<u8> {
    let mut file = File::new(description.segment_bytes as usize / WORD_BYTES);
    for (id, it) in description.functions.iter().enumerate() {
        file.push(kind::FUNCTION, &function_words(id as u64, it));
    }
    for (kind, words) in &description.unknown {
        file.push(*kind, &vec![u64::MAX; *words]);
    }
    for it in &description.threads {
        let mut words = vec![it.id, u64::from(it.in_use), it.past];
        for (since, node) in &it.frames {
            words.extend_from_slice(&[*since, u64::from(*node) + 1]);
        }
        words.resize(15, 0);
        file.push(kind::THREAD, &words);
    }
    let mut first = 0;
    for block in description.nodes.chunks(description.nodes_per_block) {
        let mut words = vec![first as u64];
        for it in block {
            let parent = it.parent.map_or(0, |id| u64::from(id) + 1);
            words.extend_from_slice(&[
                nodes::PUBLISHED | parent << 32 | u64::from(it.function),
                it.calls,
                it.total,
                it.own,
            ]);
        }
        // A block's unused nodes count for the ids, so only the last one may have some.
        first += block.len();
        if block.len() < description.nodes_per_block {
            words.resize(1 + description.nodes_per_block * nodes::NODE_WORDS, 0);
        }
        file.push(kind::NODES, &words);
    }
    let length = record_words(description);
    for it in &description.records {
        file.push(kind::RECORD, &record_block(it, length));
    }
    file.finish(description)
}

/// The header of a description, through the reader.
///
/// # Panics
/// Where the description isn't a valid one.
#[must_use]
#[allow(clippy::expect_used)]
pub fn header_of(description: &Description) -> Header {
    let words: Vec<u64> = build(description)[..HEADER_BYTES]
        .chunks_exact(WORD_BYTES)
        .map(|bytes| bytes.iter().rev().fold(0, |w, b| w << 8 | u64::from(*b)))
        .collect();
    let words: &[u64; HEADER_WORDS] = words[..].try_into().expect("the header's size is fixed");
    Header::parse(words).expect("the description is valid")
}

/// The slot of a number of ticks, bit by bit as the format's page has it: independent of the
/// program's own way, to be compared with it.
#[must_use]
pub fn naive_slot(ticks: u64) -> usize {
    let per_octave = 1 << SUB_BUCKET_BITS;
    let (mut octave, mut rest) = (0, ticks);
    while rest >= 2 * per_octave {
        rest /= 2;
        octave += 1;
    }
    let slot = octave * per_octave + rest;
    usize::try_from(slot).map_or(SLOTS - 1, |slot| slot.min(SLOTS - 1))
}

fn record_words(description: &Description) -> usize {
    if description.detail == 1 {
        record::SLOTS
    } else {
        RECORD_WORDS
    }
}

fn function_words(id: u64, it: &FunctionDescription) -> Vec<u64> {
    let flags = it.shape | u32::from(it.impossible) << 4;
    debug_assert_eq!(function::FLAG_IMPOSSIBLE, 1 << 4);
    let mut words = vec![
        id | u64::from(flags) << 32,
        u64::from(it.target) | u64::from(it.mechanism) << 32,
        it.name.len() as u64 | (it.reason.len() as u64) << 32,
    ];
    words.extend(text_words(it.name.as_bytes()));
    words.extend(text_words(it.reason.as_bytes()));
    words
}

fn record_block(it: &RecordDescription, length: usize) -> Vec<u64> {
    let mut words = vec![0; length];
    words[record::FUNCTION] = it.function;
    words[record::SHARD] = it.shard;
    words[record::BEGUN] = it.begun;
    words[record::TOTAL] = it.total;
    words[record::SELF] = it.own;
    words[record::ACTIVE] = it.active;
    words[record::ERRORS] = it.errors;
    words[record::COUNTED] = it.counted;
    for ticks in &it.times {
        words[record::LEAST] = words[record::LEAST].max(!ticks);
        words[record::MOST] = words[record::MOST].max(*ticks);
        words[record::SLOTS + naive_slot(*ticks)] += 1;
    }
    words.split_off(1)
}

fn text_words(bytes: &[u8]) -> Vec<u64> {
    bytes
        .chunks(WORD_BYTES)
        .map(|chunk| chunk.iter().rev().fold(0, |w, b| w << 8 | u64::from(*b)))
        .collect()
}

/// The words of a file that grows by segments.
struct File {
    words: Vec<u64>,
    at: usize,
    /// Where the last segment ends.
    end: usize,
    /// Offset and length in words.
    segments: Vec<(usize, usize)>,
    segment: usize,
}

impl File {
    fn new(segment: usize) -> Self {
        Self {
            words: vec![0; segment],
            at: HEADER_WORDS,
            end: segment,
            segments: vec![(0, segment)],
            segment,
        }
    }

    fn push(&mut self, kind: u8, content: &[u64]) {
        let words = content.len() + 1;
        if self.at + words > self.end {
            let length = words.next_multiple_of(self.segment);
            self.at = self.end;
            self.end += length;
            self.segments.push((self.at, length));
            self.words.resize(self.end, 0);
        }
        self.words[self.at] = (words as u64) << BLOCK_WORDS_SHIFT | u64::from(kind);
        self.words[self.at + 1..self.at + words].copy_from_slice(content);
        self.at += words;
    }

    fn finish(mut self, it: &Description) -> Vec<u8> {
        let header = &mut self.words[..HEADER_WORDS];
        let boot_id = text_words(&it.boot_id);
        let command: String = it.argv.iter().map(|part| format!("{part}\0")).collect();
        for (word, value) in [
            (head::MAGIC, MAGIC),
            (
                head::VERSION,
                u64::from(it.major) << 32 | u64::from(it.minor),
            ),
            (head::BYTES, HEADER_BYTES as u64),
            (head::CLOCK, 1),
            (head::CLOCK_MULTIPLIER, it.clock_multiplier),
            (head::CLOCK_SHIFT, it.clock_shift),
            (head::STARTED_TICKS, it.started_ticks),
            (head::STARTED_WALL, it.started_wall),
            (head::PID, u64::from(it.pid)),
            (head::PROCESS_START, it.process_start),
            (head::BOOT_ID, boot_id[0]),
            (head::BOOT_ID + 1, boot_id[1]),
            (head::PID_NAMESPACE, it.pid_namespace),
            (head::PARENT, u64::from(it.parent)),
            (head::DETAIL, it.detail),
            (head::ENGINE, it.engine),
            (head::EXITED, u64::from(it.exited_wall.is_some())),
            (head::EXITED_WALL, it.exited_wall.unwrap_or(0)),
            (head::STOPPED, it.stopped),
            (head::STOPPED_ERRNO, it.stopped_errno),
            (head::DROPPED_FUNCTIONS, it.dropped_functions),
            (head::DROPPED_NODES, it.dropped_nodes),
            (head::STACK_TROUBLES, it.stack_troubles),
            (head::OWN_COST, it.own_cost),
            (head::PYTHON, it.python),
            (head::HISTOGRAM, HISTOGRAM),
            (head::RECORD_WORDS, record_words(it) as u64),
            (head::SEGMENTS, self.segments.len() as u64),
            (head::HOST_BYTES, it.host.len() as u64),
            (head::COMMAND_BYTES, command.len() as u64),
        ] {
            header[word] = value;
        }
        for (index, (offset, length)) in self.segments.iter().enumerate() {
            header[head::SEGMENT_TABLE + 2 * index] = (offset * WORD_BYTES) as u64;
            header[head::SEGMENT_TABLE + 2 * index + 1] = (length * WORD_BYTES) as u64;
        }
        for (start, text) in [(head::HOST, &it.host), (head::COMMAND, &command)] {
            let text = text_words(text.as_bytes());
            header[start..start + text.len()].copy_from_slice(&text);
        }
        debug_assert_eq!(thread::FRAMES, 4);
        self.words.into_iter().flat_map(u64::to_le_bytes).collect()
    }
}
