//! From recordings to metrics in each form, and counters that never fall.

mod written;

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use prost::Message;

use super::distribution::{BOUNDS, bound};
use super::ledger::Ledger;
use super::protobuf::message::{MetricFamily, MetricType};
use super::*;
use crate::recording::fold::fold;
use crate::recording::process::{Host, State};
use crate::recording::store::Folder;
use crate::recording::testing::{Description, build};
use crate::report::Model;
use crate::report::collect::{self, Parts};

/// A system whose boot is that of most descriptions, and whose processes can't be asked.
const HOST: Host = Host {
    boot_id: Some([7; 16]),
    pid_namespace: None,
};

fn write(folder: &Path, name: &str, description: &Description) -> PathBuf {
    let path = folder.join(format!("{name}.rec"));
    fs::write(&path, build(description)).unwrap();
    path
}

fn read(paths: &[PathBuf]) -> Model {
    collect::read(paths, &HOST, Parts::default(), &|_| {})
}

fn model(descriptions: &[Description]) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let named = descriptions.iter().enumerate();
    let paths: Vec<PathBuf> = named
        .map(|(index, it)| write(folder.path(), &format!("{index:04}"), it))
        .collect();
    read(&paths)
}

/// A process that was killed in a call, and one that runs and is in two.
fn shop() -> Model {
    let mut killed = Description {
        boot_id: [6; 16],
        exited_wall: None,
        detail: 2,
        own_cost: 500_000,
        ..Description::default()
    };
    killed.called("shop:pay", &[2_000_000, 3_000_000]).begun = 3;
    let mut running = Description {
        exited_wall: None,
        detail: 2,
        ..Description::default()
    };
    let pay = running.called("shop:pay", &[1_000_000_000]);
    (pay.begun, pay.errors) = (3, 1);
    running.called("shop:a \"b\"\\c\n\u{1b}[2J", &[7]);
    model(&[killed, running])
}

/// The lines that hold this text.
fn lines<'a>(text: &'a str, part: &str) -> Vec<&'a str> {
    text.lines().filter(|line| line.contains(part)).collect()
}

