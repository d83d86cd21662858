//! Any bytes are survived, and what is wrong with them is said.

use std::fs;

use proptest::prelude::*;
use proptest::sample::Index;

use super::roundtrip::descriptions;
use super::{on_disk, read_all, sample, with_word};
use crate::exit::Diagnose;
use crate::recording::blocks::Block;
use crate::recording::layout::{HEADER_BYTES, head};
use crate::recording::process::Host;
use crate::recording::testing::{Description, FunctionDescription, build};
use crate::recording::{Error, Reader};

/// Changes to a file's bytes: at a word, to a value that is often a hostile one.
fn mutations() -> impl Strategy<Value = Vec<(Index, u64)>> {
    let value = prop_oneof![
        any::<u64>(),
        Just(0),
        Just(u64::MAX),
        0_u64..2000,
        (0_u64..6, 0_u64..1 << 40).prop_map(|(kind, words)| words << 8 | kind),
    ];
    proptest::collection::vec((any::<Index>(), value), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..10_000), magic: bool) {
        let mut bytes = bytes;
        if magic && bytes.len() > 16 {
            bytes[..16].copy_from_slice(b"PROBEREC\0\0\0\0\x01\0\0\0");
        }
        let file = on_disk(&bytes);
        prop_assert!(read_all(&file.path).is_err());
    }

    #[test]
    fn any_change_and_any_cut_is_survived(
        description in descriptions(),
        mutations in mutations(),
        in_header: bool,
        cut in proptest::option::of(any::<Index>()),
    ) {
        let mut bytes = build(&description);
        let reach = if in_header { HEADER_BYTES } else { bytes.len() };
        for (index, value) in mutations {
            bytes = with_word(bytes, index.index(reach / 8), value);
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let length = bytes.len();
        let file = on_disk(&bytes);
        if let Ok(blocks) = read_all(&file.path) {
            prop_assert!(blocks <= length / 8, "no block is read twice");
        }
    }
}

#[test]
fn unknown_blocks_and_words_of_a_later_minor_version_are_skipped() {
    let mut later = sample();
    later.minor = 9;
    later.unknown = vec![(9, 1), (255, 3000)];
    let file = on_disk(&with_word(build(&later), 500, 1));
    assert_eq!(
        read_all(&file.path).unwrap(),
        read_all(&on_disk(&build(&sample())).path).unwrap()
    );
}

#[test]
fn another_major_version_is_refused_by_name() {
    let mut later = sample();
    later.major = 2;
    let file = on_disk(&build(&later));
    let error = read_all(&file.path).unwrap_err();
    assert!(matches!(error, Error::Newer { major: 2, .. }));
    assert!(error.to_string().contains("format version 2"), "{error}");
    assert_eq!(error.hint().unwrap(), "upgrade probe to read it");
}

#[test]
fn what_is_wrong_is_named_with_its_byte() {
    let sample = build(&sample());
    let function = HEADER_BYTES / 8;
    let cases: [(Vec<u8>, &str); 6] = [
        (sample[..4000].to_vec(), "a header cut short at byte 4000"),
        (
            sample[..65535].to_vec(),
            "a segment past the file's end at byte 4096",
        ),
        (
            with_word(sample.clone(), function, 1 << 40 | 1),
            "a block of an impossible length at byte 4096",
        ),
        (
            with_word(sample.clone(), function + 1, 7),
            "a function out of order at byte 4104",
        ),
        (
            with_word(sample.clone(), function + 3, 5000),
            "a name of an impossible length at byte 4120",
        ),
        (
            with_word(sample.clone(), head::SEGMENTS, 65),
            "too many segments at byte 240",
        ),
    ];
    for (bytes, expected) in cases {
        let file = on_disk(&bytes);
        let error = read_all(&file.path).unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error} instead of {expected}");
        assert!(error.contains("one.rec"), "{error}");
    }
}

