//! All constants of the recording format, version 1, in one place: `docs/recording.md` as
//! numbers. Positions are in 64-bit words unless a name says bytes.

/// Word 0 of a recording: the bytes `PROBEREC`.
pub const MAGIC: u64 = u64::from_le_bytes(*b"PROBEREC");
/// The major version that this reader understands.
pub const MAJOR: u32 = 1;
/// The minor version that it knows all of.
pub const MINOR: u32 = 1;

/// Bytes of a word.
pub const WORD_BYTES: usize = 8;
/// Bytes of the header.
pub const HEADER_BYTES: usize = 4096;
/// Words of the header.
pub const HEADER_WORDS: usize = HEADER_BYTES / WORD_BYTES;
/// Segments start and end at multiples of this.
pub const SEGMENT_ALIGNMENT_BYTES: u64 = 65536;
/// Most segments of a file.
pub const MAX_SEGMENTS: usize = 64;

/// Words of the header.
pub mod head {
    /// The magic.
    pub const MAGIC: usize = 0;
    /// Major version << 32 | minor version.
    pub const VERSION: usize = 1;
    /// Bytes of the header.
    pub const BYTES: usize = 2;
    /// The clock's kind.
    pub const CLOCK: usize = 3;
    /// Multiplier from ticks to ns.
    pub const CLOCK_MULTIPLIER: usize = 4;
    /// Shift from ticks to ns.
    pub const CLOCK_SHIFT: usize = 5;
    /// The clock at the start, ticks.
    pub const STARTED_TICKS: usize = 6;
    /// The wall clock at the start, ns since 1970.
    pub const STARTED_WALL: usize = 7;
    /// Process id.
    pub const PID: usize = 8;
    /// The process's start time.
    pub const PROCESS_START: usize = 9;
    /// Boot id, two words.
    pub const BOOT_ID: usize = 10;
    /// Inode of the pid namespace.
    pub const PID_NAMESPACE: usize = 12;
    /// Process id of the parent.
    pub const PARENT: usize = 13;
    /// How much is recorded about a call.
    pub const DETAIL: usize = 14;
    /// What does the timing.
    pub const ENGINE: usize = 15;
    /// Whether to record; written by others than the process.
    pub const CONTROL: usize = 16;
    /// 1 once the process exited by itself.
    pub const EXITED: usize = 17;
    /// The wall clock at that exit, ns since 1970.
    pub const EXITED_WALL: usize = 18;
    /// Why recording stopped early.
    pub const STOPPED: usize = 19;
    /// The errno of that.
    pub const STOPPED_ERRNO: usize = 20;
    /// Functions dropped.
    pub const DROPPED_FUNCTIONS: usize = 21;
    /// Calls whose tree node was dropped.
    pub const DROPPED_NODES: usize = 22;
    /// Threads without a stack, and repaired stacks.
    pub const STACK_TROUBLES: usize = 23;
    /// The probe's own cost, 1/1000 ns a call.
    pub const OWN_COST: usize = 24;
    /// The Python's version.
    pub const PYTHON: usize = 25;
    /// The histogram's kind and size.
    pub const HISTOGRAM: usize = 26;
    /// Words of a record block.
    pub const RECORD_WORDS: usize = 27;
    /// User id.
    pub const UID: usize = 29;
    /// Number of published segments.
    pub const SEGMENTS: usize = 30;
    /// Bits about the interpreter.
    pub const INTERPRETER: usize = 31;
    /// Offset and length of each segment, in bytes.
    pub const SEGMENT_TABLE: usize = 32;
    /// Bytes of the host name.
    pub const HOST_BYTES: usize = 160;
    /// The host name.
    pub const HOST: usize = 161;
    /// Bytes of the command line.
    pub const COMMAND_BYTES: usize = 192;
    /// The command line, each argument followed by a NUL.
    pub const COMMAND: usize = 193;
}

/// Clocks, in word 3.
pub mod clock {
    /// CLOCK_MONOTONIC in ns.
    pub const MONOTONIC: u64 = 1;
}

/// Engines, in word 15.
pub mod engine {
    /// The Python engine.
    pub const PYTHON: u64 = 1;
    /// The native engine.
    pub const NATIVE: u64 = 2;
}

