//! The reader on files of all kinds; here is what its tests share.

mod gold;
mod hostile;
mod live;
mod roundtrip;

use std::fs;
use std::path::{Path, PathBuf};

use crate::recording::blocks::Block;
use crate::recording::process::Host;
use crate::recording::testing::{
    Description, FunctionDescription, NodeDescription, ThreadDescription,
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
        frames: vec![(5, 0), (6, 1)],
    });
    sample
}
