//! `probe status`: each state of the files, through which of them the probe fires, and every known
//! virtualenv. Why it doesn't fire, or can't record, is in `firing.rs`.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{Context, Run, Tree, check_keys, pythons, refused, snapshot};
use serde_json::{Value, json};

#[test]
fn looking_changes_nothing() {
    let context = Context::installed();
    let before = Tree::of(context.root());
    let answer = context.probe(&["status", "--json"]).succeeds().json();
    check_keys(
        &answer,
        &[
            "schema",
            "venv",
            "installed",
            "state",
            "files",
            "fires",
            "how",
            "engine",
            "why",
            "records",
            "agents",
            "hidden_by",
            "scripts",
            "keep",
            "todo",
        ],
    );
    assert_eq!(answer["schema"], 1);
    assert_eq!(answer["keep"], Value::Null);
    assert_eq!(answer["records"], true);
    assert_eq!(answer["installed"], true);
    for file in answer["files"].as_array().unwrap() {
        check_keys(file, &["path", "state"]);
        assert_eq!(file["state"], "intact", "{file}");
    }
    context.probe(&["status"]).succeeds();
    before.assert_same_as_now(context.root());
}

#[test]
fn without_starting_python() {
    let context = Context::installed();
    snapshot!(context, context.probe(&["status", "--no-start"]), @"
    exit code: 0
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    not known
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    let answer = context
        .probe(&["status", "--no-start", "--json"])
        .succeeds();
    assert_eq!(answer.json()["fires"], Value::Null);
}

#[test]
fn absent() {
    let context = Context::new();
    let answer = context
        .probe(&["status", "--json"])
        .ran()
        .with_code(1)
        .json();
    assert_eq!(answer["installed"], false);
    assert_eq!(answer["state"], "absent");
    assert_eq!(answer["fires"], false);
    assert_eq!(answer["how"], Value::Null);
}

#[test]
fn modified() {
    let context = Context::installed();
    let file = context
        .site_packages()
        .join(context.package())
        .join("plan.py");
    let mut text = fs::read_to_string(&file).unwrap();
    text.push_str("# mine\n");
    fs::write(file, text).unwrap();
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    modified
               modified _probe_[HASH]/plan.py
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
      why      `_probe_[HASH]/plan.py` was modified
      to do    `probe status --fix` installs it again, with the same targets
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}

#[test]
fn incomplete() {
    let context = Context::installed();
    fs::remove_file(context.site_packages().join("probe.pth")).unwrap();
    fs::remove_file(context.site_packages().join("probe.start")).unwrap();
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    incomplete
               missing  probe.pth
               missing  probe.start
      fires    yes, through sitecustomize.py
      engine   [ENGINE]
      why      `probe.pth` is missing
               `probe.start` is missing
      to do    `probe status --fix` installs it again, with the same targets
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    fs::remove_file(context.site_packages().join("sitecustomize.py")).unwrap();
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    incomplete
               missing  probe.pth
               missing  probe.start
               missing  sitecustomize.py
      fires    no
      why      `probe.pth` is missing
               `probe.start` is missing
               `sitecustomize.py` is missing
               the virtualenv's Python starts without the probe, since none of its start-up files is left
      to do    `probe status --fix` installs it again, with the same targets
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}

#[test]
fn the_way_it_fires_is_each_of_three() {
    let fired = |context: &Context| {
        let answer = context.probe(&["status", "--json"]).ran().json();
        assert_eq!(answer["fires"], true, "{answer:#}");
        answer["how"].as_str().unwrap().to_owned()
    };
    for python in pythons() {
        let context = Context::of(python);
        context.install(&["app:f"]);
        let reads_start_files = python.minor >= 15;
        assert_eq!(
            fired(&context),
            if reads_start_files { "start" } else { "pth" }
        );
        // Each file alone is enough.
        fs::remove_file(context.site_packages().join("probe.start")).unwrap();
        assert_eq!(fired(&context), "pth");
        fs::remove_file(context.site_packages().join("probe.pth")).unwrap();
        assert_eq!(fired(&context), "sitecustomize");
    }
}

#[test]
fn a_package_that_is_gone_harms_nobody() {
    let context = Context::installed();
    fs::remove_dir_all(context.site_packages().join(context.package())).unwrap();
    fs::remove_file(context.site_packages().join("probe.pth")).unwrap();
    fs::remove_file(context.site_packages().join("probe.start")).unwrap();
    let ran = context.python(&["-c", "print('app')"]).succeeds();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("app\n", ""));
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    incomplete
               modified sitecustomize.py
      fires    no
      why      `sitecustomize.py` names `_probe_[HASH]`, which isn't what is installed
               the probe's package is missing
               the virtualenv's Python starts without the probe, whose package is gone
      to do    nothing says any more which functions it timed; install it again with `probe install -t TARGET`
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}

