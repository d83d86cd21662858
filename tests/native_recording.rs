//! What the native engine's writer writes, the command line's reader reads: the writer itself,
//! from its own sources, without a Python.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

/// The writer's own clock and files; its unit tests run here too, which costs little.
#[allow(dead_code, unreachable_pub)]
#[path = "../assets/native/src/clock/mod.rs"]
mod clock;
#[allow(dead_code, unreachable_pub)]
#[path = "../assets/native/src/recording/mod.rs"]
mod recording;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use probe::latency::slot_of;
use probe::recording::Reader;
use probe::recording::blocks::{Block, Function, Shape};
use probe::recording::header::{Detail, Engine, Stop};
use probe::recording::layout::record;
use probe::recording::process::{Host, State};
use probe::report::collect::{self, Parts};
use recording::{Facts, Full, Limits, Places, Recording};

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let private = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(folder.path(), private).unwrap();
    folder
}

fn facts(folder: &Path, bytes: u64) -> Facts {
    Facts {
        places: Places {
            chosen: folder.to_owned(),
            user: rustix::process::geteuid().as_raw(),
            ..Places::default()
        },
        detail: 3,
        python: u64::from(u32::from_be_bytes([3, 13, 0, 15])),
        interpreter_bits: 0,
        limits: Limits {
            functions: 1 << 20,
            nodes: 1 << 20,
            bytes,
        },
    }
}

/// What the engine does at the end of a call, as the format says it.
fn call_ended(record: *mut u64, ticks: u64) {
    // SAFETY: the block has 768 words.
    let words = unsafe { std::slice::from_raw_parts_mut(record, 768) };
    words[record::BEGUN] += 1;
    words[record::LEAST] = words[record::LEAST].max(!ticks);
    words[record::MOST] = words[record::MOST].max(ticks);
    words[record::TOTAL] += ticks;
    words[record::SELF] += ticks;
    words[record::SLOTS + slot_of(ticks)] += 1;
}

#[test]
fn the_reader_finds_all_that_was_written() {
    let folder = folder();
    let mut it = Recording::create(&facts(folder.path(), 1 << 30)).unwrap();
    it.function(0, b"shop.cart:add", 0, 1, 3, b"").unwrap();
    it.function(1, "shop.cart:größe".as_bytes(), 2, 0, 6, b"")
        .unwrap();
    it.function(2, b"shop.cart:scan", 0, 0, 0, b"an immutable type")
        .unwrap();
    call_ended(it.record(0).unwrap(), 1000);
    let thread = it.thread().unwrap();
    let (root, words) = it.node(-1, 0).unwrap();
    let (child, _) = it.node(i64::from(root), 1).unwrap();
    // SAFETY: a node has 4 words, a thread's block 260.
    unsafe {
        *words.add(1) = 7;
        *thread.add(1) = 99;
        *thread.add(2) = 1;
        *thread.add(4) = 5;
        *thread.add(5) = u64::from(child) + 1;
    }
    it.set_own_cost(25_000);

    let mut reader = Reader::default();
    let read = reader.read(it.path(), &Host::here()).unwrap();
    assert_eq!(read.state, State::Running);
    let header = &read.header;
    assert_eq!((header.minor, header.engine), (1, Engine::Native));
    assert_eq!((header.detail, header.stopped), (Detail::Tree, None));
    assert_eq!(header.pid, std::process::id());
    assert_eq!(header.parent, std::os::unix::process::parent_id());
    assert_eq!(header.python.to_string(), "3.13.0");
    assert_eq!(header.own_cost, 25_000);
    assert!(header.recording && header.cpython && !header.free_threaded);
    let arguments: Vec<String> = std::env::args().collect();
    assert_eq!(header.argv, arguments);
    let blocks: Vec<Block<'_>> = read.blocks().map(Result::unwrap).collect();
    let [
        Block::Function(add),
        Block::Function(size),
        Block::Function(scan),
        Block::Record(record),
        Block::Thread(thread),
        Block::Nodes(nodes),
    ] = &blocks[..]
    else {
        panic!("{blocks:?}");
    };
    let function =
        |id, shape, target, mechanism, name: &'static str, reason: &'static str| Function {
            id,
            shape,
            impossible: !reason.is_empty(),
            target,
            mechanism,
            name: name.into(),
            reason: reason.into(),
        };
    assert_eq!(
        *add,
        function(0, Shape::Function, 1, 3, "shop.cart:add", "")
    );
    let named = function(1, Shape::Coroutine, 0, 6, "shop.cart:größe", "");
    assert_eq!(*size, named);
    let why = "an immutable type";
    let impossible = function(2, Shape::Function, 0, 0, "shop.cart:scan", why);
    assert_eq!(*scan, impossible);
    assert_eq!((record.least(), record.most()), (Some(1000), 1000));
    assert_eq!((thread.id, thread.in_use), (99, true));
    let frames: Vec<_> = thread.frames().map(|it| (it.since, it.node)).collect();
    assert_eq!(frames, [(5, u64::from(child))]);
    let nodes: Vec<_> = nodes.iter().map(Result::unwrap).collect();
    assert_eq!((nodes[0].parent, nodes[0].calls), (None, 7));
    assert_eq!((nodes[1].parent, nodes[1].function), (Some(root), 1));

    it.end();
    let read = reader.read(it.path(), &Host::here()).unwrap();
    assert_eq!(read.state, State::Exited);
    assert!(read.header.exited_wall >= Some(read.header.started_wall));
}

