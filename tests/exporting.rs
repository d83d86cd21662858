//! `probe export`: each format read by what it is made for, where that is light, against what
//! `report --json` says of the same recordings. The rest (browsers, servers, pprof) is
//! `cargo xtask consumers`.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "exports/found.rs"]
mod found;
#[path = "exports/in_part.rs"]
mod in_part;
#[path = "exports/into_files.rs"]
mod into_files;

use std::fs;

use common::{Run, has_callgrind_annotate, has_promtool, pythons};
use found::{exported, read, read_by, worked};

/// Functions of `work.py` in which a call of themselves is within another.
const RECURSIVE: [&str; 3] = ["work:fibonacci", "work:ping", "work:pong"];

#[test]
fn json_is_the_report() {
    let context = worked(&[]);
    let report = context.probe(&["report", "--json"]).succeeds();
    let export = context.probe(&["export", "json"]).succeeds();
    assert_eq!(export.stdout, report.stdout);
    assert_eq!(report.json()["processes"].as_array().unwrap().len(), 3);
}

#[test]
fn csv_has_all_figures_of_the_report() {
    let context = worked(&[]);
    let keys = [
        "calls",
        "errors",
        "total_ns",
        "self_ns",
        "min_ns",
        "max_ns",
        "mean_ns",
        "p50_ns",
        "p90_ns",
        "p99_ns",
        "active_ns",
        "in_flight",
    ];
    read(&context, "csv").assert_agrees(&context, &keys);
}

#[test]
fn pstats_of_every_python_reads_the_same() {
    let context = worked(&[]);
    let report = context.recorded();
    let path = exported(&context, "pstats");
    for python in pythons() {
        let found = read_by(&context, &python.path, "pstats", &path);
        found.assert_agrees(&context, &["calls", "self_ns"]);
        for function in report.0["functions"].as_array().unwrap() {
            let name = function["name"].as_str().unwrap();
            let read = &found.functions[name];
            if RECURSIVE.contains(&name) {
                assert!(
                    read["primitive"].as_u64() < read["calls"].as_u64(),
                    "{name}"
                );
                assert!(
                    read["total_ns"].as_u64() < function["total_ns"].as_u64(),
                    "{name}"
                );
            } else {
                assert_eq!(read["primitive"], read["calls"], "{name}");
                assert_eq!(read["total_ns"], function["total_ns"], "{name}");
            }
        }
        let called = &found.functions["work:leaf"]["called"];
        assert_eq!(called["work:Cart.total"], 60);
        assert_eq!(called["work:rows"], 9);
        // Of `ping(7)`, four calls are within others.
        assert_eq!(found.functions["work:ping"]["primitive"], 3);
        assert_eq!(found.functions["work:ping"]["calls"], 12);
    }
}

#[test]
fn callgrind_annotate_tells_the_same() {
    if !has_callgrind_annotate() {
        return;
    }
    let context = worked(&[]);
    let found = read(&context, "callgrind");
    found.assert_agrees(&context, &["calls", "self_ns"]);
    let inclusive = |name: &str| found.functions[name]["inclusive_ns"].as_u64().unwrap();
    // All is below the one function that nobody calls, and what recurs is counted once.
    assert_eq!(
        inclusive("work:main"),
        found.all["self_ns"].as_u64().unwrap()
    );
    let own = |name: &str| found.functions[name]["self_ns"].as_u64().unwrap();
    assert_eq!(inclusive("work:fibonacci"), own("work:fibonacci"));
    assert!(inclusive("work:ping") > inclusive("work:pong"));
    assert!(inclusive("work:ping") + own("work:main") < found.all["self_ns"].as_u64().unwrap());
}

#[test]
fn promtool_has_nothing_to_say() {
    if !has_promtool() {
        return;
    }
    let context = worked(&[]);
    let found = read(&context, "prometheus");
    let keys = [
        "calls",
        "errors",
        "in_flight",
        "total_ns",
        "self_ns",
        "active_ns",
    ];
    found.assert_agrees(&context, &keys);
    for (name, figures) in &found.functions {
        assert_eq!(figures["timed"], figures["calls"], "{name}");
    }
}

#[test]
fn openmetrics_has_the_samples_of_prometheus() {
    let context = worked(&[]);
    let samples = |format: &str| {
        let text = fs::read_to_string(exported(&context, format)).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let mut lines: Vec<String> = lines.map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    };
    let found = samples("openmetrics");
    assert_eq!(found, samples("prometheus"));
    assert!(found.len() > 300);
}

#[test]
fn inferno_reads_collapsed_stacks() {
    let context = worked(&[]);
    let path = exported(&context, "collapsed");
    let mut options = inferno::flamegraph::Options::default();
    options.count_name = "ns".to_owned();
    let svg = context.project().join("by-inferno.svg");
    let file = fs::File::create(&svg).unwrap();
    inferno::flamegraph::from_files(&mut options, &[path], file).unwrap();
    let by_inferno = read_by(&context, &context.python.path, "flamegraph", &svg);
    let ours = read(&context, "flamegraph");
    // What would be narrower than a tenth of a pixel isn't drawn, and counts in the whole.
    assert_eq!(by_inferno.functions, ours.functions);
    assert!(ours.functions.len() > 5);
    for found in [by_inferno, ours] {
        found.assert_agrees(&context, &[]);
        assert_eq!(
            found.functions["work:main"]["widest_ns"],
            found.all["self_ns"]
        );
    }
}

#[test]
fn speedscope_has_each_functions_own_time() {
    let context = worked(&[]);
    let found = read(&context, "speedscope");
    found.assert_agrees(&context, &["calls", "self_ns"]);
}
