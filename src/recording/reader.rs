//! Brings a recording's used parts into memory; any bytes, also of a file that changes
//! meanwhile, give a value or an error. What the words mean is said by `header` and `blocks`.
//!
//! Why it reads instead of mapping: a mapped file that shrinks kills the reader with SIGBUS,
//! and what a mapping shows may change between a check and its use. `pread` into a buffer
//! has neither trap. It costs a copy, which the buffer's reuse keeps in the cache: 150 files of
//! 200 functions took 16 ms to read and add up, 14 ms to map. A copy is made of whole
//! aligned words, so a word is never half old, half new; different words may be of different
//! moments, as they may in a mapping.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rustix::io::Errno;

use crate::recording::blocks::{Blocks, SegmentWords, block_words};
use crate::recording::clock::Moment;
use crate::recording::error::{Damage, Error};
use crate::recording::filled::Filled;
use crate::recording::fold::{
    self,
    archive::{self, Archive},
};
use crate::recording::header::{Header, Segment};
use crate::recording::layout::{HEADER_BYTES, HEADER_WORDS, MAGIC, MAJOR, WORD_BYTES, head};
use crate::recording::process::{Host, State};

/// Most bytes that are read of one file: twice what a writer's limit lets it write, and little
/// enough to hold in memory. A hostile sparse file can claim any size.
const MAX_BYTES: usize = 512 << 20;

/// A segment's unused end isn't read: it is taken in steps, of which this is the first.
const FIRST_STEP_WORDS: usize = 65536 / WORD_BYTES;

/// Reads recordings, one after the other, into one buffer.
#[derive(Debug, Default)]
pub struct Reader {
    /// As long as the longest recording so far; never shrinks.
    words: Vec<u64>,
    used: usize,
    /// Where words may be other than zero: up to here, and in these stretches.
    dense: usize,
    filled: Vec<Range<usize>>,
    /// The archive that was read last: its recordings are mostly read one after the other.
    archive: Option<Archive>,
}

/// A recording's words: its header, and where in the reader's buffer the used parts of its
/// segments are.
#[derive(Debug)]
pub(super) struct Raw {
    /// The header.
    pub(super) head: Box<[u64; HEADER_WORDS]>,
    /// Each part's first byte in the recording, and its place in the buffer, in words.
    pub(super) spans: Vec<(u64, Range<usize>)>,
}

/// One recording, as it was at the moment of reading.
#[derive(Debug)]
pub struct Recording<'a> {
    /// The file.
    pub path: PathBuf,
    /// Its header.
    pub header: Header,
    /// Whether its process runs.
    pub state: State,
    /// When it was read.
    pub read_at: Moment,
    /// When the file was changed last, in ns since 1970 UTC; stores into a mapping may show here
    /// half a minute late.
    pub modified_wall: u64,
    head: Box<[u64; HEADER_WORDS]>,
    segments: Vec<SegmentWords<'a>>,
    filled: Filled<'a>,
}

impl<'a> Recording<'a> {
    /// The byte at which the next block would be announced; none where the last segment is full.
    pub(super) fn next_block(&self) -> Option<u64> {
        let last = self.segments.last()?;
        let end = last.byte + (last.words.len() * WORD_BYTES) as u64;
        let segment = self.header.segments.last()?;
        (end < segment.offset + segment.bytes).then_some(end)
    }

    /// Its blocks; a damaged one is the last.
    #[must_use]
    pub fn blocks(&self) -> Blocks<'a> {
        Blocks::new(&self.header, self.segments.clone(), self.filled)
    }

    /// All of it as an archive keeps it.
    pub(super) fn packed(&self) -> Vec<u8> {
        let segments: Vec<_> = self.segments.iter().map(|it| (it.byte, it.words)).collect();
        archive::pack(&self.head, &segments)
    }

    /// The error that this damage is, with the file's name.
    #[must_use]
    pub fn damaged(&self, damage: Damage) -> Error {
        Error::Damaged {
            path: self.path.clone(),
            damage,
        }
    }
}

impl Reader {
    /// Reads the header alone, of a recording that has a file of its own.
    ///
    /// # Errors
    /// The file can't be opened, is no recording, is of a newer major version, or its header
    /// is damaged.
    pub fn header(path: &Path) -> Result<Header, Error> {
        let head = read_header(&open(path)?, path)?;
        parse_header(&head, path)
    }

