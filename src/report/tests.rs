//! From files on disk to the model and its views, against numbers counted by hand.

mod folded;
mod hostile;
mod running;
mod views;

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;

use crate::recording::process::{Host, State};
use crate::recording::testing::{Description, FunctionDescription, NodeDescription, build};
use crate::report::collect::{self, Parts};
use crate::report::json::Report;
use crate::report::model::{Function, Model};
use crate::report::page;
use views::plain;

/// A system whose boot is that of most descriptions, and whose processes can't be asked.
const HOST: Host = Host {
    boot_id: Some([7; 16]),
    pid_namespace: None,
};

pub(super) fn model_of(descriptions: &[Description]) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..descriptions.len())
        .map(|index| folder.path().join(format!("{index:04}.rec")))
        .collect();
    for (path, description) in paths.iter().zip(descriptions) {
        fs::write(path, build(description)).unwrap();
    }
    collect::read(&paths, &HOST, Parts { tree: true }, &|_| {})
}

pub(super) fn named<'a>(model: &'a Model, name: &str) -> &'a Function {
    model.functions.iter().find(|it| it.name == name).unwrap()
}

/// A process that was killed: it is of an earlier boot and left no exit.
fn killed(pid: u32) -> Description {
    Description {
        pid,
        boot_id: [6; 16],
        exited_wall: None,
        started_wall: Description::default().started_wall + 1_000_000_000,
        ..Description::default()
    }
}

/// Three processes of a shop: one exited, one was killed in a call, one is still running.
pub(super) fn shop() -> Vec<Description> {
    let mut exited = Description {
        own_cost: 850_000,
        ..Description::default()
    };
    exited
        .called("shop.orders:pay", &[1_500_000, 2_500_000, 1_000_000])
        .errors = 1;
    exited.called("shop.cart:Cart.total", &[9_000, 9_500, 12_000, 8_100]);
    exited.called("shop.stream:rows", &[40_000_000]).active = 3_000_000;
    exited.functions[2].shape = 1;
    // The cart's calls were made by the payment.
    exited.nodes = vec![
        NodeDescription {
            parent: None,
            function: 0,
            calls: 3,
            total: 5_000_000,
            own: 4_961_400,
        },
        NodeDescription {
            parent: Some(0),
            function: 1,
            calls: 4,
            total: 38_600,
            own: 38_600,
        },
    ];
    for record in &mut exited.records[..2] {
        (record.total, record.own) = (0, 0);
    }
    exited.functions.push(FunctionDescription {
        name: "shop.admin:never".to_owned(),
        mechanism: 2,
        target: 1,
        ..FunctionDescription::default()
    });
    exited.functions.push(FunctionDescription {
        name: "_json:scanner".to_owned(),
        impossible: true,
        reason: "a method of an immutable type".to_owned(),
        ..FunctionDescription::default()
    });

    let mut killed = killed(4712);
    killed.called("shop.orders:pay", &[7_000_000]).begun = 2;
    killed.stopped = 1;
    killed.dropped_nodes = 3;

    let mut running = Description {
        pid: 4713,
        exited_wall: None,
        detail: 2,
        argv: vec![
            "python".to_owned(),
            "-m".to_owned(),
            "shop\u{1b}[31m".to_owned(),
        ],
        ..Description::default()
    };
    running.called("shop.orders:pay", &[3_000_000]).begun = 5;
    vec![exited, killed, running]
}

#[test]
fn processes_are_added_up_by_function() {
    let model = model_of(&shop());
    let pay = named(&model, "shop.orders:pay");
    assert_eq!((pay.calls, pay.errors, pay.in_flight), (5, 1, 1 + 4));
    let time = pay.time.unwrap();
    assert_eq!(time.total_ns, 5_000_000 + 7_000_000 + 3_000_000);
    // Without the process that recorded no tree.
    assert_eq!(time.self_ns, Some(4_961_400 + 7_000_000));
    assert_eq!(time.active_ns, None);
    assert_eq!((time.min_ns, time.max_ns), (1_000_000, 7_000_000));
    assert_eq!(time.mean_ns, 3_000_000.0);
    assert!((time.percentiles.p50 / 2_500_000.0 - 1.0).abs() < 0.032);
    assert!((time.percentiles.p99 / 7_000_000.0 - 1.0).abs() < 0.032);

    let total = named(&model, "shop.cart:Cart.total").time.unwrap();
    assert_eq!((total.total_ns, total.self_ns), (38_600, Some(38_600)));
    let rows = named(&model, "shop.stream:rows").time.unwrap();
    assert_eq!(
        (rows.total_ns, rows.active_ns),
        (40_000_000, Some(3_000_000))
    );

    let states: Vec<(u32, State)> = model
        .processes
        .iter()
        .map(|it| (it.pid, it.state))
        .collect();
    assert_eq!(
        states,
        [
            (4711, State::Exited),
            (4713, State::Running),
            (4712, State::Killed)
        ]
    );
    assert_eq!(model.overhead_ns, 8 * 850);
    assert_eq!(model.dropped.nodes, 3);
    assert_eq!(model.stopped[0].pid, 4712);
    assert_eq!(
        model.unfinished[0].calls,
        [("shop.orders:pay".to_owned(), 1)]
    );
}

