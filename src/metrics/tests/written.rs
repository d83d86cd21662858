//! How metrics are written: whole texts, names by the conventions, and that no name of a function
//! ends its label or passes for another's.

use std::collections::BTreeSet;

use super::*;
use crate::report::model::Function;

/// What [`shop`](super::shop) has, a generator and a process that was seen to its end, with a call
/// tree.
fn whole_shop() -> Model {
    let mut exited = Description {
        own_cost: 850_000,
        dropped_nodes: 3,
        ..Description::default()
    };
    exited
        .called("shop.orders:pay", &[1_500_000, 2_500_000])
        .errors = 1;
    exited.called("shop.stream:rows", &[40_000_000]).active = 3_000_000;
    exited.functions[1].shape = 1;
    let mut counted = Description {
        detail: 1,
        exited_wall: None,
        ..Description::default()
    };
    let rate = counted.called("shop.rates:rate", &[]);
    (rate.counted, rate.begun) = (7, 9);
    let mut killed = Description {
        boot_id: [6; 16],
        exited_wall: None,
        ..Description::default()
    };
    killed.called("shop.orders:pay", &[7_000_000]).begun = 2;
    model(&[exited, counted, killed])
}

/// A text without the program's version, and with the buckets of one function, which show what all
/// look like.
fn shown(text: &str) -> String {
    let kept = |line: &&str| !line.contains("_bucket") || line.contains("shop.orders:");
    let lines: Vec<&str> = text.lines().filter(kept).collect();
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    lines.join("\n").replace(&version, "version=\"[VERSION]\"")
}

#[test]
fn prometheus_as_a_whole() {
    insta::assert_snapshot!(shown(&text::prometheus(&families(&whole_shop()))));
}

#[test]
fn openmetrics_as_a_whole() {
    insta::assert_snapshot!(shown(&text::openmetrics(&families(&whole_shop()))));
}

#[test]
fn each_function_has_its_figures() {
    let model = whole_shop();
    let families = families(&model);
    let family = |name: &str| families.iter().find(|it| it.name == name).unwrap();
    for (name, of) in [
        ("probe_calls", (|it| it.calls) as fn(&Function) -> u64),
        ("probe_call_errors", |it| it.errors),
    ] {
        let samples = &family(name).samples;
        assert_eq!(samples.len(), model.functions.len());
        for (sample, function) in samples.iter().zip(&model.functions) {
            assert_eq!(sample.value, Value::Integer(of(function)));
            assert_eq!(sample.labels[0], ("function", function.name.clone()));
            let (label, module) = &sample.labels[1];
            assert_eq!(*label, "module");
            assert!(function.name.starts_with(&format!("{module}:")));
        }
    }
    let timed = model.functions.iter().filter(|it| it.time.is_some());
    let durations = &family("probe_call_duration_seconds").samples;
    assert_eq!(durations.len(), 2, "one is only counted");
    for (sample, function) in durations.iter().zip(timed) {
        let Value::Distribution(found) = &sample.value else {
            panic!("{sample:?}");
        };
        assert_eq!(found.count, function.calls);
        let nanoseconds = (found.sum_seconds * 1e9).round() as u64;
        assert_eq!(nanoseconds, function.time.unwrap().total_ns);
    }
}

#[test]
fn names_are_those_of_metrics_and_no_two_are_the_same() {
    let families = families(&whole_shop());
    let mut names = BTreeSet::new();
    for family in &families {
        let name = family.name;
        assert!(name.starts_with("probe_"));
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        // OpenMetrics keeps these for what samples are called.
        for suffix in ["_total", "_created", "_count", "_sum", "_bucket", "_info"] {
            assert!(!name.ends_with(suffix), "{name}");
        }
        if let Some(unit) = family.unit {
            assert!(name.ends_with(&format!("_{unit}")), "{name}");
        }
        assert!(family.help.ends_with('.') && !family.samples.is_empty());
        assert!(names.insert(name.to_owned()), "{name}");
        // Where its samples have a name of their own, that isn't another family's either.
        if family.sample_name() != name {
            assert!(names.insert(family.sample_name()), "{name}");
        }
    }
}

/// What a reader makes of the first label's value, and what follows it.
fn unescaped(labels: &str) -> (String, &str) {
    let mut chars = labels.char_indices();
    let mut value = String::new();
    loop {
        match chars.next().unwrap() {
            (_, '\\') => value.push(match chars.next().unwrap().1 {
                'n' => '\n',
                other => other,
            }),
            (at, '"') => return (value, &labels[at + 1..]),
            (_, other) => value.push(other),
        }
    }
}

#[test]
fn no_name_ends_its_label() {
    let mut it = Description::default();
    it.called("a:\"} 1\nevil 2\\", &[1]);
    let families = families(&model(&[it]));
    let label = r#"probe_calls_total{function="a:\"} 1\\nevil 2\\\\",module="a"} 1"#;
    for text in [text::prometheus(&families), text::openmetrics(&families)] {
        assert!(text.lines().any(|line| line == label), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("evil")));
    }
}

proptest! {
    /// The writer alone, which gets labels that nobody made harmless.
    #[test]
    fn a_label_is_read_as_it_was(value in "[\\\\\"\n{},a-c\u{1b}é=]{0,12}") {
        let family = Family {
            name: "probe_calls",
            help: "A \\ and a\nline.",
            kind: Kind::Counter,
            unit: None,
            samples: vec![Sample {
                labels: vec![("function", value.clone()), ("module", "a".to_owned())],
                value: Value::Integer(1),
            }],
        };
        let family = [family];
        for text in [text::prometheus(&family), text::openmetrics(&family)] {
            let samples = lines(&text, "probe_calls_total{");
            prop_assert_eq!(samples.len(), 1);
            prop_assert!(text.contains(" A \\\\ and a\\nline.\n"));
            let labels = samples[0].strip_prefix("probe_calls_total{function=\"").unwrap();
            let (found, rest) = unescaped(labels);
            prop_assert_eq!(&found, &value);
            prop_assert_eq!(rest, ",module=\"a\"} 1");
        }
    }

    /// A series that came twice would make a scraper refuse all of them.
    #[test]
    fn two_names_are_two_series(names in proptest::collection::btree_set(
        "[\\\\un{}1ba:~\n\u{1b}\u{9b}\u{202e}\"]{1,8}", 1..8,
    )) {
        let mut it = Description::default();
        for name in &names {
            it.called(name, &[1]);
        }
        let model = model(&[it]);
        let text = text::prometheus(&families(&model));
        let series: BTreeSet<&str> = lines(&text, "probe_calls_total{").into_iter().collect();
        prop_assert_eq!(series.len(), model.functions.len());
        prop_assert_eq!(series.len(), names.len());
    }
}