    /// Reads the header alone, also of a folded recording.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn peek(&mut self, path: &Path) -> Result<Header, Error> {
        match fold::split(path) {
            None => Self::header(path),
            Some((archive, name)) => Ok(self.read_folded(path, archive, name)?.header),
        }
    }

    /// Reads a recording and finds whether its process still runs.
    ///
    /// # Errors
    /// As [`Reader::header`], and a segment that isn't where the header says. Damage within
    /// the blocks is found by going through [`Recording::blocks`].
    pub fn read(&mut self, path: &Path, host: &Host) -> Result<Recording<'_>, Error> {
        if let Some((archive, name)) = fold::split(path) {
            return self.read_folded(path, archive, name);
        }
        let file = open(path)?;
        let mut head = read_header(&file, path)?;
        let mut header = parse_header(&head, path)?;
        let mut state = host.state(&header);
        if state == State::Killed {
            // It may have exited by itself since the header was read; what is read from now
            // on is final.
            head = read_header(&file, path)?;
            header = parse_header(&head, path)?;
            state = host.state(&header);
        }
        self.used = 0;
        let mut spans = Vec::with_capacity(header.segments.len());
        loop {
            for segment in &header.segments[spans.len()..] {
                let span = self.segment(&file, *segment).map_err(|e| e.at(path))?;
                spans.push(span);
            }
            if state != State::Running {
                break;
            }
            // A function published meanwhile in a new segment may already be referred to.
            let head = read_header(&file, path)?;
            let segments = parse_header(&head, path)?.segments;
            if segments.len() <= spans.len() {
                break;
            }
            header.segments = segments;
        }
        let modified_wall = modified_wall(&file);
        let raw = Raw { head, spans };
        Ok(self.recording(path, header, state, modified_wall, raw, Filled::default()))
    }

    fn read_folded(
        &mut self,
        path: &Path,
        archive: &Path,
        name: &str,
    ) -> Result<Recording<'_>, Error> {
        let archive = match self.archive.take().filter(|it| it.path == archive) {
            Some(open) => open,
            None => Archive::open(archive)?,
        };
        let archive = self.archive.insert(archive);
        let unreadable = |source| Error::Unreadable {
            path: path.to_owned(),
            source,
        };
        let gone = || unreadable(io::ErrorKind::NotFound.into());
        let entry = archive.find(name).ok_or_else(gone)?.clone();
        let packed = archive.packed(&entry).map_err(unreadable)?;
        self.words[..self.dense].fill(0);
        self.dense = 0;
        for stretch in self.filled.drain(..) {
            self.words[stretch].fill(0);
        }
        let unpacked = archive::unpack(&packed, &mut self.words, &mut self.filled);
        let raw = unpacked.map_err(|_| Error::Damaged {
            path: path.to_owned(),
            damage: Damage::new("words that can't be unpacked", 0),
        })?;
        let header = parse_header(&raw.head, path)?;
        let filled = Filled::only(&self.filled);
        Ok(self.recording(path, header, entry.state, entry.modified_wall, raw, filled))
    }

    fn recording<'a>(
        &'a self,
        path: &Path,
        header: Header,
        state: State,
        modified_wall: u64,
        raw: Raw,
        filled: Filled<'a>,
    ) -> Recording<'a> {
        Recording {
            path: path.to_owned(),
            header,
            state,
            read_at: Moment::now(),
            modified_wall,
            head: raw.head,
            segments: raw
                .spans
                .into_iter()
                .map(|(byte, words)| SegmentWords {
                    byte,
                    place: words.start,
                    words: &self.words[words],
                })
                .collect(),
            filled,
        }
    }

    /// Reads the used part of a segment: up to the first block head that is zero.
    fn segment(&mut self, file: &File, segment: Segment) -> Result<(u64, Range<usize>), Trouble> {
        let header = if segment.offset == 0 { HEADER_BYTES } else { 0 };
        let byte = segment.offset + header as u64;
        let end = segment.offset + segment.bytes;
        if file.metadata()?.len() < end {
            return Err(Damage::new("a segment past the file's end", byte).into());
        }
        let base = self.used;
        let total = usize::try_from(end - byte).unwrap_or(usize::MAX) / WORD_BYTES;
        let (mut filled, mut step, mut next) = (0, FIRST_STEP_WORDS, 0);
        let used = loop {
            if next == total {
                break total;
            }
            if next >= filled {
                let until = (filled + step).max(next + 1).min(total);
                self.fill(file, byte, base, filled..until)?;
                (filled, step) = (until, step * 2);
            }
            match self.words[base + next] {
                0 => break next,
                head => match block_words(head) {
                    words if words > 0 && words <= total - next => next += words,
                    // Left to be found by whoever goes through the blocks.
                    _ => break next + 1,
                },
            }
        };
        if used > filled {
            self.fill(file, byte, base, filled..used)?;
        }
        self.used = base + used;
        Ok((byte, base..base + used))
    }

    /// Reads these words of a segment that starts at `byte` to `base` in the buffer.
    fn fill(
        &mut self,
        file: &File,
        byte: u64,
        base: usize,
        range: Range<usize>,
    ) -> Result<(), Trouble> {
        let end = base + range.end;
        let at = byte + (range.start * WORD_BYTES) as u64;
        if end > MAX_BYTES / WORD_BYTES {
            return Err(Damage::new("more blocks than can be read", at).into());
        }
        if self.words.len() < end {
            self.words.resize(end, 0);
        }
        self.dense = self.dense.max(end);
        let target = &mut self.words[base + range.start..end];
        if fill_words(file, at, target)? < target.len() {
            return Err(Damage::new("the file got shorter", at).into());
        }
        Ok(())
    }
}

