//! `probe export`: each format read by what it is made for, where that is light, against what
//! `report --json` says of the same recordings. The rest (browsers, servers, pprof) is
//! `cargo xtask consumers`.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Stdio;

use common::{Context, Run, has_callgrind_annotate, has_promtool, pythons, refused, snapshot};
use serde_json::{Map, Value};

/// What reads exports.
const READER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/exports/read.py");

/// Functions of `work.py` in which a call of themselves is within another.
const RECURSIVE: [&str; 3] = ["work:fibonacci", "work:ping", "work:pong"];

/// A place in which three processes worked.
fn worked(arguments: &[&str]) -> Context {
    let context = Context::new();
    context.write("work.py", include_str!("exports/work.py"));
    let mut run = context.probe(&["run", "-t", "work:**"]);
    run.args(arguments)
        .arg("--")
        .arg(context.venv().join("bin/python"))
        .arg("work.py")
        .succeeds();
    context
}

/// Writes an export into a file.
fn exported(context: &Context, format: &str) -> PathBuf {
    let path = context.project().join(format);
    context
        .probe(&["export", format, "-o"])
        .arg(&path)
        .succeeds();
    path
}

/// What a consumer made of an export.
struct Found {
    functions: Map<String, Value>,
    all: Value,
}

fn read(context: &Context, format: &str) -> Found {
    let path = exported(context, format);
    read_by(context, &context.python.path, format, &path)
}

fn read_by(context: &Context, python: &PathBuf, format: &str, path: &PathBuf) -> Found {
    let mut reader = context.command(python);
    reader.args(["-I", READER, format]).arg(path);
    let mut found = reader.succeeds().json();
    Found {
        functions: std::mem::take(found["functions"].as_object_mut().unwrap()),
        all: found["all"].take(),
    }
}

impl Found {
    /// Fails where these figures aren't those of the report, or of other functions.
    #[track_caller]
    fn assert_agrees(&self, context: &Context, keys: &[&str]) {
        let report = context.recorded();
        let functions = report.0["functions"].as_array().unwrap();
        if !keys.is_empty() {
            assert_eq!(self.functions.len(), functions.len());
        }
        for function in functions {
            let name = function["name"].as_str().unwrap();
            for key in keys {
                // What the format leaves out where nothing is known is null in the report.
                let found = self.functions[name].get(*key).and_then(Value::as_f64);
                assert_eq!(found, function[*key].as_f64(), "{key} of {name}");
            }
        }
        for key in ["calls", "self_ns"] {
            if let Some(sum) = self.all.get(key) {
                let all = functions.iter().map(|it| it[key].as_u64().unwrap_or(0));
                assert_eq!(sum, all.sum::<u64>(), "{key} of all");
            }
        }
    }
}

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
        // Bounds are written in other forms.
        let lines = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.contains("_bucket"));
        let mut lines: Vec<String> = lines.map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    };
    let found = samples("openmetrics");
    assert_eq!(found, samples("prometheus"));
    assert!(found.len() > 50);
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

#[test]
fn binary_formats_are_kept_from_a_terminal() {
    const TERMINAL: &str =
        "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    let context = Context::used();
    for format in ["pstats", "pprof"] {
        let mut python = context.command(&context.python.path);
        python
            .args(["-I", "-c", TERMINAL, env!("CARGO_BIN_EXE_probe")])
            .args(["export", format]);
        let ran = python.ran().with_code(2);
        assert!(
            ran.stdout
                .contains(&format!("probe export {format} -o FILE")),
            "{}",
            ran.text()
        );
        let mut into_pipe = context.probe(&["export", format, "-o", "-"]);
        let output = into_pipe.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success());
        assert_eq!(output.stdout, fs::read(exported(&context, format)).unwrap());
    }
}

#[test]
fn a_file_is_replaced_and_nothing_else() {
    let context = Context::used();
    let old = context.write("old.csv", "old");
    fs::set_permissions(&old, PermissionsExt::from_mode(0o640)).unwrap();
    snapshot!(context, context.probe(&["export", "csv", "-o", "old.csv"]), @"
    exit code: 0
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    wrote csv into `old.csv`
    ");
    assert!(fs::read_to_string(&old).unwrap().contains("app:f,1,0"));
    assert_eq!(
        fs::metadata(&old).unwrap().permissions().mode() & 0o777,
        0o640
    );
    symlink(&old, context.project().join("link.csv")).unwrap();
    refused!(context, context.probe(&["export", "csv", "-o", "link.csv"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: `link.csv` is a symlink, and only a file is replaced
    hint: name another file
    ");
    refused!(context, context.probe(&["export", "csv", "-o", "."]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: `.` is a folder, and only a file is replaced
    hint: name another file
    ");
    refused!(context, context.probe(&["export", "csv", "-o", "/dev/null"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: `/dev/null` is a device, pipe or socket, and only a file is replaced
    hint: name another file
    ");
    refused!(context, context.probe(&["export", "csv", "-o", "nowhere/file"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: can't write `nowhere/file`
      caused by: No such file or directory (os error 2)
    ");
}

#[test]
fn a_full_disk_is_told() {
    let context = Context::used();
    let mut shell = context.command("sh");
    let script = format!(
        "exec {:?} export csv > /dev/full",
        env!("CARGO_BIN_EXE_probe")
    );
    shell.args(["-c", &script]);
    snapshot!(context, shell, @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: stdout can't be written: No space left on device (os error 28)
    ");
}

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

impl Found {
    #[track_caller]
    fn assert_calls_and_totals(&self, context: &Context) {
        for function in context.recorded().0["functions"].as_array().unwrap() {
            let found = &self.functions[function["name"].as_str().unwrap()];
            assert_eq!(found["calls"], function["calls"]);
            assert_eq!(found["total_ns"], function["total_ns"]);
        }
    }
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