#[test]
fn the_probes_own_cost_is_each_process_s_own() {
    let process = |own_cost, times: &[u64]| {
        let mut process = Description {
            own_cost,
            detail: 2,
            ..Description::default()
        };
        process.called("a:f", times);
        process.called("a:g", &times[..1]);
        process
    };
    // 3 calls of 250.5 ns, 4 of 100 ns, and 2 of a cost that nobody knows.
    let model = model_of(&[
        process(250_500, &[4_000, 3_000]),
        process(100_000, &[5_000, 1_000, 2_000]),
        process(0, &[1_000]),
    ]);
    assert_eq!(model.overhead_ns, 751 + 400);
    assert!(
        plain(&model, 120).contains("the probe took about 1.2 µs, 4.4 % of the recorded time"),
        "{}",
        plain(&model, 120)
    );
}

#[test]
fn repaired_stacks_are_told() {
    let repaired = |stack_troubles| Description {
        stack_troubles,
        ..Description::default()
    };
    let model = model_of(&[repaired(2), repaired(1)]);
    assert_eq!(model.dropped.stacks, 3);
    let text = plain(&model, 120);
    assert!(
        text.contains("3 call stacks had no room or were repaired"),
        "{text}"
    );
}

#[test]
fn what_was_hooked_is_known_whether_called_or_not() {
    let model = model_of(&shop());
    let hooked: Vec<(&str, u64, Option<&str>)> = model
        .hooked
        .iter()
        .map(|it| (it.name.as_str(), it.calls, it.why_impossible.as_deref()))
        .collect();
    assert_eq!(
        hooked,
        [
            ("_json:scanner", 0, Some("a method of an immutable type")),
            ("shop.admin:never", 0, None),
            ("shop.cart:Cart.total", 4, None),
            ("shop.orders:pay", 5, None),
            ("shop.stream:rows", 1, None),
        ]
    );
    assert_eq!(
        (model.hooked[1].target_index, model.hooked[1].mechanism),
        (1, 2)
    );
    assert!(model.functions.iter().all(|it| it.calls > 0));
}

#[test]
fn calls_that_were_only_counted_have_no_time() {
    let mut counted = Description {
        detail: 1,
        ..Description::default()
    };
    let record = counted.called("a:f", &[]);
    (record.begun, record.counted) = (7, 7);
    let model = model_of(&[counted]);
    let f = named(&model, "a:f");
    assert_eq!((f.calls, f.time), (7, None));
    let json = serde_json::to_value(Report::new(&model, None, &[f])).unwrap();
    assert_eq!(json["functions"][0]["total_ns"], serde_json::Value::Null);
    assert_eq!(json["functions"][0]["p99_ns"], serde_json::Value::Null);
    let text = plain(&model, 80);
    assert!(text.contains("function  calls  errors\na:f"), "{text}");
}

#[test]
fn shards_of_one_function_are_one() {
    let mut sharded = killed(1);
    sharded.called("a:f", &[10, 20]).begun = 4;
    let mut other = sharded.records[0].clone();
    // Began in the other thread, ended in this one.
    (other.shard, other.begun, other.times) = (1, 1, vec![5, 40, 50]);
    sharded.records.push(other);
    let model = model_of(&[sharded]);
    let f = named(&model, "a:f");
    assert_eq!((f.calls, f.in_flight), (5, 0));
    assert_eq!(f.time.unwrap().min_ns, 5);
    assert_eq!(f.time.unwrap().max_ns, 50);
}