/// The modification time in ns since 1970 UTC; 0 where it isn't known.
fn modified_wall(file: &File) -> u64 {
    let modified = file.metadata().and_then(|data| data.modified()).ok();
    modified
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| u64::try_from(since.as_nanos()).ok())
        .unwrap_or(0)
}

/// What stops the reading of a segment, without the path.
enum Trouble {
    Damage(Damage),
    System(io::Error),
}

impl Trouble {
    fn at(self, path: &Path) -> Error {
        let path = path.to_owned();
        match self {
            Self::Damage(damage) => Error::Damaged { path, damage },
            Self::System(source) => Error::Unreadable { path, source },
        }
    }
}

impl From<Damage> for Trouble {
    fn from(damage: Damage) -> Self {
        Self::Damage(damage)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

/// Opens a plain file; no link is followed and no pipe waited for.
pub(super) fn open(path: &Path) -> Result<File, Error> {
    let unreadable = |source: io::Error| match Errno::from_io_error(&source) {
        // A symbolic link, a socket.
        Some(Errno::LOOP | Errno::NXIO) => Error::NotARecording {
            path: path.to_owned(),
        },
        _ => Error::Unreadable {
            path: path.to_owned(),
            source,
        },
    };
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
        .map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_file() {
        Ok(file)
    } else {
        Err(Error::NotARecording {
            path: path.to_owned(),
        })
    }
}

/// The words of a header.
pub(super) fn read_header(file: &File, path: &Path) -> Result<Box<[u64; HEADER_WORDS]>, Error> {
    let mut words = Box::new([0; HEADER_WORDS]);
    let read = fill_words(file, 0, &mut words[..]).map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    if read < HEADER_WORDS && words[head::MAGIC] == MAGIC {
        return Err(Error::Damaged {
            path: path.to_owned(),
            damage: Damage::new("a header cut short", (read * WORD_BYTES) as u64),
        });
    }
    Ok(words)
}

pub(super) fn parse_header(words: &[u64; HEADER_WORDS], path: &Path) -> Result<Header, Error> {
    let path = path.to_owned();
    match words[head::MAGIC] {
        0 => return Err(Error::Unfinished { path }),
        MAGIC => {}
        _ => return Err(Error::NotARecording { path }),
    }
    let major = (words[head::VERSION] >> 32) as u32;
    if major > MAJOR {
        return Err(Error::Newer { path, major });
    }
    let parsed = if major < MAJOR {
        let byte = head::VERSION * WORD_BYTES;
        Err(Damage::new("an unknown version", byte as u64))
    } else {
        Header::parse(words)
    };
    parsed.map_err(|damage| Error::Damaged { path, damage })
}

/// Reads words from a byte on; returns how many whole ones there were.
pub(super) fn fill_words(file: &File, byte: u64, words: &mut [u64]) -> io::Result<usize> {
    let bytes: &mut [u8] = bytemuck::cast_slice_mut(words);
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], byte + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    for word in words.iter_mut() {
        *word = u64::from_le(*word);
    }
    Ok(filled / WORD_BYTES)
}
