//! Recordings that lack something that a format is about: a call tree, times, an end, calls at all.

use crate::common::{Context, Run, snapshot};
use crate::found::{read, worked};

#[test]
fn without_a_call_tree_functions_stand_alone() {
    let context = worked(&["--detail", "time"]);
    let mut collapsed = context.probe(&["export", "collapsed"]);
    let ran = collapsed.succeeds();
    assert!(
        ran.stderr
            .contains("3 of 3 processes recorded no call tree"),
        "{}",
        ran.text()
    );
    let report = context.recorded();
    let functions = report.0["functions"].as_array().unwrap();
    assert_eq!(ran.stdout.lines().count(), functions.len());
    for function in functions {
        let line = format!(
            "{} {}",
            function["name"].as_str().unwrap(),
            function["total_ns"]
        );
        assert!(
            ran.stdout.lines().any(|it| it == line),
            "{line}\n{}",
            ran.stdout
        );
    }
    read(&context, "pstats").assert_calls_and_totals(&context);
}

#[test]
fn counts_alone_are_no_flame_graph() {
    let context = worked(&["--detail", "count"]);
    for format in ["collapsed", "flamegraph"] {
        let ran = context.probe(&["export", format]).ran().with_code(3);
        assert!(
            ran.stderr.contains("record with `--detail tree`"),
            "{}",
            ran.text()
        );
        assert_eq!(ran.stdout, "");
    }
    for format in ["pstats", "speedscope"] {
        let found = read(&context, format);
        for function in context.recorded().0["functions"].as_array().unwrap() {
            let name = function["name"].as_str().unwrap();
            assert_eq!(found.functions[name]["calls"], function["calls"]);
        }
    }
}

/// A call that hasn't ended has no time, but what it called has, and a caller.
#[test]
fn a_killed_process_is_exported_too() {
    const APP: &str = "\
import os, signal

def leaf():
    pass

def f():
    leaf()
    leaf()
    os.kill(os.getpid(), signal.SIGKILL)
";
    let context = Context::new();
    context.write("app.py", APP);
    context.install(&["app:*"]);
    context.python(&["-c", "import app; app.f()"]).ran();
    let pstats = read(&context, "pstats");
    pstats.assert_agrees(&context, &["calls"]);
    assert_eq!(pstats.functions["app:f"]["calls"], 0);
    assert_eq!(pstats.functions["app:leaf"]["called"]["app:f"], 2);
    let collapsed = context.probe(&["export", "collapsed"]).succeeds();
    assert!(
        collapsed.stdout.starts_with("app:f;app:leaf "),
        "{}",
        collapsed.text()
    );
    assert_eq!(collapsed.stdout.lines().count(), 1);
}

#[test]
fn what_is_too_deep_counts_where_its_way_ends() {
    const APP: &str = "\
import sys
sys.setrecursionlimit(10_000)

def f(depth):
    return depth and f(depth - 1)
";
    let context = Context::new();
    context.write("app.py", APP);
    context.install(&["app:f"]);
    context
        .python(&["-c", "import app; app.f(1499)"])
        .succeeds();
    let ran = context.probe(&["export", "collapsed"]).succeeds();
    assert!(
        ran.stderr.contains("deeper than 1000 calls"),
        "{}",
        ran.stderr
    );
    let deepest = ran.stdout.lines().map(|line| line.matches(';').count());
    assert_eq!(deepest.max(), Some(999));
    let report = context.recorded();
    let sum = ran.stdout.lines().map(|line| {
        let (_, own) = line.rsplit_once(' ').unwrap();
        own.parse::<u64>().unwrap()
    });
    assert_eq!(report.0["functions"][0]["self_ns"], sum.sum::<u64>());
    read(&context, "speedscope").assert_agrees(&context, &["calls", "self_ns"]);
}

#[test]
fn nothing_recorded_and_nothing_called() {
    let context = Context::installed();
    snapshot!(context, context.probe(&["export", "json"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: nothing is recorded in `[ROOT]/data/project-[HASH]`
    hint: install the probe with `probe install` and start a program, or start it with `probe run -- COMMAND`
    ");
    context.write("app.py", "def f(): pass\n");
    context.python(&["-c", "import app"]).succeeds();
    for format in [
        "pstats",
        "callgrind",
        "speedscope",
        "pprof",
        "collapsed",
        "flamegraph",
    ] {
        let ran = context.probe(&["export", format]).ran().with_code(3);
        assert!(ran.stderr.contains("nothing"), "{}", ran.text());
    }
}