#[test]
fn a_damaged_recording_is_left_out_whole_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("good.rec");
    let bad = folder.path().join("bad.rec");
    let shop = shop();
    fs::write(&good, build(&shop[0])).unwrap();
    let mut bytes = build(&shop[0]);
    // The last record's head, after everything else was found right.
    let head = (6144_u64 / 8) << 8 | 2;
    let last = bytes
        .chunks(8)
        .rposition(|word| word == head.to_le_bytes())
        .unwrap();
    bytes[last * 8] = 3;
    fs::write(&bad, bytes).unwrap();
    let gone = folder.path().join("gone.rec");
    let model = collect::read(
        &[bad.clone(), good, gone],
        &HOST,
        Parts { tree: true },
        &|_| {},
    );
    assert_eq!(named(&model, "shop.orders:pay").calls, 3);
    assert_eq!(model.processes.len(), 1);
    assert_eq!((model.dropped.recordings, model.skipped.len()), (1, 1));
    let error = model.skipped[0].to_string();
    assert!(error.contains(bad.to_str().unwrap()), "{error}");
}

#[test]
fn ids_without_a_function_are_counted_as_dropped() {
    let mut odd = Description::default();
    odd.called("a:f", &[1]).function = 77;
    odd.nodes.push(NodeDescription {
        parent: None,
        function: 99,
        calls: 1,
        total: 1,
        own: 1,
    });
    let model = model_of(&[odd]);
    assert_eq!(model.functions, []);
    assert_eq!(model.dropped.functions, 2);
}

#[test]
fn numbers_beyond_a_word_stay_at_its_end() {
    let mut hostile = Description {
        clock_multiplier: u64::MAX,
        own_cost: u64::MAX,
        dropped_functions: u64::MAX,
        ..killed(1)
    };
    let record = hostile.called("a:f", &[u64::MAX - 1, 1]);
    (record.total, record.begun, record.counted) = (u64::MAX, u64::MAX, u64::MAX);
    let again = record.clone();
    hostile.records.push(again);
    let model = model_of(&[hostile.clone(), hostile]);
    let f = named(&model, "a:f");
    assert_eq!((f.calls, f.time.unwrap().total_ns), (u64::MAX, u64::MAX));
    assert_eq!(
        (model.overhead_ns, model.dropped.functions),
        (u64::MAX, u64::MAX)
    );
    assert!(!plain(&model, 120).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the threads do: the model of many files is that of one file with all calls.
    #[test]
    fn many_recordings_are_as_one(
        calls in proptest::collection::vec((0_usize..4, 1_u64..1 << 40), 1..200),
        files in 1_usize..40,
    ) {
        let mut apart = vec![Description::default(); files];
        let mut together = Description::default();
        for function in 0..4 {
            let name = format!("a:f{function}");
            let of = |file: Option<usize>| -> Vec<u64> {
                let with_index = calls.iter().enumerate();
                with_index
                    .filter(|(index, it)| it.0 == function && file.is_none_or(|file| index % files == file))
                    .map(|(_, it)| it.1)
                    .collect()
            };
            together.called(&name, &of(None));
            for (file, description) in apart.iter_mut().enumerate() {
                description.called(&name, &of(Some(file)));
            }
        }
        let (apart, together) = (model_of(&apart), model_of(&[together]));
        prop_assert_eq!(&apart.functions, &together.functions);
        prop_assert_eq!(apart.hooked, together.hooked);
        let sum: u64 = apart.functions.iter().map(|it| it.calls).sum();
        prop_assert_eq!(sum, calls.len() as u64);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_a_report_fail(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u64>()), 1..40),
        only_small: bool,
    ) {
        let mut bytes = build(&shop()[0]);
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap() / 8;
        for (index, value) in changes {
            let at = index.index(used) * 8;
            let value = if only_small { value % 512 } else { value };
            bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.rec");
        fs::write(&path, bytes).unwrap();
        let model = collect::read(&[path], &HOST, Parts { tree: true }, &|_| {});
        prop_assert_eq!(model.processes.len() + model.skipped.len(), 1);
        let is_plain = plain(&model, 100).chars().all(|c| c == '\n' || !c.is_control());
        prop_assert!(is_plain);
        let functions: Vec<&Function> = model.functions.iter().collect();
        serde_json::to_string(&Report::new(&model, None, &functions)).unwrap();
        let about = page::About { heading: "", read_at: 0 };
        let text = page::render(&page::data(&model, about)).unwrap();
        prop_assert_eq!(text.matches("</script>").count(), 2);
    }
}