#[test]
fn what_is_no_recording_is_told_apart() {
    let read = |bytes: &[u8]| read_all(&on_disk(bytes).path).unwrap_err();
    assert!(matches!(read(b""), Error::Unfinished { .. }));
    assert!(matches!(read(&[0; 65536]), Error::Unfinished { .. }));
    assert!(matches!(
        read(b"# a text file"),
        Error::NotARecording { .. }
    ));
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        read_all(folder.path()),
        Err(Error::NotARecording { .. })
    ));
    let nowhere = folder.path().join("x.rec");
    assert!(matches!(read_all(&nowhere), Err(Error::Unreadable { .. })));
    std::os::unix::fs::symlink("/dev/zero", &nowhere).unwrap();
    assert!(matches!(
        read_all(&nowhere),
        Err(Error::NotARecording { .. })
    ));
    let socket = folder.path().join("socket.rec");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    assert!(matches!(
        read_all(&socket),
        Err(Error::NotARecording { .. })
    ));
    let pipe = folder.path().join("pipe.rec");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
    assert!(matches!(read_all(&pipe), Err(Error::NotARecording { .. })));
}

#[test]
fn a_sparse_file_of_any_size_ends_quickly() {
    let begin = std::time::Instant::now();
    let huge = 1_u64 << 40;
    for (block, expected) in [
        // The used part ends at once.
        (0, None),
        // One block that fills the file.
        (
            ((huge - 4096) / 8) << 8 | 200,
            Some("more blocks than can be read"),
        ),
    ] {
        let empty = Description::default();
        let bytes = with_word(build(&empty), head::SEGMENT_TABLE + 1, huge);
        let file = on_disk(&with_word(bytes, HEADER_BYTES / 8, block));
        fs::OpenOptions::new()
            .write(true)
            .open(&file.path)
            .unwrap()
            .set_len(huge)
            .unwrap();
        let found = read_all(&file.path);
        match expected {
            None => assert_eq!(found.unwrap(), 0),
            Some(text) => assert!(found.unwrap_err().to_string().contains(text)),
        }
    }
    assert!(begin.elapsed().as_secs() < 5, "{:?}", begin.elapsed());
}

#[test]
fn a_name_that_would_fill_the_screen_is_cut_and_what_follows_it_read() {
    let mut long = sample();
    long.functions[1].name = "n".repeat(1 << 20);
    long.functions[3].reason = "r".repeat(1 << 20);
    let file = on_disk(&build(&long));
    let mut reader = Reader::default();
    let recording = reader.read(&file.path, &Host::here()).unwrap();
    let blocks: Vec<Block<'_>> = recording.blocks().map(Result::unwrap).collect();
    assert_eq!(
        blocks.len(),
        read_all(&on_disk(&build(&sample())).path).unwrap()
    );
    let (Block::Function(named), Block::Function(impossible)) = (&blocks[1], &blocks[3]) else {
        panic!("{blocks:?}");
    };
    assert_eq!(named.name.len(), 65536);
    assert_eq!(impossible.reason.len(), 65536);
}

#[test]
fn more_functions_than_any_process_has_are_damage() {
    let many = |functions| {
        let description = Description {
            functions: vec![FunctionDescription::default(); functions],
            segment_bytes: 16 << 20,
            ..Description::default()
        };
        read_all(&on_disk(&build(&description)).path)
    };
    assert_eq!(many(1 << 18).unwrap(), 1 << 18);
    let error = many((1 << 18) + 1).unwrap_err().to_string();
    assert!(error.contains("more functions than can be read"), "{error}");
}

#[test]
fn a_reader_is_used_again_without_traces() {
    let mut reader = Reader::default();
    let host = Host::here();
    let large = on_disk(&build(&Description {
        functions: vec![FunctionDescription::default(); 3000],
        ..Description::default()
    }));
    let small = on_disk(&build(&sample()));
    let alone = read_all(&small.path).unwrap();
    assert_eq!(
        reader.read(&large.path, &host).unwrap().blocks().count(),
        3000
    );
    assert_eq!(
        reader.read(&small.path, &host).unwrap().blocks().count(),
        alone
    );
}
