//! The reader against the test writer, against hostile bytes, and against a file of version
//! 1.0 that must stay readable.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;

use crate::recording::blocks::{Block, Function, Node, Shape};
use crate::recording::layout::{HEADER_BYTES, SLOTS, head};
use crate::recording::process::{Host, State};
use crate::recording::testing::{
    Description, FunctionDescription, NodeDescription, RecordDescription, ThreadDescription, build,
    naive_slot,
};
use crate::recording::{Error, Reader};

/// A folder with one file of these bytes.
struct OnDisk {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn on_disk(bytes: &[u8]) -> OnDisk {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.rec");
    fs::write(&path, bytes).unwrap();
    OnDisk {
        _folder: folder,
        path,
    }
}

fn with_word(mut bytes: Vec<u8>, word: usize, value: u64) -> Vec<u8> {
    bytes[word * 8..word * 8 + 8].copy_from_slice(&value.to_le_bytes());
    bytes
}

/// Reads everything there is; the number of blocks.
fn read_all(path: &Path) -> Result<usize, Error> {
    let host = Host::here();
    let mut reader = Reader::default();
    let recording = reader.read(path, &host)?;
    let mut count = 0;
    for block in recording.blocks() {
        count += 1;
        if let Block::Nodes(nodes) = block.map_err(|damage| recording.damaged(damage))? {
            for node in nodes.iter() {
                node.map_err(|damage| recording.damaged(damage))?;
            }
        }
    }
    Ok(count)
}

/// What was read, in the form of what was to be written.
fn read_back(path: &Path, like: &Description) -> Description {
    let host = Host::here();
    let mut reader = Reader::default();
    let recording = reader.read(path, &host).unwrap();
    let header = &recording.header;
    let mut back = Description {
        clock_multiplier: header.clock.multiplier,
        clock_shift: u64::from(header.clock.shift),
        started_ticks: header.started_ticks,
        started_wall: header.started_wall,
        pid: header.pid,
        process_start: header.process_start,
        boot_id: header.boot_id,
        pid_namespace: header.pid_namespace,
        parent: header.parent,
        exited_wall: header.exited_wall,
        dropped_functions: header.dropped_functions,
        dropped_nodes: header.dropped_nodes,
        own_cost: header.own_cost,
        host: header.host.clone(),
        argv: header.argv.clone(),
        functions: Vec::new(),
        records: Vec::new(),
        nodes: Vec::new(),
        threads: Vec::new(),
        ..like.clone()
    };
    for block in recording.blocks() {
        match block.unwrap() {
            Block::Function(it) => back.functions.push(FunctionDescription {
                shape: it.shape as u32,
                impossible: it.impossible,
                target: it.target,
                mechanism: it.mechanism,
                name: it.name,
                reason: it.reason,
            }),
            Block::Record(it) => {
                let times = &like.records[back.records.len()].times;
                let mut slots = vec![0; it.slots().len()];
                times.iter().for_each(|time| slots[naive_slot(*time)] += 1);
                assert_eq!(it.slots(), slots);
                assert_eq!(it.least(), times.iter().min().copied());
                assert_eq!(it.most(), times.iter().max().copied().unwrap_or(0));
                back.records.push(RecordDescription {
                    function: it.function(),
                    shard: it.shard(),
                    begun: it.begun(),
                    total: it.total(),
                    own: it.own(),
                    active: it.active(),
                    errors: it.errors(),
                    counted: it.counted(),
                    times: times.clone(),
                });
            }
            Block::Nodes(nodes) => {
                for node in nodes.iter() {
                    let node = node.unwrap();
                    assert_eq!(node.id as usize, back.nodes.len());
                    back.nodes.push(NodeDescription {
                        parent: node.parent,
                        function: node.function,
                        calls: node.calls,
                        total: node.total,
                        own: node.own,
                    });
                }
            }
            Block::Thread(it) => back.threads.push(ThreadDescription {
                id: it.id,
                in_use: it.in_use,
                past: it.past,
                frames: it.frames.to_vec(),
            }),
        }
    }
    back
}

fn functions() -> impl Strategy<Value = Vec<FunctionDescription>> {
    let one = (
        "[a-z.:ä<>]{0,40}",
        "[a-z ]{0,20}",
        0_u32..4,
        any::<bool>(),
        any::<u32>(),
    );
    let one = one.prop_map(
        |(name, reason, shape, impossible, target)| FunctionDescription {
            shape,
            impossible,
            target,
            mechanism: target % 6,
            name,
            reason,
        },
    );
    proptest::collection::vec(one, 1..40)
}

fn records() -> impl Strategy<Value = Vec<RecordDescription>> {
    let one = (
        any::<[u32; 7]>(),
        // The complement of the greatest word would mean that there is no least.
        proptest::collection::vec(0..u64::MAX, 0..20),
    );
    let one = one.prop_map(|(numbers, times)| {
        let [function, shard, begun, total, own, active, errors] = numbers.map(u64::from);
        RecordDescription {
            function,
            shard,
            begun,
            total,
            own,
            active,
            errors,
            counted: begun ^ total,
            times,
        }
    });
    proptest::collection::vec(one, 0..24)
}

fn nodes() -> impl Strategy<Value = Vec<NodeDescription>> {
    proptest::collection::vec((any::<u32>(), any::<[u64; 3]>()), 0..150).prop_map(|all| {
        let with_id = all.into_iter().enumerate();
        with_id
            .map(|(id, (any, [calls, total, own]))| NodeDescription {
                parent: any.checked_rem(id as u32),
                function: any,
                calls,
                total,
                own,
            })
            .collect()
    })
}

fn threads() -> impl Strategy<Value = Vec<ThreadDescription>> {
    let frames = proptest::collection::vec(1_u64.., 0..=12);
    let one = (any::<u64>(), any::<bool>(), frames);
    let one = one.prop_map(|(id, in_use, frames)| ThreadDescription {
        id,
        in_use,
        past: id >> 60,
        frames,
    });
    proptest::collection::vec(one, 0..6)
}

fn descriptions() -> impl Strategy<Value = Description> {
    let lists = (functions(), records(), nodes(), threads());
    let header = (
        any::<[u64; 8]>(),
        proptest::collection::vec("[a-zé -]{0,12}", 0..6),
        1_u64..3,
    );
    (lists, header).prop_map(
        |((functions, records, nodes, threads), (n, argv, segment))| Description {
            clock_multiplier: n[0] | 1,
            clock_shift: n[0] % 64,
            started_ticks: n[1],
            started_wall: n[2],
            pid: n[3] as u32,
            process_start: n[4],
            parent: n[5] as u32,
            dropped_functions: n[6],
            dropped_nodes: n[7],
            argv,
            segment_bytes: segment * 65536,
            unknown: vec![(200, 3), (77, 0)],
            functions,
            records,
            nodes,
            threads,
            ..Description::default()
        },
    )
}

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
    fn what_is_written_is_read_back(description in descriptions()) {
        let file = on_disk(&build(&description));
        prop_assert_eq!(read_back(&file.path, &description), description);
    }

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

/// A small recording with something of everything.
fn sample() -> Description {
    let mut sample = Description {
        detail: 3,
        own_cost: 850_000,
        dropped_nodes: 2,
        ..Description::default()
    };
    sample.called("shop:pay", &[1_500, 2_500, 1_000_000]).errors = 1;
    sample.called("shop:Cart.total", &[90, 95]);
    sample.functions.push(FunctionDescription {
        name: "shop:never".to_owned(),
        mechanism: 1,
        shape: 2,
        ..FunctionDescription::default()
    });
    sample.functions.push(FunctionDescription {
        name: "_json:scan".to_owned(),
        impossible: true,
        reason: "an immutable type".to_owned(),
        ..FunctionDescription::default()
    });
    sample.nodes = vec![
        NodeDescription {
            parent: None,
            function: 0,
            calls: 3,
            total: 1_004_000,
            own: 1_003_815,
        },
        NodeDescription {
            parent: Some(0),
            function: 1,
            calls: 2,
            total: 185,
            own: 185,
        },
    ];
    for record in &mut sample.records {
        (record.total, record.own) = (0, 0);
    }
    sample.threads.push(ThreadDescription {
        id: 99,
        in_use: true,
        past: 0,
        frames: vec![1 << 44 | 5, 2 << 44 | 6],
    });
    sample
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
    use crate::exit::Diagnose;
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
    assert!(matches!(read_all(&nowhere), Err(Error::Unreadable { .. })));
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

/// The file was written by version 1.0 of the format and is never written anew: a reader that
/// can't read it has broken what people have on their disks.
#[test]
fn the_gold_recording_of_version_1_0_is_read() {
    let gold = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gold/recording-1.0.rec");
    let host = Host {
        boot_id: None,
        pid_namespace: None,
    };
    let mut reader = Reader::default();
    let recording = reader.read(&gold, &host).unwrap();
    assert_eq!(recording.state, State::Exited);
    let header = &recording.header;
    assert_eq!(header.argv, ["python", "shop.py"]);
    assert_eq!(header.python.to_string(), "3.12.1");
    assert_eq!(
        (header.pid, header.parent, header.dropped_nodes),
        (4711, 1, 2)
    );
    assert_eq!(header.own_cost, 850_000);

    let blocks: Vec<Block<'_>> = recording.blocks().map(Result::unwrap).collect();
    assert_eq!(blocks.len(), 8);
    let Block::Function(never) = &blocks[2] else {
        panic!("{:?}", blocks[2]);
    };
    assert_eq!(
        *never,
        Function {
            id: 2,
            shape: Shape::Coroutine,
            impossible: false,
            target: 0,
            mechanism: 1,
            name: "shop:never".to_owned(),
            reason: String::new(),
        }
    );
    let Block::Function(scan) = &blocks[3] else {
        panic!("{:?}", blocks[3]);
    };
    assert!(scan.impossible);
    assert_eq!(scan.reason, "an immutable type");
    let Block::Thread(thread) = blocks[4] else {
        panic!("{:?}", blocks[4]);
    };
    assert_eq!((thread.id, thread.in_use), (99, true));
    assert_eq!(thread.frames, [1 << 44 | 5, 2 << 44 | 6]);
    let Block::Nodes(nodes) = blocks[5] else {
        panic!("{:?}", blocks[5]);
    };
    let nodes: Vec<Node> = nodes.iter().map(Result::unwrap).collect();
    assert_eq!(nodes.len(), 2);
    assert_eq!((nodes[1].parent, nodes[1].function), (Some(0), 1));
    assert_eq!((nodes[0].total, nodes[0].own), (1_004_000, 1_003_815));
    let Block::Record(pay) = blocks[6] else {
        panic!("{:?}", blocks[6]);
    };
    assert_eq!((pay.begun(), pay.errors()), (3, 1));
    assert_eq!((pay.least(), pay.most()), (Some(1_500), 1_000_000));
    assert_eq!(pay.slots().len(), SLOTS);
    let counts: Vec<(usize, u64)> = pay
        .slots()
        .iter()
        .copied()
        .enumerate()
        .filter(|it| it.1 > 0)
        .collect();
    assert_eq!(counts, [(119, 1), (131, 1), (270, 1)]);
}
