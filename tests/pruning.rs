//! `probe prune`, and recordings that reports fold: what goes, what stays, what is said.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use common::{Context, Run, check_keys, many, snapshot};

fn processes(context: &Context) -> usize {
    context.recorded().processes().len()
}

#[test]
fn reports_fold_many_recordings_and_say_the_same_before_and_after() {
    let context = many(80);
    let report = || {
        let answer = context.probe(&["report", "--json"]).succeeds();
        assert!(!answer.stderr.contains("warning"), "{}", answer.stderr);
        answer.json()
    };
    let first = report();
    let names: Vec<_> = fs::read_dir(context.store())
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "venv")
        .collect();
    assert_eq!(names, ["01010101-0000.fold"]);
    assert_eq!(first["processes"].as_array().unwrap().len(), 80);
    assert_eq!(report(), first);
    // Whatever a run leaves beside it is read as ever.
    context.run_app();
    assert_eq!(processes(&context), 81);
    let one = context
        .probe(&["report", "--run", "7", "--json"])
        .succeeds();
    assert_eq!(one.json()["processes"].as_array().unwrap().len(), 1);
    let store = context.store();
    context.probe(&["uninstall", "--purge"]).succeeds();
    assert!(!store.exists());
}

/// Two thirds of 120 processes ended longer ago than this.
const OLD: [&str; 3] = ["prune", "--older-than", "47h"];

#[test]
fn what_is_older_goes() {
    let context = many(120);
    let dry = [&OLD[..], &["--dry-run"]].concat();
    snapshot!(context, context.probe(&dry), @"
    exit code: 0
    ----- stdout -----
    would remove 80 recordings (5.2 MB) of [ROOT]/data/project-[HASH], kept 40 recordings (2.6 MB)
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    assert_eq!(context.recordings().len(), 120);
    context.probe(&OLD).succeeds();
    assert_eq!(processes(&context), 40);
}

#[test]
fn what_is_older_goes_from_folded_ones_too() {
    let context = many(120);
    assert_eq!(processes(&context), 120);
    assert!(context.recordings().is_empty());
    let json = [&OLD[..], &["--json"]].concat();
    let answer = context.probe(&json).succeeds().json();
    let keys = [
        "schema",
        "venv",
        "dry_run",
        "removed",
        "removed_bytes",
        "kept",
        "kept_bytes",
    ];
    check_keys(&answer, &keys);
    let counts = [&answer["removed"], &answer["kept"]].map(serde_json::Value::as_u64);
    assert_eq!(counts, [Some(80), Some(40)]);
    assert_eq!(processes(&context), 40);
    context.probe(&["prune", "--larger-than", "0b"]).succeeds();
    context.probe(&["report"]).ran().with_code(3);
}

#[test]
fn the_oldest_go_until_there_is_room_and_what_runs_stays() {
    let context = many(100);
    let mut running = context.python(&["-c", "import app, sys; app.f(); sys.stdin.read()"]);
    let mut running = running.stdin(Stdio::piped()).spawn().unwrap();
    while context.recordings().len() == 100 {
        std::thread::sleep(Duration::from_millis(5));
    }
    context.probe(&["prune", "--larger-than", "0b"]).succeeds();
    assert_eq!(context.recordings().len(), 1);
    drop(running.stdin.take());
    assert!(running.wait().unwrap().success());
    assert_eq!(processes(&context), 1);
}

#[test]
fn without_a_limit_it_is_wrong_usage() {
    let context = Context::used();
    snapshot!(context, context.probe(&["prune"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: nothing says what is to be kept
    hint: give a limit, such as `--older-than 30d` or `--larger-than 1GB`; or install with `--keep-for 30d` or `--keep-size 1GB`, and reports remove what is old by themselves
    ");
    snapshot!(context, context.probe(&["prune", "--older-than", "soon"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: invalid value 'soon' for '--older-than <AGE>': an age is a number and s, m, h, d or w, such as `30d`

    For more information, try '--help'.
    ");
}
