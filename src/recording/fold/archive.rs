//! The file that recordings of processes that ended are folded into, `docs/recording.md`: reading
//! its index and one recording of it, and its bytes. Any bytes give a value or an error. Which
//! recordings are folded, and when, is in `folding`.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::recording::error::{Damage, Error};
use crate::recording::fold::packing::{self, Broken, push_number, size};
use crate::recording::layout::{HEADER_WORDS, MAX_SEGMENTS};
use crate::recording::process::State;
use crate::recording::reader::{Raw, open};

/// The first eight bytes.
const MAGIC: &[u8; 8] = b"PROBEFLD";

/// The version, in the next eight.
const MAJOR: u32 = 1;
const MINOR: u32 = 0;

/// Bytes before the index: the magic, the version and the index's length.
const HEADER_BYTES: usize = 24;

/// Most bytes of an index: far more than a folder's names.
const MOST_INDEX_BYTES: usize = 16 << 20;

/// Most bytes of one packed recording.
const MOST_ENTRY_BYTES: usize = 512 << 20;

/// One recording in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::recording) struct Entry {
    /// The name that its own file had.
    pub(in crate::recording) name: String,
    /// How its process ended.
    pub(in crate::recording) state: State,
    /// When its own file was changed last, in ns since 1970 UTC.
    pub(in crate::recording) modified_wall: u64,
    /// How long it is, packed.
    pub(in crate::recording) bytes: usize,
    place: u64,
}

/// An open file.
#[derive(Debug)]
pub(in crate::recording) struct Archive {
    pub(in crate::recording) path: PathBuf,
    file: File,
    /// In the order of their place.
    pub(in crate::recording) entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
}

impl Archive {
    /// Opens it and reads its index.
    ///
    /// # Errors
    /// It can't be read, is something else, newer, or damaged.
    pub(in crate::recording) fn open(path: &Path) -> Result<Self, Error> {
        let unreadable = |source| Error::Unreadable {
            path: path.to_owned(),
            source,
        };
        let file = open(path)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let mut header = [0; HEADER_BYTES];
        read_at(&file, &mut header, 0).map_err(unreadable)?;
        let [magic, version, index] = parts(&header);
        if magic != u64::from_le_bytes(*MAGIC) {
            return Err(Error::NotARecording {
                path: path.to_owned(),
            });
        }
        let major = (version >> 32) as u32;
        if major != MAJOR {
            return Err(Error::Newer {
                path: path.to_owned(),
                major,
            });
        }
        let damaged = |what: &'static str| Error::Damaged {
            path: path.to_owned(),
            damage: Damage::new(what, 16),
        };
        let bytes = usize::try_from(index).unwrap_or(usize::MAX);
        if bytes > MOST_INDEX_BYTES || index.saturating_add(HEADER_BYTES as u64) > length {
            return Err(damaged("an index of an impossible length"));
        }
        let mut index = vec![0; bytes];
        read_at(&file, &mut index, HEADER_BYTES as u64).map_err(unreadable)?;
        let entries = entries(&index, length).map_err(|Broken| damaged("a broken index"))?;
        let names = entries.iter().map(|it| it.name.clone());
        Ok(Self {
            path: path.to_owned(),
            by_name: names.zip(0..).collect(),
            file,
            entries,
        })
    }

    /// The recording of this name.
    pub(in crate::recording) fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.get(*self.by_name.get(name)?)
    }

    /// A recording as it was folded, in packed form.
    ///
    /// # Errors
    /// The file can't be read.
    pub(in crate::recording) fn packed(&self, entry: &Entry) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; entry.bytes];
        read_at(&self.file, &mut bytes, entry.place)?;
        Ok(bytes)
    }
}

/// A recording to be written.
#[derive(Debug)]
pub(in crate::recording) struct NewEntry {
    pub(in crate::recording) name: String,
    pub(in crate::recording) state: State,
    pub(in crate::recording) modified_wall: u64,
    /// See [`pack`].
    pub(in crate::recording) packed: Vec<u8>,
}

/// A whole file.
pub(in crate::recording) fn to_bytes(new: &[NewEntry]) -> Vec<u8> {
    let mut index = Vec::new();
    push_number(&mut index, new.len() as u64);
    for it in new {
        push_number(&mut index, it.name.len() as u64);
        index.extend(it.name.as_bytes());
        index.push(u8::from(it.state == State::Killed));
        push_number(&mut index, it.modified_wall);
        push_number(&mut index, it.packed.len() as u64);
    }
    let version = u64::from(MAJOR) << 32 | u64::from(MINOR);
    let mut bytes = MAGIC.to_vec();
    bytes.extend(version.to_le_bytes());
    bytes.extend((index.len() as u64).to_le_bytes());
    bytes.extend(index);
    for it in new {
        bytes.extend(&it.packed);
    }
    bytes
}

/// A recording's words as they are kept: its header, and of each segment where it starts, how
/// many words are used, and these.
pub(in crate::recording) fn pack(
    head: &[u64; HEADER_WORDS],
    segments: &[(u64, &[u64])],
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut part = Vec::new();
    let mut push = |bytes: &mut Vec<u8>, words: &[u64]| {
        part.clear();
        packing::pack(words, &mut part);
        push_number(bytes, part.len() as u64);
        bytes.extend(&part);
    };
    push(&mut bytes, head);
    push_number(&mut bytes, segments.len() as u64);
    for (byte, words) in segments {
        push_number(&mut bytes, *byte);
        push_number(&mut bytes, words.len() as u64);
        push(&mut bytes, words);
    }
    bytes
}

