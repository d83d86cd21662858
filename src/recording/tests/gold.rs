//! A file of version 1.0 that must stay readable.

use std::path::Path;

use crate::recording::blocks::{Block, Function, Node, Shape};
use crate::recording::layout::SLOTS;
use crate::recording::process::{Host, State};
use crate::recording::{Reader, Recording};

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
            name: "shop:never".into(),
            reason: "".into(),
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
    let frames: Vec<_> = thread.frames().map(|it| (it.since, it.node)).collect();
    assert_eq!(frames, [(5, 0), (6, 1)]);
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

/// An archive of version 1.0 with that recording in it, which must stay readable too.
#[test]
fn the_gold_archive_of_version_1_0_is_read() {
    let gold = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gold");
    let host = Host {
        boot_id: None,
        pid_namespace: None,
    };
    let (mut own, mut folded) = (Reader::default(), Reader::default());
    let own = own.read(&gold.join("recording-1.0.rec"), &host).unwrap();
    let path = gold.join("archive-1.0.fold/recording-1.0.rec");
    let folded = folded.read(&path, &host).unwrap();
    assert_eq!(folded.state, State::Exited);
    assert_eq!(folded.header, own.header);
    let blocks = |it: &Recording<'_>| format!("{:?}", it.blocks().collect::<Vec<_>>());
    assert_eq!(blocks(&folded), blocks(&own));
}
