//! Real files in real folders, looked at word by word; `tests/native_recording.rs` of the
//! command line reads them with its reader.

use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use tempfile::TempDir;

mod refusals;

use super::layout::{self, WORD_BYTES, kind, record};
use super::*;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    folder
}

fn facts(folder: &Path) -> Facts {
    Facts {
        places: Places {
            chosen: folder.to_owned(),
            user: super::process::effective_user(),
            ..Places::default()
        },
        detail: 3,
        python: 0x030c_010f,
        interpreter_bits: 0,
        limits: Limits {
            functions: 1000,
            nodes: 1000,
            bytes: 1 << 30,
        },
    }
}

fn words_of(recording: &Recording) -> Vec<u64> {
    let bytes = fs::read(recording.path()).unwrap();
    let words = bytes.chunks_exact(WORD_BYTES);
    words
        .map(|it| u64::from_le_bytes(it.try_into().unwrap()))
        .collect()
}

/// The kinds of all blocks, in their order.
fn kinds(words: &[u64]) -> Vec<u8> {
    let mut kinds = Vec::new();
    for segment in 0..words[head::SEGMENTS] as usize {
        let entry = head::SEGMENT_TABLE + 2 * segment;
        let start = words[entry] as usize / WORD_BYTES;
        let end = start + words[entry + 1] as usize / WORD_BYTES;
        let mut at = if start == 0 { HEADER_WORDS } else { start };
        while at < end && words[at] != 0 {
            kinds.push(words[at] as u8);
            at += (words[at] >> layout::BLOCK_WORDS_SHIFT) as usize;
        }
    }
    kinds
}

/// Runs what changes the whole process in a child of its own; the child's panic is ours.
fn in_child(work: impl FnOnce()) {
    // SAFETY: the child allocates and panics, which the C library's fork prepares for, and
    // leaves by `_exit`.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0);
    if pid == 0 {
        let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        // SAFETY: ends the child.
        unsafe { libc::_exit(i32::from(worked.is_err())) };
    }
    let mut status = 0;
    // SAFETY: waits for the child and writes how it ended.
    let waited = unsafe { libc::waitpid(pid, &raw mut status, 0) };
    assert_eq!(waited, pid, "the child is ours");
    assert_eq!(status, 0, "the child failed");
}

#[test]
fn the_header_tells_of_the_process() {
    let folder = folder();
    let recording = Recording::create(&facts(folder.path())).unwrap();
    let words = words_of(&recording);
    assert_eq!(&words[..3], [layout::MAGIC, 1 << 32 | 1, 4096]);
    assert_eq!(words[head::PID], u64::from(std::process::id()));
    assert_eq!(words[head::ENGINE], 2);
    assert_eq!(words[head::RECORD_WORDS], 768);
    assert_eq!(words[head::PYTHON], 0x030c_010f);
    assert_eq!(words[head::SEGMENTS], 1);
    assert_eq!(words.len() * WORD_BYTES, 65536);
    assert_eq!(words[head::CLOCK], clock::kind());
    assert_ne!(words[head::CLOCK_MULTIPLIER], 0);
    let status = fs::metadata(recording.path()).unwrap();
    assert_eq!(status.mode() & 0o777, 0o600);
    let name = recording.path().file_name().unwrap().to_str().unwrap();
    let parts: Vec<&str> = name.strip_suffix(".rec").unwrap().split('-').collect();
    assert_eq!(parts.len(), 4);
    assert_eq!(parts[1], std::process::id().to_string());
    assert_eq!(parts[2], words[head::PROCESS_START].to_string());
}

#[test]
#[cfg(target_os = "linux")]
fn nothing_stays_open() {
    let folder = folder();
    // Descriptors of other tests come and go: only ours are counted.
    in_child(|| {
        let open = || fs::read_dir("/proc/self/fd").unwrap().count();
        let before = open();
        let mut recording = Recording::create(&facts(folder.path())).unwrap();
        recording.grow().unwrap();
        assert_eq!(open(), before);
    });
}