/// Unpacks a recording into `words`, which are zero and grow where they have to; the stretches of
/// them that are changed go to `filled`, also where the bytes turn out to be broken.
pub(in crate::recording) fn unpack(
    bytes: &[u8],
    words: &mut Vec<u64>,
    filled: &mut Vec<Range<usize>>,
) -> Result<Raw, Broken> {
    let mut rest = bytes;
    let mut head = Box::new([0; HEADER_WORDS]);
    packing::unpack(part(&mut rest)?, &mut head[..], |_| {})?;
    let count = size(&mut rest)?;
    if count > MAX_SEGMENTS {
        return Err(Broken);
    }
    let mut spans = Vec::with_capacity(count);
    let mut used = 0;
    for _ in 0..count {
        let byte = packing::number(&mut rest)?;
        let length = size(&mut rest)?;
        let packed = part(&mut rest)?;
        let end = length.checked_add(used).ok_or(Broken)?;
        if !packing::is_plausible(end, bytes.len()) {
            return Err(Broken);
        }
        if words.len() < end {
            words.resize(end, 0);
        }
        packing::unpack(packed, &mut words[used..end], |it| {
            filled.push(used + it.start..used + it.end);
        })?;
        spans.push((byte, used..end));
        used = end;
    }
    rest.is_empty().then_some(Raw { head, spans }).ok_or(Broken)
}

/// The bytes that follow their number.
fn part<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], Broken> {
    let length = size(bytes)?;
    let (part, rest) = bytes.split_at_checked(length).ok_or(Broken)?;
    *bytes = rest;
    Ok(part)
}

fn entries(mut index: &[u8], file_bytes: u64) -> Result<Vec<Entry>, Broken> {
    let rest = &mut index;
    let mut place = (HEADER_BYTES + rest.len()) as u64;
    let count = size(rest)?;
    let mut entries = Vec::new();
    for _ in 0..count {
        let name = String::from_utf8(part(rest)?.to_vec()).map_err(|_| Broken)?;
        // It becomes a part of a path.
        if name.is_empty() || name.contains('/') || name.starts_with('.') {
            return Err(Broken);
        }
        let (state, after) = rest.split_first().ok_or(Broken)?;
        *rest = after;
        let state = match state {
            0 => State::Exited,
            1 => State::Killed,
            _ => return Err(Broken),
        };
        let modified_wall = packing::number(rest)?;
        let bytes = size(rest)?;
        let end = place.checked_add(bytes as u64).ok_or(Broken)?;
        if bytes > MOST_ENTRY_BYTES || end > file_bytes {
            return Err(Broken);
        }
        entries.push(Entry {
            name,
            state,
            modified_wall,
            place,
            bytes,
        });
        place = end;
    }
    rest.is_empty().then_some(entries).ok_or(Broken)
}

/// Fills all bytes; what a short file doesn't have are zeros.
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], at + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes[filled..].fill(0);
    Ok(())
}

fn parts(header: &[u8; HEADER_BYTES]) -> [u64; 3] {
    let word = |index: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&header[index * 8..index * 8 + 8]);
        u64::from_le_bytes(bytes)
    };
    [word(0), word(1), word(2)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(name: &str, segments: &[(u64, &[u64])]) -> NewEntry {
        let mut head = [0; HEADER_WORDS];
        head[3] = 7;
        NewEntry {
            name: name.to_owned(),
            state: State::Killed,
            modified_wall: 1 << 60,
            packed: pack(&head, segments),
        }
    }

    fn opened(bytes: &[u8]) -> Result<Archive, Error> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Archive::open(file.path())
    }

    #[test]
    fn what_was_written_is_found_by_name() {
        let (first, second): (&[u64], &[u64]) = (&[0, 0, 9, 0], &[u64::MAX; 3]);
        let new = [
            entry("a.rec", &[(4096, first), (65536, second)]),
            entry("b.rec", &[]),
        ];
        let archive = opened(&to_bytes(&new)).unwrap();
        assert_eq!(archive.entries.len(), 2);
        assert!(archive.find("c.rec").is_none());
        let found = archive.find("a.rec").unwrap();
        assert_eq!(found.state, State::Killed);
        assert_eq!(found.modified_wall, 1 << 60);
        let (mut words, mut filled) = (vec![0; 2], Vec::new());
        let packed = archive.packed(found).unwrap();
        let raw = unpack(&packed, &mut words, &mut filled).unwrap();
        assert_eq!(filled, [2..3, 4..7]);
        assert_eq!(raw.head[3], 7);
        assert_eq!(raw.spans, [(4096, 0..4), (65536, 4..7)]);
        assert_eq!(words[..7], [first, second].concat());
        let empty = archive.find("b.rec").unwrap();
        filled.drain(..).for_each(|it| words[it].fill(0));
        let raw = unpack(&archive.packed(empty).unwrap(), &mut words, &mut filled).unwrap();
        assert_eq!(raw.spans, []);
    }

    #[test]
    fn what_is_cut_is_refused() {
        let whole = to_bytes(&[entry("a.rec", &[(4096, &[1, 2, 3])])]);
        assert!(opened(&whole).is_ok());
        for length in 0..whole.len() {
            assert!(opened(&whole[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["", "../a.rec", "/etc/passwd", ".hidden"] {
            let refused = opened(&to_bytes(&[entry(name, &[])]));
            assert!(matches!(refused, Err(Error::Damaged { .. })), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_change_gives_a_value_or_an_error(at: prop::sample::Index, with: u8) {
            let mut bytes = to_bytes(&[entry("a.rec", &[(4096, &[1, 0, 3])])]);
            let at = at.index(bytes.len());
            bytes[at] = with;
            if let Ok(archive) = opened(&bytes) {
                for entry in &archive.entries {
                    let packed = archive.packed(entry).unwrap_or_default();
                    let _ = unpack(&packed, &mut Vec::new(), &mut Vec::new());
                }
            }
        }
    }
}
