//! `probe snapshot` and `probe diff` on recordings of real programs, on the files that guard the
//! format, and on files that are no snapshots.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use common::{Context, Run, check_keys, refused, snapshot, usual_python};
use serde_json::Value;

/// Twelve functions that work, of which `SLOWER` does so three times as long, and `FAILING` fails
/// in every fourth call.
const WORK: &str = "\
import os
SLOWER, FAILING = os.environ.get('SLOWER'), os.environ.get('FAILING')
def make(name, turns):
    def work(call):
        for _ in range(turns):
            pass
        if name == FAILING and call % 4 == 0:
            raise ValueError
    work.__name__ = work.__qualname__ = name
    return work
NAMES = [f'f{index:02}' for index in range(12)]
for index, name in enumerate(NAMES):
    globals()[name] = make(name, (500 + 50 * index) * (3 if name == SLOWER else 1))
def main():
    for call in range(200):
        for name in NAMES:
            try:
                globals()[name](call)
            except ValueError:
                pass
";

fn gold_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/gold")
        .join(name)
}

/// A place with one recording whose numbers are known: the one that guards the format.
fn gold() -> Context {
    let context = Context::without_venv(usual_python());
    let folder = context.data().join("shop-0123456789ab");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(gold_file("recording-1.0.rec"), folder.join("gold.rec")).unwrap();
    context
}

/// Runs the program of a place some times and takes a snapshot of it.
fn record(context: &Context, name: &str, variables: &[(&str, &str)]) {
    let data = context.root().join(name);
    for _ in 0..3 {
        let mut python = context.python(&["-c", "import work; work.main()"]);
        python.env("PROBE_DATA_DIR", &data);
        python.envs(variables.iter().copied()).succeeds();
    }
    let file = format!("{name}.json");
    let mut take = context.probe(&["snapshot", &file, "--data-dir"]);
    take.arg(&data).succeeds();
}

fn function<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let functions = answer["functions"].as_array().unwrap();
    functions.iter().find(|it| it["name"] == name).unwrap()
}

#[test]
fn what_changed_is_named() {
    let context = Context::new();
    context.write("work.py", WORK);
    context.install(&["work:f*"]);
    record(&context, "before", &[]);
    record(&context, "after", &[("SLOWER", "f07"), ("FAILING", "f03")]);
    let answer = context
        .probe(&["diff", "before.json", "after.json", "--json"])
        .succeeds()
        .json();
    let slower = function(&answer, "work:f07");
    assert_eq!(slower["verdict"], "slower", "{slower}");
    assert!(slower["change"].as_f64().unwrap() > 1.0, "{slower}");
    assert!(slower["impact_ns"].as_f64().unwrap() > 0.0, "{slower}");
    assert_eq!(slower["before"]["calls"], 600);
    assert_eq!(answer["functions"][0]["name"], "work:f07");
    let failing = function(&answer, "work:f03");
    assert_eq!(failing["errors"], "more", "{failing}");
    assert_eq!(failing["after"]["errors"], 150);
    assert_eq!(answer["before"]["processes"], 3);
    assert_eq!(answer["tested"], 12);
    check_keys(
        &answer,
        &[
            "schema",
            "before",
            "after",
            "test",
            "errors_test",
            "level",
            "threshold",
            "drift",
            "noise",
            "noise_assumed",
            "tested",
            "functions",
        ],
    );
    let table = context
        .probe(&["diff", "before.json", "after.json"])
        .succeeds();
    let line = |name: &str| {
        table
            .stdout
            .lines()
            .find(|it| it.starts_with(name))
            .unwrap()
            .to_owned()
    };
    assert!(line("work:f07").contains("slower"), "{}", table.text());
    assert!(line("work:f03").contains("more errors"), "{}", table.text());
    // For scripts: 1 where something is worse, and only if it is asked for.
    let mut diff = context.probe(&["diff", "before.json", "after.json", "--exit-code"]);
    diff.ran().with_code(1);
    context
        .probe(&["diff", "before.json", "before.json", "--exit-code"])
        .succeeds();
}

