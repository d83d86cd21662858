//! A recording's header as typed values, checked against the format; not its segments'
//! content.

use std::borrow::Cow;

use crate::recording::clock::Clock;
use crate::recording::error::Damage;
use crate::recording::layout::{
    self, HEADER_BYTES, HEADER_WORDS, HISTOGRAM, MAX_COMMAND_BYTES, MAX_HOST_BYTES, MAX_SEGMENTS,
    RECORD_WORDS, SEGMENT_ALIGNMENT_BYTES, WORD_BYTES, head,
};

pub use crate::recording::kinds::{Detail, Engine, PythonVersion, Stop};

/// A part of the file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Where it starts.
    pub offset: u64,
    /// How long it is.
    pub bytes: u64,
}

/// A recording's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The minor version of the format.
    pub minor: u32,
    /// From ticks to ns.
    pub clock: Clock,
    /// True where the ticks are those of CLOCK_MONOTONIC, which all processes of a boot share.
    pub monotonic: bool,
    /// The clock at the start, ticks.
    pub started_ticks: u64,
    /// The wall clock at the start, ns since 1970 UTC.
    pub started_wall: u64,
    /// Process id.
    pub pid: u32,
    /// The process's start time, in the system's ticks since boot; 0 where unknown.
    pub process_start: u64,
    /// Boot id.
    pub boot_id: [u8; 16],
    /// Inode of the pid namespace; 0 where unknown.
    pub pid_namespace: u64,
    /// Process id of the parent.
    pub parent: u32,
    /// How much is recorded.
    pub detail: Detail,
    /// What does the timing.
    pub engine: Engine,
    /// False while recording is switched off from outside.
    pub recording: bool,
    /// The wall clock at the exit, ns since 1970 UTC, where the process exited by itself.
    pub exited_wall: Option<u64>,
    /// Why recording stopped early, if it did.
    pub stopped: Option<Stop>,
    /// Functions dropped.
    pub dropped_functions: u64,
    /// Calls whose tree node was dropped.
    pub dropped_nodes: u64,
    /// Threads without a stack, and repaired stacks.
    pub stack_troubles: u64,
    /// The probe's own cost in 1/1000 ns a call; 0 where unknown.
    pub own_cost: u64,
    /// The Python's version.
    pub python: PythonVersion,
    /// Words of a record block.
    pub record_words: usize,
    /// User id.
    pub uid: u32,
    /// True for an interpreter without a global lock.
    pub free_threaded: bool,
    /// False for interpreters like PyPy.
    pub cpython: bool,
    /// The host's name.
    pub host: String,
    /// The command line.
    pub argv: Vec<String>,
    /// The published segments, in the order of their place in the file.
    pub segments: Vec<Segment>,
}

impl Header {
    /// Reads the words of a header whose magic and major version were found right.
    ///
    /// # Errors
    /// What contradicts the format, and at which byte.
    pub fn parse(words: &[u64; HEADER_WORDS]) -> Result<Self, Damage> {
        if words[head::BYTES] != HEADER_BYTES as u64 {
            return Err(damage("a header of another size", head::BYTES));
        }
        let record_words = record_words(words)?;
        Ok(Self {
            minor: words[head::VERSION] as u32,
            clock: clock(words)?,
            monotonic: words[head::CLOCK] == layout::clock::MONOTONIC,
            started_ticks: words[head::STARTED_TICKS],
            started_wall: words[head::STARTED_WALL],
            pid: small(words, head::PID)?,
            process_start: words[head::PROCESS_START],
            boot_id: boot_id(words),
            pid_namespace: words[head::PID_NAMESPACE],
            parent: small(words, head::PARENT)?,
            detail: match words[head::DETAIL] {
                1 => Detail::Count,
                2 => Detail::Time,
                3 => Detail::Tree,
                _ => return Err(damage("an unknown detail", head::DETAIL)),
            },
            engine: match words[head::ENGINE] {
                layout::engine::PYTHON => Engine::Python,
                layout::engine::NATIVE => Engine::Native,
                _ => Engine::Unknown,
            },
            recording: words[head::CONTROL] == 0,
            exited_wall: exited(words[head::EXITED], words[head::EXITED_WALL]),
            stopped: match words[head::STOPPED] {
                0 => None,
                layout::stopped::NO_SPACE => Some(Stop::NoSpace),
                layout::stopped::LIMIT => Some(Stop::Limit),
                _ => Some(Stop::Other(
                    i32::try_from(words[head::STOPPED_ERRNO]).unwrap_or(0),
                )),
            },
            dropped_functions: words[head::DROPPED_FUNCTIONS],
            dropped_nodes: words[head::DROPPED_NODES],
            stack_troubles: words[head::STACK_TROUBLES],
            own_cost: words[head::OWN_COST],
            python: {
                let [level, micro, minor, major, ..] = words[head::PYTHON].to_le_bytes();
                PythonVersion {
                    major,
                    minor,
                    micro,
                    level,
                }
            },
            record_words,
            uid: words[head::UID] as u32,
            free_threaded: words[head::INTERPRETER] & 1 != 0,
            cpython: words[head::INTERPRETER] & 2 == 0,
            host: text(words, head::HOST_BYTES, MAX_HOST_BYTES)?,
            argv: text(words, head::COMMAND_BYTES, MAX_COMMAND_BYTES)?
                .split_terminator('\0')
                .map(str::to_owned)
                .collect(),
            segments: segments(words)?,
        })
    }
}

