//! `probe uninstall --purge`: recordings, the registry, and what other things in their folders keep.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{Context, Run, Tree, check_keys, refused, snapshot};

#[test]
fn recordings_stay_unless_they_are_purged() {
    let context = Context::used();
    context.probe(&["uninstall"]).succeeds();
    assert_eq!(context.recorded().calls("app:f"), 1);
    snapshot!(context, context.probe(&["uninstall", "--purge"]), @"
    exit code: 0
    ----- stdout -----
    removed the recordings, 2 files
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    context.probe(&["report"]).ran().with_code(3);
    let left = walkdir::WalkDir::new(context.data()).into_iter();
    let left: Vec<_> = left
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|it| it == "rec"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn all_with_purge_leaves_nothing() {
    let context = Context::used();
    let gone = context.root().join("gone");
    fs::rename(context.venv(), &gone).unwrap();
    let mut make = context.command(&context.python.path);
    make.args(["-m", "venv", "--without-pip"])
        .arg(context.venv());
    make.succeeds();
    let before = Tree::of(&context.venv());
    context.install(&["app:f"]);
    context.python(&["-c", "import app; app.f()"]).succeeds();
    // A second venv, which recorded, and is gone.
    let other = context.root().join("other");
    for data in [context.data(), other.clone()] {
        let mut install = context.probe(&["install", "-t", "app:f", "--venv"]);
        install.arg(&gone).arg("--data-dir").arg(&data).succeeds();
        let mut python = context.command(gone.join("bin/python"));
        python.env("PROBE_DATA_DIR", data);
        python.args(["-c", "import app; app.f()"]).succeeds();
    }
    fs::remove_dir_all(&gone).unwrap();

    refused!(context, context.probe(&["uninstall", "--all", "--purge", "--dry-run"]), @"
    exit code: 0
    ----- stdout -----
    would remove from [PROJECT]/.venv/lib/python3.[X]/site-packages
      remove   probe.pth
      remove   probe.start
      remove   sitecustomize.py
      remove   __pycache__/ ([N] files)
      remove   _probe_[HASH]/ ([N] files)
    would remove the recordings, 3 files
    would remove the recordings of virtualenvs that are gone, 4 files
    would remove [ROOT]/data/registry.json
    would remove [ROOT]/data
    would remove [ROOT]/home/cache/probe/bytecode
    ----- stderr -----
    the virtualenv `[ROOT]/gone` is gone, and would be forgotten
    ");
    snapshot!(context, context.probe(&["uninstall", "--all", "--purge"]), @"
    exit code: 0
    ----- stdout -----
    removed from [PROJECT]/.venv/lib/python3.[X]/site-packages
      remove   probe.pth
      remove   probe.start
      remove   sitecustomize.py
      remove   __pycache__/ ([N] files)
      remove   _probe_[HASH]/ ([N] files)
    removed the recordings, 3 files
    [PROJECT]/.venv/bin/python starts without the probe
    removed the recordings of virtualenvs that are gone, 4 files
    removed [ROOT]/data/registry.json
    removed [ROOT]/data
    removed [ROOT]/home/cache/probe/bytecode
    ----- stderr -----
    the virtualenv `[ROOT]/gone` is gone, and forgotten
    ");
    assert!(!context.data().exists());
    // A folder that somebody named is theirs, what the probe put into it isn't.
    assert_eq!(fs::read_dir(&other).unwrap().count(), 0);
    before.assert_same_as_now(&context.venv());
    context
        .probe(&["uninstall", "--all", "--purge"])
        .ran()
        .with_code(3);
    assert!(!context.data().exists());
}

#[test]
fn all_with_purge_keeps_what_is_not_the_probe_s() {
    let context = Context::used();
    let notes = context.data().join("notes.txt");
    fs::write(&notes, "mine").unwrap();
    let mine = context.store().join("mine.txt");
    fs::write(&mine, "mine").unwrap();
    fs::remove_dir_all(context.venv()).unwrap();
    let all = context.probe(&["uninstall", "--all", "--purge", "--json"]);
    let answer = { all }.ran().with_code(1).json();
    check_keys(&answer, &["schema", "venvs", "gone", "purged"]);
    assert_eq!(answer["gone"].as_array().unwrap().len(), 1);
    assert!(notes.exists() && mine.exists());
    assert!(!context.data().join("registry.json").exists());
    assert_eq!(context.recordings().len(), 0);
}