#[test]
fn the_format_is_the_one_that_was() {
    let context = gold();
    context.probe(&["snapshot", "gold.json"]).succeeds();
    let text = fs::read_to_string(context.project().join("gold.json")).unwrap();
    let taken = text.lines().find(|it| it.contains("\"taken\"")).unwrap();
    let text = text.replace(taken, "  \"taken\": \"2026-11-29T12:00:00Z\",");
    assert_eq!(
        text,
        fs::read_to_string(gold_file("snapshot-1.json")).unwrap()
    );
    // As private as the recordings.
    let about = fs::metadata(context.project().join("gold.json")).unwrap();
    assert_eq!(about.permissions().mode() & 0o777, 0o600);
}

#[test]
fn nothing_changed() {
    let context = gold();
    fs::copy(
        gold_file("snapshot-1.json"),
        context.project().join("gold.json"),
    )
    .unwrap();
    snapshot!(context, context.probe(&["diff", "gold.json", "gold.json"]), @"
    exit code: 0
    ----- stdout -----
    before  gold.json  1 process · 2026-11-29 12:00:00 · python 3.12.1
    after   gold.json  1 process · 2026-11-29 12:00:00 · python 3.12.1
    too few functions to tell the machine's part: runs are taken to differ by 5.0 %

    no function changed

    2 with too few calls to tell (fewer than 10) (--all shows them)
    ----- stderr -----
    ");
    let mut all = context.probe(&["diff", "gold.json", "gold.json", "--all"]);
    all.env("COLUMNS", "80");
    snapshot!(context, all, @"
    exit code: 0
    ----- stdout -----
    before  gold.json  1 process · 2026-11-29 12:00:00 · python 3.12.1
    after   gold.json  1 process · 2026-11-29 12:00:00 · python 3.12.1
    too few functions to tell the machine's part: runs are taken to differ by 5.0 %

    function                        change  impact  calls     mean    p50      p99
                                                                µs     µs       µs
    shop:Cart.total  too few calls                      2    0.092  0.090    0.093
    shop:pay         too few calls                      3  334.667  2.495  999.423
    ----- stderr -----
    ");
}

#[test]
fn new_and_gone() {
    let context = gold();
    let gold = fs::read_to_string(gold_file("snapshot-1.json")).unwrap();
    context.write("before.json", &gold);
    context.write(
        "after.json",
        &gold.replace("shop:pay", "shop:\\u001b[31mpaid"),
    );
    snapshot!(context, context.probe(&["diff", "before.json", "after.json"]), @r#"
    exit code: 0
    ----- stdout -----
    before  before.json  1 process · 2026-11-29 12:00:00 · python 3.12.1
    after   after.json  1 process · 2026-11-29 12:00:00 · python 3.12.1
    too few functions to tell the machine's part: runs are taken to differ by 5.0 %

    function                   change   impact  calls     mean      p50      p99    total
                                                            µs       µs       µs       ms
    shop:\u{1b}[31mpaid  new           +1.0 ms  0 → 3  → 334.7  → 2.495  → 999.4  → 1.004
    shop:pay             gone          −1.0 ms  3 → 0  334.7 →  2.495 →  999.4 →  1.004 →

    1 with too few calls to tell (fewer than 10) (--all shows them)
    ----- stderr -----
    "#);
}

#[test]
fn a_snapshot_says_what_it_holds() {
    let context = gold();
    let before = common::Tree::of(context.root());
    snapshot!(context, context.probe(&["snapshot", "x.json", "--dry-run"]), @"
    exit code: 0
    ----- stdout -----
    would write `x.json`: 2 functions of 1 process, 1 KiB
    ----- stderr -----
    ");
    before.assert_same_as_now(context.root());
    let answer = context
        .probe(&["snapshot", "x.json", "--json"])
        .succeeds()
        .json();
    check_keys(
        &answer,
        &[
            "schema",
            "path",
            "bytes",
            "processes",
            "functions",
            "missing",
            "dry_run",
        ],
    );
    assert_eq!(
        (&answer["processes"], &answer["functions"]),
        (&1.into(), &2.into())
    );
    let bytes = fs::metadata(context.project().join("x.json"))
        .unwrap()
        .len();
    assert_eq!(answer["bytes"], bytes);
    // Behind a symlink is the file that is meant.
    symlink("x.json", context.project().join("link.json")).unwrap();
    context.write("x.json", "old");
    context.probe(&["snapshot", "link.json"]).succeeds();
    assert!(context.project().join("link.json").is_symlink());
    assert!(
        fs::read_to_string(context.project().join("x.json"))
            .unwrap()
            .len()
            > 100
    );
}

#[test]
fn what_cannot_be_written() {
    let context = gold();
    refused!(context, context.probe(&["snapshot", "."]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: `.` can't be written: it isn't a file
    hint: give the path of a file, such as `before.json`
    ");
    refused!(context, context.probe(&["snapshot", "/dev/null"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: `/dev/null` can't be written: it isn't a file
    hint: give the path of a file, such as `before.json`
    ");
    refused!(context, context.probe(&["snapshot", "none/x.json"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: there is no folder `[PROJECT]/none`
    hint: make it, or give a path in a folder that is there
    ");
    refused!(context, context.probe(&["snapshot", "x.json", "--run", "first"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: `first` is not a run
    hint: use `--run last`, `--run all`, or a process id
    ");
    refused!(context, context.probe(&["snapshot", "x.json", "--run", "99999999"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: no recording in `[ROOT]/data` is of process 99999999
    hint: choose another process, or see all of them with `--run all`
    ");
    let empty = context.root().join("empty");
    let mut take = context.probe(&["snapshot", "x.json", "--data-dir"]);
    take.arg(&empty);
    refused!(context, take, @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: nothing is recorded in `[ROOT]/empty`
    hint: install the probe with `probe install` and start a program, or start it with `probe run -- COMMAND`
    ");
}

#[test]
fn what_is_no_snapshot() {
    let context = gold();
    let gold = fs::read_to_string(gold_file("snapshot-1.json")).unwrap();
    context.write("gold.json", &gold);
    context.write(
        "later.json",
        &gold.replace("\"schema\": 1", "\"schema\": 2"),
    );
    context.write("other.json", "{\"schema\": 1, \"functions\": []}");
    context.write("half.json", &gold[..gold.len() / 2]);
    for other in ["later.json", "other.json", "half.json", "none.json", "."] {
        for arguments in [["gold.json", other], [other, "gold.json"]] {
            let mut diff = context.probe(&["diff"]);
            let code = if other == "none.json" { 3 } else { 2 };
            let ran = diff.args(arguments).ran().with_code(code);
            assert!(ran.stderr.contains("hint: "), "{}", ran.text());
            assert_eq!(ran.stdout, "");
        }
    }
    refused!(context, context.probe(&["diff", "gold.json", "later.json"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: `later.json` is a snapshot in format 2, and this probe reads format 1
    hint: compare with the probe that wrote it
    ");
    refused!(context, context.probe(&["diff", "gold.json", "half.json"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: `half.json` isn't a snapshot: EOF while parsing a string at line 11 column 44
    hint: write one with `probe snapshot FILE`
    ");
    refused!(context, context.probe(&["diff", "gold.json", "none.json"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: the snapshot `none.json` can't be read
      caused by: No such file or directory (os error 2)
    hint: write one with `probe snapshot FILE`
    ");
    refused!(context, context.probe(&["diff", "gold.json", "gold.json", "--threshold", "much"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: invalid value 'much' for '--threshold <PERCENT>': it must be a number of percent, such as 5

    For more information, try '--help'.
    ");
}