#[test]
fn stale_after_a_move() {
    let context = Context::installed();
    let moved = context.project().join("moved");
    fs::rename(context.venv(), &moved).unwrap();
    snapshot!(context, context.probe(&["status", "--venv", "moved"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/moved (Python 3.[X])
      files    stale
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
      why      the virtualenv was at `[PROJECT]/.venv` when it was installed
      to do    `probe status --fix` installs it again, with the same targets
    ----- stderr -----
    using the virtualenv `[PROJECT]/moved` (given with `--venv`)
    ");
}

/// Changes what the manifest says.
fn edit_manifest(context: &Context, from: &str, to: &str) {
    let package = context.site_packages().join(context.package());
    let manifest = package.join("install.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let edited = text.replace(from, to);
    assert_ne!(edited, text);
    fs::write(&manifest, edited).unwrap();
}

#[test]
fn stale_after_a_change_of_python() {
    let context = Context::installed();
    let python = context.python.version();
    edit_manifest(&context, &format!("\"{python}\""), "\"3.7\"");
    snapshot!(context, context.probe(&["status", "--no-start"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    stale
      fires    not known
      why      it was installed for Python 3.7, the virtualenv has 3.[X]
      to do    `probe status --fix` installs it again, with the same targets
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}

#[test]
fn the_version_that_is_noted_down_does_not_decide() {
    let context = Context::installed();
    let version = env!("CARGO_PKG_VERSION");
    edit_manifest(&context, &format!("\"{version}\""), "\"0.0.1\"");
    // The files are what this program would write.
    let answer = context.probe(&["status", "--json"]).succeeds();
    assert_eq!(answer.json()["state"], "intact");
}

#[test]
fn all_known_venvs() {
    let context = Context::installed();
    snapshot!(context, context.probe(&["status", "--all"]), @"
    exit code: 0
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
    ----- stderr -----
    ");
    fs::remove_dir_all(context.venv()).unwrap();
    snapshot!(context, context.probe(&["status", "--all"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv
      files    nothing installed
      why      the virtualenv is gone; `probe status --all --fix` or `probe uninstall --all` forgets it
    ----- stderr -----
    ");
    refused!(context, context.probe(&["status", "--all", "--fix", "--dry-run"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv
      files    nothing installed
      why      the virtualenv is gone; `probe status --all --fix` or `probe uninstall --all` forgets it
    ----- stderr -----
    would forget the virtualenv `[PROJECT]/.venv`
    ");
    snapshot!(context, context.probe(&["status", "--all", "--fix"]), @"
    exit code: 0
    ----- stdout -----

    ----- stderr -----
    forgot the virtualenv `[PROJECT]/.venv`, where nothing is installed any more
    ");
    context.probe(&["status", "--all"]).ran().with_code(3);
}

#[test]
fn all_are_repaired_at_once() {
    let context = Context::installed();
    let others = ["broken", "gone", "empty"].map(|name| context.root().join(name));
    for other in &others {
        let mut make = context.command(&context.python.path);
        make.args(["-m", "venv", "--without-pip"]).arg(other);
        make.succeeds();
        let mut install = context.probe(&["install", "-t", "app:f", "--venv"]);
        install.arg(other).succeeds();
    }
    fs::remove_file(context.site_packages().join("probe.pth")).unwrap();
    fs::remove_dir_all(others[0].join("lib")).unwrap();
    fs::remove_dir_all(&others[1]).unwrap();
    let mut clear = context.command(&context.python.path);
    clear.args(["-m", "venv", "--clear", "--without-pip"]);
    clear.arg(&others[2]).succeeds();
    let all = |fix: &[&str], code| {
        let arguments = [&["status", "--all", "--no-start", "--json"], fix].concat();
        context.probe(&arguments).ran().with_code(code).json()
    };
    let states = |answer: &Value| -> Vec<String> {
        let venvs = answer["venvs"].as_array().unwrap().iter();
        venvs
            .map(|it| it["state"].as_str().unwrap().to_owned())
            .collect()
    };
    let before = all(&[], 1);
    assert_eq!(
        states(&before),
        ["incomplete", "absent", "absent", "absent"]
    );
    for venv in &before["venvs"].as_array().unwrap()[1..] {
        assert!(!venv["why"].as_array().unwrap().is_empty(), "{venv:#}");
    }
    let fixed = all(&["--fix"], 3);
    // The broken one can't be looked into, so it stays; the others have nothing any more.
    assert_eq!(states(&fixed), ["intact", "absent"]);
    let gone = others[1..].iter().map(|it| it.to_str().unwrap());
    assert_eq!(fixed["forgotten"], json!(gone.collect::<Vec<_>>()));
    assert_eq!(states(&all(&[], 1)), ["intact", "absent"]);
}
