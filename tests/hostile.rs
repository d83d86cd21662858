//! A folder of recordings in which anything may lie: `probe report` tells what the good one
//! says, warns of each kind of thing that it left out, and never hangs or dies. What any bytes do
//! to the reader is `cargo xtask fuzz`.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use common::{Context, NOBODY, Ran, Run, as_nobody, is_root, snapshot, usual_python};

/// Of the header: where the first segment's length is, in bytes.
const SEGMENT_LENGTH: u64 = 33 * 8;

/// The first block's head, in bytes.
const FIRST_BLOCK: u64 = 4096;

/// The good recording: the one that guards the format.
fn gold() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gold/recording-1.0.rec");
    fs::read(path).unwrap()
}

/// Gives a function another name of the same length.
fn rename(recording: &mut [u8], from: &[u8], to: &[u8]) {
    let mut windows = recording.windows(from.len());
    let at = windows.position(|window| window == from).unwrap();
    recording[at..at + to.len()].copy_from_slice(to);
}

/// A place with the good recording, and its folder.
fn place() -> (Context, PathBuf) {
    let context = Context::without_venv(usual_python());
    let folder = context.data().join("shop-0123456789ab");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("good.rec"), gold()).unwrap();
    (context, folder)
}

/// The report in both forms; both must tell all of the good recording. Returns what the table's
/// said.
#[track_caller]
fn reported(context: &Context, left_out: Option<usize>) -> Ran {
    let json = context.probe(&["report", "--json"]).succeeds().json();
    let functions = json["functions"].as_array().unwrap();
    let pay = functions
        .iter()
        .find(|it| it["name"] == "shop:pay")
        .unwrap();
    assert_eq!((&pay["calls"], &pay["errors"]), (&3.into(), &1.into()));
    if let Some(left_out) = left_out {
        assert_eq!(json["dropped"]["recordings"], left_out, "{json}");
    }
    let table = context.probe(&["report"]).succeeds();
    assert!(table.stdout.contains("shop:pay"), "{}", table.text());
    for run in ["last", "4711"] {
        context.probe(&["report", "--run", run]).succeeds();
    }
    table
}