/// Why recording stopped early, in word 19; 0 where it didn't.
pub mod stopped {
    /// No space.
    pub const NO_SPACE: u64 = 1;
    /// A limit on bytes.
    pub const LIMIT: u64 = 2;
    /// Another error.
    pub const ERROR: u64 = 3;
}

/// Most bytes of the host name.
pub const MAX_HOST_BYTES: usize = (head::COMMAND_BYTES - head::HOST) * WORD_BYTES;
/// Most bytes of the command line.
pub const MAX_COMMAND_BYTES: usize = (HEADER_WORDS - head::COMMAND) * WORD_BYTES;

/// A block's head word is its number of words shifted by this, and its kind below.
pub const BLOCK_WORDS_SHIFT: u32 = 8;

/// The kinds of blocks.
pub mod kind {
    /// A function's name and how it is instrumented.
    pub const FUNCTION: u8 = 1;
    /// A function's counters and histogram.
    pub const RECORD: u8 = 2;
    /// Nodes of the call tree.
    pub const NODES: u8 = 3;
    /// A thread's shadow stack.
    pub const THREAD: u8 = 4;
}

/// Words of a function block.
pub mod function {
    /// Id, and flags << 32.
    pub const ID_AND_FLAGS: usize = 1;
    /// The target's index, and the mechanism << 32.
    pub const TARGET_AND_MECHANISM: usize = 2;
    /// Bytes of the name, and bytes of the reason << 32.
    pub const LENGTHS: usize = 3;
    /// The name, then the reason, each padded to a word.
    pub const TEXT: usize = 4;
    /// The flag of a function that can't be instrumented.
    pub const FLAG_IMPOSSIBLE: u32 = 1 << 4;
    /// The flags that hold the shape.
    pub const SHAPE_MASK: u32 = 0xF;
}

/// Words of a record block.
pub mod record {
    /// Function id.
    pub const FUNCTION: usize = 1;
    /// Shard.
    pub const SHARD: usize = 2;
    /// Calls begun.
    pub const BEGUN: usize = 3;
    /// Total ticks of calls without a node.
    pub const TOTAL: usize = 4;
    /// Self ticks of calls without a node.
    pub const SELF: usize = 5;
    /// Active ticks.
    pub const ACTIVE: usize = 6;
    /// Calls ended by an exception.
    pub const ERRORS: usize = 7;
    /// Complement of the least ticks; 0 for none yet.
    pub const LEAST: usize = 8;
    /// Most ticks.
    pub const MOST: usize = 9;
    /// Calls counted without a time.
    pub const COUNTED: usize = 10;
    /// First slot of the histogram; the length of a record without one.
    pub const SLOTS: usize = 16;
}

/// Words of a record block with a histogram.
pub const RECORD_WORDS: usize = record::SLOTS + SLOTS;

/// Words of a block of nodes.
pub mod nodes {
    /// Id of the first node.
    pub const FIRST: usize = 1;
    /// The nodes.
    pub const NODES: usize = 2;
    /// Words of a node.
    pub const NODE_WORDS: usize = 4;
    /// Of a node's words: calls.
    pub const CALLS: usize = 1;
    /// Of a node's words: total ticks.
    pub const TOTAL: usize = 2;
    /// Of a node's words: self ticks.
    pub const SELF: usize = 3;
    /// Bit of a node's first word: it is there.
    pub const PUBLISHED: u64 = 1 << 63;
}

/// Words of a thread block.
pub mod thread {
    /// Native id.
    pub const ID: usize = 1;
    /// 1 in use, 0 free.
    pub const IN_USE: usize = 2;
    /// Frames past the block's capacity.
    pub const PAST: usize = 3;
    /// The frames, outermost first.
    pub const FRAMES: usize = 4;
    /// Words of a frame: ticks at its beginning, node id + 1.
    pub const FRAME_WORDS: usize = 2;
}

/// The histogram's kind: log-linear.
pub const HISTOGRAM_KIND: u64 = 1;
/// A power of two has 2 to this slots.
pub const SUB_BUCKET_BITS: u32 = 4;
/// Slots of a histogram.
pub const SLOTS: usize = 752;
/// Word 26 of the header for this histogram.
pub const HISTOGRAM: u64 = HISTOGRAM_KIND << 32 | (SUB_BUCKET_BITS as u64) << 16 | SLOTS as u64;