/// The exit's wall clock from the two words that say it.
pub(crate) fn exited(exited: u64, wall: u64) -> Option<u64> {
    (exited == 1).then_some(wall)
}

fn damage(what: &'static str, word: usize) -> Damage {
    Damage::new(what, (word * WORD_BYTES) as u64)
}

fn small(words: &[u64; HEADER_WORDS], word: usize) -> Result<u32, Damage> {
    u32::try_from(words[word]).map_err(|_| damage("an impossible process id", word))
}

fn clock(words: &[u64; HEADER_WORDS]) -> Result<Clock, Damage> {
    let multiplier = words[head::CLOCK_MULTIPLIER];
    match u32::try_from(words[head::CLOCK_SHIFT]) {
        Ok(shift @ 0..64) if multiplier != 0 => Ok(Clock { multiplier, shift }),
        _ => Err(damage("an impossible clock", head::CLOCK_MULTIPLIER)),
    }
}

fn boot_id(words: &[u64; HEADER_WORDS]) -> [u8; 16] {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&words[head::BOOT_ID].to_le_bytes());
    id[8..].copy_from_slice(&words[head::BOOT_ID + 1].to_le_bytes());
    id
}

fn record_words(words: &[u64; HEADER_WORDS]) -> Result<usize, Damage> {
    match usize::try_from(words[head::RECORD_WORDS]) {
        Ok(layout::record::SLOTS) => Ok(layout::record::SLOTS),
        Ok(RECORD_WORDS) if words[head::HISTOGRAM] == HISTOGRAM => Ok(RECORD_WORDS),
        Ok(RECORD_WORDS) => Err(damage("an unknown histogram", head::HISTOGRAM)),
        _ => Err(damage("records of an unknown size", head::RECORD_WORDS)),
    }
}

fn segments(words: &[u64; HEADER_WORDS]) -> Result<Vec<Segment>, Damage> {
    let count = match usize::try_from(words[head::SEGMENTS]) {
        Ok(count @ ..=MAX_SEGMENTS) => count,
        _ => return Err(damage("too many segments", head::SEGMENTS)),
    };
    let mut segments: Vec<Segment> = Vec::with_capacity(count);
    let mut end = 0;
    for index in 0..count {
        let word = head::SEGMENT_TABLE + 2 * index;
        let segment = Segment {
            offset: words[word],
            bytes: words[word + 1],
        };
        // In ascending order and apart, so that no block can be counted twice.
        let fits = segment.offset >= end
            && (index > 0 || segment.offset == 0)
            && segment.bytes > 0
            && segment.offset.is_multiple_of(SEGMENT_ALIGNMENT_BYTES)
            && segment.bytes.is_multiple_of(SEGMENT_ALIGNMENT_BYTES);
        end = match segment.offset.checked_add(segment.bytes) {
            Some(end) if fits => end,
            _ => return Err(damage("a segment at an impossible place", word)),
        };
        segments.push(segment);
    }
    Ok(segments)
}

/// A text of the header: its length in one word, its bytes from the next.
fn text(words: &[u64; HEADER_WORDS], length: usize, most: usize) -> Result<String, Damage> {
    match usize::try_from(words[length]) {
        Ok(bytes) if bytes <= most => Ok(decode(&words[length + 1..], bytes).into_owned()),
        _ => Err(damage("a text of an impossible length", length)),
    }
}

/// The first `bytes` bytes of words as text; what isn't UTF-8 is replaced.
pub(crate) fn decode(words: &[u64], bytes: usize) -> Cow<'_, str> {
    // Python's file names and arguments may hold bytes of any encoding.
    let words = &words[..bytes.div_ceil(WORD_BYTES)];
    if cfg!(target_endian = "little") {
        let raw: &[u8] = bytemuck::cast_slice(words);
        return String::from_utf8_lossy(&raw[..bytes]);
    }
    let raw: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    Cow::Owned(String::from_utf8_lossy(&raw[..bytes]).into_owned())
}