#[test]
fn closed_standard_descriptors_are_left_alone() {
    let folder = folder();
    in_child(|| {
        for number in 0..3 {
            // SAFETY: the child's own; nothing of Rust owns them.
            unsafe { libc::close(number) };
        }
        let mut options = fs::OpenOptions::new();
        let made = folder.path().join("made");
        let options = options.read(true).write(true).create_new(true);
        assert!(space::open(options, &made).unwrap().as_raw_fd() > 2);
        let mut recording = Recording::create(&facts(folder.path())).unwrap();
        recording.grow().unwrap();
        for number in 0..3 {
            let byte = [b'!'];
            // SAFETY: reads one byte of ours, or fails.
            let written = unsafe { libc::write(number, byte.as_ptr().cast(), 1) };
            assert_eq!(written, -1, "{number} is open");
        }
        assert_eq!(words_of(&recording)[0], layout::MAGIC);
    });
}

#[test]
fn a_full_segment_is_followed_by_a_larger_one() {
    let folder = folder();
    let mut recording = Recording::create(&facts(folder.path())).unwrap();
    for number in 0..40 {
        let name = format!("shop.cart:f{number}");
        recording
            .function(number, name.as_bytes(), 0, 0, 3, b"")
            .unwrap();
        let block = recording.record(number).unwrap();
        // SAFETY: the block has 768 words.
        unsafe { *block.add(767) = u64::from(number) };
    }
    recording.thread().unwrap();
    let words = words_of(&recording);
    assert_eq!(words[head::SEGMENTS], 3);
    let table = &words[head::SEGMENT_TABLE..head::SEGMENT_TABLE + 6];
    assert_eq!(table, [0, 65536, 65536, 131_072, 196_608, 262_144]);
    let kinds = kinds(&words);
    let of = |kind| kinds.iter().filter(|it| **it == kind).count();
    assert_eq!((of(kind::FUNCTION), of(kind::RECORD)), (40, 40));
    assert_eq!(kinds.last(), Some(&kind::THREAD));
    assert_eq!(words[head::STOPPED], 0);
}

#[test]
fn counting_alone_needs_no_histogram() {
    let folder = folder();
    let mut facts = facts(folder.path());
    facts.detail = 1;
    let mut recording = Recording::create(&facts).unwrap();
    recording.function(0, b"m:f", 2, 7, 6, b"").unwrap();
    let block = recording.record(0).unwrap();
    // SAFETY: the block has 16 words.
    unsafe { *block.add(record::COUNTED) = 5 };
    let words = words_of(&recording);
    assert_eq!(words[head::RECORD_WORDS], 16);
    let function = &words[HEADER_WORDS..];
    assert_eq!(function[..4], [5 << 8 | 1, 2 << 32, 7 | 6 << 32, 3]);
    assert_eq!(function[5], 16 << 8 | 2);
    assert_eq!(function[5 + record::COUNTED], 5);
}

#[test]
fn long_texts_are_cut_between_characters() {
    let folder = folder();
    let mut recording = Recording::create(&facts(folder.path())).unwrap();
    let name = format!("x{}", "ü".repeat(3000));
    recording
        .function(0, name.as_bytes(), 0, 0, 0, b"built in C")
        .unwrap();
    let words = words_of(&recording);
    let function = &words[HEADER_WORDS..];
    assert_eq!(function[1], 16 << 32);
    assert_eq!(function[3], 3999 | 10 << 32);
    let reason: Vec<u8> = function[4 + 500..][..2]
        .iter()
        .flat_map(|it| it.to_le_bytes())
        .collect();
    assert_eq!(&reason, b"built in C\0\0\0\0\0\0");
}

#[test]
fn a_child_makes_its_own() {
    let folder = folder();
    let facts = facts(folder.path());
    let parent = Recording::create(&facts).unwrap();
    in_child(|| {
        let child = Recording::create(&facts).unwrap();
        assert_ne!(child.path(), parent.path());
        let words = words_of(&child);
        assert_eq!(words[head::PID], u64::from(std::process::id()));
        assert_eq!(words[head::PARENT], words_of(&parent)[head::PID]);
        child.end();
        assert_eq!(words_of(&child)[head::EXITED], 1);
    });
    let words = words_of(&parent);
    assert_eq!(words[head::PID], u64::from(std::process::id()));
    assert_eq!(words[head::EXITED], 0);
    parent.set_own_cost(25_000);
    parent.end();
    let ended = words_of(&parent);
    assert_eq!((ended[head::EXITED], ended[head::OWN_COST]), (1, 25_000));
    assert!(ended[head::EXITED_WALL] >= ended[head::STARTED_WALL]);
}
