//! What the test writer wrote is read back equal, whatever it is.

use std::path::Path;

use proptest::prelude::*;

use super::on_disk;
use crate::recording::Reader;
use crate::recording::blocks::Block;
use crate::recording::process::Host;
use crate::recording::testing::{
    Description, FunctionDescription, NodeDescription, RecordDescription, ThreadDescription, build,
    naive_slot,
};

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
                name: it.name.into_owned(),
                reason: it.reason.into_owned(),
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
                frames: it
                    .frames()
                    .map(|frame| (frame.since, frame.node as u32))
                    .collect(),
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
            mechanism: target % 7,
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
    let frames = proptest::collection::vec((any::<u64>(), 0..u32::MAX), 0..=6);
    let one = (any::<u64>(), any::<bool>(), frames);
    let one = one.prop_map(|(id, in_use, frames)| ThreadDescription {
        id,
        in_use,
        past: id >> 60,
        frames,
    });
    proptest::collection::vec(one, 0..6)
}

pub(super) fn descriptions() -> impl Strategy<Value = Description> {
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read_back(description in descriptions()) {
        let file = on_disk(&build(&description));
        prop_assert_eq!(read_back(&file.path, &description), description);
    }
}
