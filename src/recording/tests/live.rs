//! Files that change while they are read.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{on_disk, read_all, sample};
use crate::recording::Reader;
use crate::recording::blocks::Block;
use crate::recording::layout::{RECORD_WORDS, WORD_BYTES, kind, record};
use crate::recording::process::Host;
use crate::recording::testing::{Description, build};

/// Does something to an open file again and again while `read` runs.
fn while_changing(file: &File, change: impl Fn(&File) + Sync, read: impl FnOnce()) {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                change(file);
            }
        });
        read();
        stop.store(true, Ordering::Relaxed);
    });
}

fn writable(path: &std::path::Path) -> File {
    OpenOptions::new().write(true).open(path).unwrap()
}

#[test]
fn a_file_that_shrinks_is_an_error_at_worst() {
    let bytes = build(&sample());
    let on_disk = on_disk(&bytes);
    let shrink_and_restore = |file: &File| {
        file.set_len(5000).unwrap();
        file.write_all_at(&bytes, 0).unwrap();
    };
    let whole = read_all(&on_disk.path).unwrap();
    while_changing(&writable(&on_disk.path), shrink_and_restore, || {
        for _ in 0..2000 {
            // Cut short it is damaged, or ends early where zeros were not yet replaced.
            if let Ok(blocks) = read_all(&on_disk.path) {
                assert!(blocks <= whole);
            }
        }
    });
}

#[test]
fn a_count_that_grows_is_never_half_written() {
    let mut growing = Description::default();
    growing.called("a:f", &[1]);
    let bytes = build(&growing);
    let head = (RECORD_WORDS as u64) << 8 | u64::from(kind::RECORD);
    let block = bytes
        .chunks(WORD_BYTES)
        .position(|word| word == head.to_le_bytes())
        .unwrap();
    let on_disk = on_disk(&bytes);
    let at = ((block + record::SLOTS + 1) * WORD_BYTES) as u64;
    // Both halves of the word change with every store.
    let count = std::sync::atomic::AtomicU64::new(1);
    let grow = |file: &File| {
        let half = count.fetch_add(1, Ordering::Relaxed) & 0xFFFF_FFFF;
        let word = half << 32 | half;
        file.write_all_at(&word.to_le_bytes(), at).unwrap();
    };
    let host = Host::here();
    let mut reader = Reader::default();
    let mut last = 0;
    while_changing(&writable(&on_disk.path), grow, || {
        for _ in 0..2000 {
            let recording = reader.read(&on_disk.path, &host).unwrap();
            for block in recording.blocks() {
                if let Block::Record(record) = block.unwrap() {
                    let (low, high) = (record.slots()[1] as u32, record.slots()[1] >> 32);
                    assert!(u64::from(low) == high || record.slots()[1] == 1);
                    assert!(u64::from(low) >= last);
                    last = u64::from(low);
                }
            }
        }
    });
}