#[test]
fn what_is_no_file_is_left_out_and_said() {
    let (context, folder) = place();
    fs::create_dir(folder.join("folder.rec")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, folder.join("pipe.rec"), 0o600.into()).unwrap();
    let _socket = UnixListener::bind(folder.join("socket.rec")).unwrap();
    symlink("/dev/zero", folder.join("endless.rec")).unwrap();
    symlink("good.rec", folder.join("again.rec")).unwrap();
    symlink("nowhere", folder.join("dangling.rec")).unwrap();
    snapshot!(context, context.probe(&["report"]), @"
    exit code: 0
    ----- stdout -----
    all venvs recorded below [ROOT]/data
    1 process: 1 exited · 2026-11-24 12:00:00 to 12:00:02 (2.0 s) · python shop.py · python 3.12.1 · engine python
    detail tree

    function         calls  errors   total    self     mean    p50      p90      p99     max
                                        ms      ms       µs     µs       µs       µs      ms
    shop:pay             3       1   1.004   1.004  334.667  2.495  999.423  999.423   1.000
    shop:Cart.total      2       0  <0.001  <0.001    0.092  0.090    0.093    0.093  <0.001

    2 calls had no room in the call tree, which alone lacks them
    6 recordings could not be read and are missing here
    the probe took about 4.2 µs, 0.4 % of the recorded time
    ----- stderr -----
    warning: `[ROOT]/data/shop-[HASH]/again.rec` is not a recording; remove it; the others are read without it
    warning: `[ROOT]/data/shop-[HASH]/dangling.rec` is not a recording; remove it; the others are read without it
    warning: `[ROOT]/data/shop-[HASH]/endless.rec` is not a recording; remove it; the others are read without it
    warning: `[ROOT]/data/shop-[HASH]/folder.rec` is not a recording; remove it; the others are read without it
    warning: `[ROOT]/data/shop-[HASH]/pipe.rec` is not a recording; remove it; the others are read without it
    warning: `[ROOT]/data/shop-[HASH]/socket.rec` is not a recording; remove it; the others are read without it
    ");
    reported(&context, Some(6));
}

#[test]
fn a_thousand_files_of_garbage_hide_nothing_and_fill_no_screen() {
    let (context, folder) = place();
    for number in 0..1000_usize {
        let mut bytes = gold();
        // What a broken file says of other functions is its own.
        rename(&mut bytes, b"shop:pay", b"junk:pay");
        match number % 5 {
            0 => bytes = format!("a text {number}\n").repeat(number).into_bytes(),
            1 => bytes.truncate(number * 60),
            2 => bytes = vec![0; number],
            // A newer major version.
            3 => bytes[12] = 2,
            // Another word in every one, of a block or of the header.
            _ => bytes[number * 8..][..8].fill(0xff),
        }
        fs::write(folder.join(format!("{number:04}.rec")), bytes).unwrap();
    }
    let table = reported(&context, None);
    let warnings: Vec<&str> = table.stderr.lines().collect();
    assert!(warnings.len() <= 12, "{}", table.text());
    for kind in [
        "is not a recording",
        "has no header yet",
        "has format version 2",
        "a segment past the file's end",
        "more recordings like these",
    ] {
        assert!(table.stderr.contains(kind), "{kind}: {}", table.text());
    }
}

/// Sparse files that claim to be larger than the disk: one whose used part ends at once, and
/// one of a single block.
#[test]
fn files_of_100_gigabytes_end_soon() {
    let (context, folder) = place();
    let huge = 100_u64 << 30;
    for (name, block) in [
        ("empty.rec", 0),
        ("full.rec", ((huge - FIRST_BLOCK) / 8) << 8 | 3),
    ] {
        let path = folder.join(name);
        fs::write(&path, gold()).unwrap();
        let file = OpenOptions::new().write(true).open(path).unwrap();
        file.set_len(huge).unwrap();
        file.write_all_at(&huge.to_le_bytes(), SEGMENT_LENGTH)
            .unwrap();
        file.write_all_at(&u64::to_le_bytes(block), FIRST_BLOCK)
            .unwrap();
    }
    let table = reported(&context, Some(1));
    assert!(
        table.stderr.contains("more blocks than can be read"),
        "{}",
        table.text()
    );
}

/// Cut, written anew, filled with other bytes and removed while it is read.
#[test]
fn a_file_that_changes_all_the_time_takes_nothing_from_the_others() {
    let (context, folder) = place();
    let path = folder.join("restless.rec");
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut turn = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let file = File::create(&path).unwrap();
                file.write_all_at(&gold(), 0).unwrap();
                file.write_all_at(&turn.to_le_bytes(), turn % 65_536)
                    .unwrap();
                file.set_len(turn >> 20 & 0xf_ffff).unwrap();
                if turn & 1 << 40 == 0 {
                    fs::remove_file(&path).unwrap();
                }
            }
        });
        let reports = (0..5).map(|_| context.probe(&["report", "--json"]).ran());
        let reports: Vec<Ran> = reports.collect();
        stop.store(true, Ordering::Relaxed);
        for ran in reports {
            let json = ran.with_code(0).json();
            let names = json["functions"].to_string();
            assert!(names.contains("shop:pay"), "{json}");
        }
    });
}

/// A user without rights reads what there is to read for that user, and is told of the rest.
#[test]
fn another_users_file_is_said() {
    let (context, folder) = place();
    if !is_root() {
        return;
    }
    fs::write(folder.join("theirs.rec"), gold()).unwrap();
    rustix::fs::chmod(folder.join("theirs.rec"), 0o600.into()).unwrap();
    std::os::unix::fs::chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
    std::os::unix::fs::chown(folder.join("good.rec"), Some(NOBODY), Some(NOBODY)).unwrap();
    let ran = as_nobody(&context, &["report"]).succeeds();
    assert!(
        ran.stdout.contains("shop:pay             3 "),
        "{}",
        ran.text()
    );
    assert!(
        ran.stderr
            .contains("theirs.rec` can't be read: Permission denied"),
        "{}",
        ran.text()
    );
    // Root may read it.
    let json = context.probe(&["report", "--json"]).succeeds().json();
    assert_eq!(json["dropped"]["recordings"], 0);
    assert_eq!(json["processes"].as_array().unwrap().len(), 2);
}

/// Files that claim to be one process and each other's parents: choosing the last run among
/// them took their number to the third power.
#[test]
fn a_thousand_files_of_one_process_id_are_chosen_among() {
    let (context, folder) = place();
    for number in 0..1000_u64 {
        let mut bytes = gold();
        // The start in ticks since boot, its own parent, the wall clock.
        for (word, value) in [(9, number), (13, 4711), (7, number)] {
            bytes[word * 8..][..8].copy_from_slice(&value.to_le_bytes());
        }
        fs::write(folder.join(format!("{number}.rec")), bytes).unwrap();
    }
    let report = context
        .probe(&["report", "--json", "--run", "last"])
        .succeeds();
    let json = report.json();
    let processes = json["processes"].as_array().unwrap().len();
    assert!(processes >= 1, "{json}");
}