#[test]
fn as_prometheus_text() {
    let text = text::prometheus(&families(&shop()));
    assert_eq!(
        lines(&text, "probe_calls_total"),
        [
            "# HELP probe_calls_total Calls that ended.",
            "# TYPE probe_calls_total counter",
            r#"probe_calls_total{function="shop:a \"b\"\\\\c\\n\\u{1b}[2J",module="shop"} 1"#,
            r#"probe_calls_total{function="shop:pay",module="shop"} 3"#,
        ]
    );
    // Those that a killed process was in aren't on their way.
    assert!(text.contains("probe_calls_in_flight{function=\"shop:pay\",module=\"shop\"} 2\n"));
    let buckets = lines(&text, r#"_bucket{function="shop:pay""#);
    assert_eq!(buckets.len(), BOUNDS.len() + 1);
    assert!(
        buckets[0].ends_with(r#"module="shop",le="1e-07"} 0"#),
        "{}",
        buckets[0]
    );
    assert!(
        text.contains(r#"function="shop:pay",module="shop",le="0.0025"} 1"#),
        "{text}"
    );
    assert!(
        text.contains(r#"function="shop:pay",module="shop",le="0.005"} 2"#),
        "{text}"
    );
    assert!(
        text.contains(r#"function="shop:pay",module="shop",le="+Inf"} 3"#),
        "{text}"
    );
    assert!(text.contains(
        "probe_call_duration_seconds_sum{function=\"shop:pay\",module=\"shop\"} 1.005\n"
    ));
    assert!(text.contains("probe_call_errors_total{function=\"shop:pay\",module=\"shop\"} 1\n"));
    assert!(text.contains("probe_processes{state=\"killed\"} 1\n"));
    assert!(text.contains("# TYPE probe_build_info gauge\n"));
    assert!(text.contains("probe_overhead_seconds_total 1e-6\n"));
    assert!(!text.contains('\x1b'));
}

#[test]
fn as_openmetrics() {
    let text = text::openmetrics(&families(&shop()));
    assert!(
        text.starts_with("# TYPE probe_calls counter\n# HELP probe_calls Calls"),
        "{text}"
    );
    let duration = "probe_call_duration_seconds";
    let unit =
        format!("# TYPE {duration} histogram\n# UNIT {duration} seconds\n# HELP {duration} ");
    assert!(text.contains(&unit), "{text}");
    assert!(text.contains("# TYPE probe_build info\n"));
    assert!(text.contains(&format!(
        "probe_build_info{{version=\"{}\"}} 1\n",
        env!("CARGO_PKG_VERSION")
    )));
    assert!(text.ends_with("\n# EOF\n"));
    // Samples of a family stand together, and each comes once.
    let mut samples: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let all = samples.len();
    samples.sort_unstable();
    samples.dedup_by_key(|line| line.rsplit_once(' ').unwrap().0);
    assert_eq!(samples.len(), all);
}

/// The messages of a body.
fn decoded(mut bytes: &[u8]) -> Vec<MetricFamily> {
    let mut families = Vec::new();
    while !bytes.is_empty() {
        families.push(MetricFamily::decode_length_delimited(&mut bytes).unwrap());
    }
    families
}

#[test]
fn as_protobuf_with_native_histograms() {
    let families = decoded(&protobuf::encode(&families(&shop())));
    let calls = &families[0];
    assert_eq!(calls.name.as_deref(), Some("probe_calls_total"));
    assert_eq!(calls.r#type, Some(MetricType::Counter as i32));
    assert_eq!(calls.metric[1].counter.unwrap().value, Some(3.0));
    let duration = families
        .iter()
        .find(|it| it.unit.as_deref() == Some("seconds"))
        .unwrap();
    let pay = duration.metric[1].histogram.as_ref().unwrap();
    assert_eq!((pay.sample_count, pay.sample_sum), (Some(3), Some(1.005)));
    assert_eq!(pay.bucket[13].cumulative_count, Some(1));
    // 2 ms, 3 ms and 1 s: three buckets apart from each other, one call in each.
    assert_eq!(pay.positive_span.len(), 3);
    assert_eq!(pay.positive_delta, [1, 0, 0]);
    let mut index = 0;
    for (span, seconds) in pay.positive_span.iter().zip([0.002, 0.003, 1.0]) {
        index += span.offset.unwrap();
        assert_eq!(span.length, Some(1));
        assert!(seconds <= bound(index) * 1.032, "{seconds} in {index}");
        assert!(seconds > bound(index - 1) / 1.032, "{seconds} in {index}");
        index += 1;
    }
}

#[test]
fn extreme_clocks_and_sums_have_a_form() {
    for (clock_multiplier, clock_shift) in [(u64::MAX, 0), (1, 63), (1, 0)] {
        let mut it = Description {
            clock_multiplier,
            clock_shift,
            ..Description::default()
        };
        let record = it.called("a:f", &[0, 1, 1 << 40, u64::MAX >> 10]);
        (record.begun, record.errors, record.counted) = (u64::MAX, u64::MAX, u64::MAX);
        record.own = u64::MAX;
        let families = families(&model(&[it.clone(), it]));
        for format in [Format::Text, Format::OpenMetrics, Format::Protobuf] {
            assert!(!format.encode(&families).is_empty());
        }
        let text = text::prometheus(&families);
        assert!(
            text.contains("duration_seconds_count{function=\"a:f\",module=\"a\"} 8\n"),
            "{text}"
        );
        for no_number in [" NaN", " inf"] {
            assert!(!text.contains(no_number), "{text}");
        }
    }
}

#[test]
fn what_is_folded_after_it_was_counted_is_not_counted_twice() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..70 {
        let mut it = Description {
            pid: number + 1,
            ..Description::default()
        };
        it.called("a:f", &[1000]);
        let path = folder.path().join(format!("{number:03}.rec"));
        fs::write(path, build(&it)).unwrap();
    }
    let store = Folder {
        path: folder.path().to_owned(),
    };
    let mut ledger = Ledger::default();
    let own = store.recordings().unwrap();
    ledger.settle(read(&own));
    fold(folder.path(), &HOST, &|_, _| {}).unwrap();
    let folded = store.recordings().unwrap();
    assert_ne!(folded, own);
    ledger.keep(&folded);
    assert!(folded.iter().all(|path| ledger.has(path)));
    let all = ledger.with(&read(&[]));
    assert_eq!((all.processes.len(), all.functions[0].calls), (70, 70));
}

proptest! {
    // Each case reads files.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn spans_and_deltas_say_each_bucket_once(
        times in proptest::collection::vec(0_u64..1 << 40, 1..60),
    ) {
        let mut it = Description::default();
        it.called("a:f", &times);
        let model = model(&[it]);
        let families = families(&model);
        let native = families.iter().find_map(|it| match &it.samples[0].value {
            Value::Distribution(it) => Some(it.exponential()),
            _ => None,
        }).unwrap();
        let bytes = protobuf::encode(&families);
        let families = decoded(&bytes);
        let histogram = families.iter().find_map(|it| it.metric[0].histogram.as_ref()).unwrap();
        let (mut index, mut count, mut deltas) = (0, 0, histogram.positive_delta.iter());
        let mut found = Vec::new();
        for span in &histogram.positive_span {
            index += span.offset.unwrap();
            for _ in 0..span.length.unwrap() {
                count += deltas.next().unwrap();
                found.push((index, count as u64));
                index += 1;
            }
        }
        prop_assert!(deltas.next().is_none());
        prop_assert_eq!(found, Vec::from_iter(native.buckets));
        prop_assert_eq!(histogram.zero_count, Some(native.zero));
    }

    /// Whatever ends and is removed between looks, the ledger's sums are those of all that ever was.
    #[test]
    fn counters_are_those_of_all_that_ever_was(
        processes in proptest::collection::vec(
            (proptest::collection::vec(1_u64..1 << 30, 1..5), 0_usize..4, 0_usize..4), 1..6),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let describe = |times: &[u64], ended: bool| {
            let mut it = Description::default();
            it.called("a:f", times).errors = 1;
            it.exited_wall = it.exited_wall.filter(|_| ended);
            it
        };
        let mut ledger = Ledger::default();
        let mut last = 0;
        for look in 0..8 {
            let mut store = Vec::new();
            for (index, (times, runs, stays)) in processes.iter().enumerate() {
                let path = folder.path().join(format!("{index}.rec"));
                if look <= *runs {
                    let some = &times[..times.len().min(look + 1)];
                    fs::write(&path, build(&describe(some, false))).unwrap();
                } else if look <= runs + 1 + stays {
                    // A process that has ended is looked at once at least.
                    fs::write(&path, build(&describe(times, true))).unwrap();
                } else {
                    continue;
                }
                store.push(path);
            }
            ledger.keep(&store);
            let (ended, running): (Vec<PathBuf>, Vec<PathBuf>) = store
                .iter()
                .filter(|path| !ledger.has(path))
                .cloned()
                .partition(|path| read(std::slice::from_ref(path)).processes[0].state != State::Running);
            ledger.settle(read(&ended));
            let all = ledger.with(&read(&running));
            prop_assert_eq!(all.processes.len(), store.len());
            prop_assert!(all.functions[0].calls >= last);
            last = all.functions[0].calls;
        }
        let whole: Vec<Description> =
            processes.iter().map(|(times, ..)| describe(times, true)).collect();
        let (all, whole) = (ledger.with(&Model::default()), model(&whole));
        let (found, right) = (&all.functions[0], &whole.functions[0]);
        prop_assert_eq!(&found.latencies, &right.latencies);
        prop_assert_eq!((found.calls, found.errors), (right.calls, right.errors));
        prop_assert_eq!(found.time.unwrap().total_ns, right.time.unwrap().total_ns);
        prop_assert_eq!(found.time.unwrap().max_ns, right.time.unwrap().max_ns);
    }
}