#[test]
fn a_report_tells_the_times_that_passed() {
    let folder = folder();
    let mut it = Recording::create(&facts(folder.path(), 1 << 30)).unwrap();
    it.function(0, b"shop:sleep", 0, 0, 3, b"").unwrap();
    let record = it.record(0).unwrap();
    // One pair of looks at the system's clock within each call, one around it.
    let (mut within, mut around) = (Vec::new(), Vec::new());
    for milliseconds in [5, 10, 20] {
        let outer = Instant::now();
        let begin = clock::now();
        let inner = Instant::now();
        std::thread::sleep(Duration::from_millis(milliseconds));
        within.push(inner.elapsed().as_nanos() as u64);
        let end = clock::now();
        around.push(outer.elapsed().as_nanos() as u64);
        call_ended(record, clock::since(begin, end));
    }
    // A killed process leaves the ratio as it was by the latest slow moment.
    it.refine_clock();
    let model = collect::read(
        &[it.path().to_owned()],
        &Host::here(),
        Parts { tree: true },
        &|_| {},
    );
    let time = model.functions[0].time.unwrap();
    for (found, least, most) in [
        (time.min_ns, within.iter().min(), around.iter().min()),
        (time.max_ns, within.iter().max(), around.iter().max()),
        (
            time.total_ns,
            Some(&within.iter().sum()),
            Some(&around.iter().sum()),
        ),
    ] {
        let (least, most) = (*least.unwrap(), *most.unwrap());
        assert!(
            least - least / 100 <= found && found <= most + most / 100,
            "{found} between {least} and {most}"
        );
    }
    assert_eq!(model.functions[0].calls, 3);
}

#[test]
fn many_segments_are_read_and_a_limit_is_told() {
    let folder = folder();
    let mut it = Recording::create(&facts(folder.path(), 20 << 20)).unwrap();
    let mut made = 0;
    while it.function(made, format!("m:f{made}").as_bytes(), 0, 0, 3, b"") == Ok(()) {
        match it.record(made) {
            Ok(record) => call_ended(record, 1000),
            Err(Full) => break,
        }
        it.node(-1, made).unwrap();
        made += 1;
    }
    assert!(made > 2000, "{made}");
    let mut reader = Reader::default();
    let read = reader.read(it.path(), &Host::here()).unwrap();
    assert_eq!(read.header.stopped, Some(Stop::Limit));
    assert_eq!(read.header.segments.len(), 10);
    let (mut functions, mut records, mut nodes) = (0, 0, 0);
    for block in read.blocks() {
        match block.unwrap() {
            Block::Function(_) => functions += 1,
            Block::Record(_) => records += 1,
            Block::Nodes(block) => nodes += block.iter().map(Result::unwrap).count(),
            Block::Thread(_) => panic!("there are no threads"),
        }
    }
    assert_eq!((functions, records), (made + 1, made));
    assert_eq!(nodes, made as usize);
}
