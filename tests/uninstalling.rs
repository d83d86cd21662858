//! `probe uninstall`: what it removes, what it leaves alone and says so, and every known
//! virtualenv. The recordings are in `purging.rs`.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{Context, Run, Tree, check_keys, python_of, snapshot};
use serde_json::{Value, json};

#[test]
fn a_dry_run_says_the_same_steps_and_changes_nothing() {
    let context = Context::used();
    let before = Tree::of(context.root());
    let dry = context
        .probe(&["uninstall", "--purge", "--dry-run"])
        .succeeds();
    before.assert_same_as_now(context.root());
    let wet = context.probe(&["uninstall", "--purge"]).succeeds();
    // Only the real thing has something to prove.
    let (steps, proof) = wet.stdout.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(
        dry.stdout.replace("would remove", "removed").trim_end(),
        steps
    );
    assert!(proof.ends_with("/.venv/bin/python starts without the probe"));
    assert_eq!(dry.stderr, wet.stderr);
}

#[test]
fn a_modified_file_is_kept_and_the_answer_is_no() {
    let context = Context::used();
    let package = context.package();
    let modified = context.site_packages().join(&package).join("finder.py");
    let text = fs::read_to_string(&modified).unwrap() + "# mine\n";
    fs::write(&modified, &text).unwrap();
    let own = context.site_packages().join(&package).join("notes.txt");
    fs::write(&own, "mine").unwrap();
    snapshot!(context, context.probe(&["uninstall"]), @"
    exit code: 1
    ----- stdout -----
    removed from [PROJECT]/.venv/lib/python3.[X]/site-packages
      remove   probe.pth
      remove   probe.start
      remove   sitecustomize.py
      remove   __pycache__/ ([N] files)
      remove   _probe_[HASH]/ ([N] files)
    [PROJECT]/.venv/bin/python starts without the probe
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    warning: `_probe_[HASH]/finder.py` was modified and was left alone
    warning: `_probe_[HASH]/notes.txt` isn't the probe's and was left alone
    ");
    assert_eq!(fs::read_to_string(&modified).unwrap(), text);
    assert_eq!(fs::read_to_string(&own).unwrap(), "mine");
    // What is left doesn't fire and harms nobody.
    let ran = context.python(&["-c", "import app; app.f()"]).succeeds();
    assert_eq!(ran.stderr, "");
    assert_eq!(context.recorded().calls("app:f"), 1);
    snapshot!(context, context.probe(&["uninstall"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: the probe isn't installed in `[PROJECT]/.venv`
    hint: `probe status` says what is there; `probe install` installs it
    ");
    fs::remove_dir_all(context.site_packages().join(&package)).unwrap();
    context.probe(&["uninstall"]).ran().with_code(3);
}

#[test]
fn a_modified_start_up_file_is_kept() {
    let context = Context::used();
    let path = context.site_packages().join("sitecustomize.py");
    let text = fs::read_to_string(&path).unwrap() + "print('mine')\n";
    fs::write(&path, &text).unwrap();
    snapshot!(context, context.probe(&["uninstall"]), @"
    exit code: 1
    ----- stdout -----
    removed from [PROJECT]/.venv/lib/python3.[X]/site-packages
      remove   probe.pth
      remove   probe.start
      remove   __pycache__/
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    warning: `sitecustomize.py` was modified and was left alone
    warning: `_probe_[HASH]/` is still named by a start-up file that was modified and was left alone
    warning: `[PROJECT]/.venv/bin/python` still starts the probe, through `sitecustomize.py`
    ");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    let ran = context.python(&["-c", ""]).succeeds();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("mine\n", ""));
}

#[test]
fn the_answer_as_json() {
    let context = Context::used();
    let modified = context
        .site_packages()
        .join(context.package())
        .join("finder.py");
    fs::write(&modified, "").unwrap();
    let answer = context
        .probe(&["uninstall", "--purge", "--json"])
        .ran()
        .with_code(1)
        .json();
    check_keys(
        &answer,
        &[
            "schema", "venv", "dry_run", "steps", "kept", "purged", "fires", "through",
        ],
    );
    // What is left of the package is named by no start-up file.
    assert_eq!(answer["fires"], false);
    assert_eq!(answer["through"], json!([]));
    assert_eq!(answer["schema"], 1);
    // Start-up files go first, so that none ever names a package that is gone.
    assert_eq!(answer["steps"][0]["path"], "probe.pth");
    assert_eq!(answer["steps"][1]["path"], "probe.start");
    assert_eq!(answer["steps"][2]["path"], "sitecustomize.py");
    let kept = answer["kept"].as_array().unwrap();
    assert_eq!(kept.len(), 1, "{answer:#}");
    assert!(kept[0]["path"].as_str().unwrap().ends_with("/finder.py"));
    assert!(!answer["purged"].as_array().unwrap().is_empty());
}

#[test]
fn nothing_installed() {
    let context = Context::new();
    let before = Tree::of(&context.venv());
    snapshot!(context, context.probe(&["uninstall"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: the probe isn't installed in `[PROJECT]/.venv`
    hint: `probe status` says what is there; `probe install` installs it
    ");
    before.assert_same_as_now(&context.venv());
}

#[test]
fn all_known_venvs() {
    let context = Context::new();
    snapshot!(context, context.probe(&["uninstall", "--all"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: the probe isn't installed in any virtualenv that is known
    hint: give one with `--venv DIR` if it was installed by another user or data folder
    ");
    let others = ["one", "two", "gone"].map(|name| context.root().join(name));
    for other in &others {
        let mut make = context.command(&context.python.path);
        make.args(["-m", "venv", "--without-pip"]).arg(other);
        make.succeeds();
        let mut install = context.probe(&["install", "-t", "app:f", "--venv"]);
        install.arg(other).succeeds();
    }
    fs::remove_dir_all(&others[2]).unwrap();
    let status = context
        .probe(&["status", "--all", "--no-start", "--json"])
        .ran();
    let status = status.with_code(1).json();
    check_keys(&status, &["schema", "venvs"]);
    assert_eq!(status["venvs"].as_array().unwrap().len(), 3);
    let before = Tree::of(context.root());
    context
        .probe(&["uninstall", "--all", "--dry-run"])
        .succeeds();
    before.assert_same_as_now(context.root());
    snapshot!(context, context.probe(&["uninstall", "--all"]), @"
    exit code: 0
    ----- stdout -----
    removed from [ROOT]/one/lib/python3.[X]/site-packages
      remove   probe.pth
      remove   probe.start
      remove   sitecustomize.py
      remove   __pycache__/ ([N] files)
      remove   _probe_[HASH]/ ([N] files)
    [ROOT]/one/bin/python starts without the probe
    removed from [ROOT]/two/lib/python3.[X]/site-packages
      remove   probe.pth
      remove   probe.start
      remove   sitecustomize.py
      remove   __pycache__/ ([N] files)
      remove   _probe_[HASH]/ ([N] files)
    [ROOT]/two/bin/python starts without the probe
    ----- stderr -----
    the virtualenv `[ROOT]/gone` is gone, and forgotten
    ");
    for other in &others[..2] {
        let mut status = context.probe(&["status", "--no-start", "--json", "--venv"]);
        let status = status.arg(other).ran().with_code(1).json();
        assert_eq!(status["state"], "absent");
    }
    context.probe(&["uninstall", "--all"]).ran().with_code(3);
}

#[test]
fn without_a_proof() {
    let context = Context::used();
    let answer = context
        .probe(&["uninstall", "--no-start", "--json"])
        .succeeds()
        .json();
    assert_eq!(answer["fires"], Value::Null);
    context.install(&["app:f"]);
    fs::remove_file(context.venv().join("bin/python")).unwrap();
    std::os::unix::fs::symlink("/nowhere", context.venv().join("bin/python")).unwrap();
    snapshot!(context, context.probe(&["uninstall"]), @"
    exit code: 0
    ----- stdout -----
    removed from [PROJECT]/.venv/lib/python3.[X]/site-packages
      remove   probe.pth
      remove   probe.start
      remove   sitecustomize.py
      remove   __pycache__/ ([N] files)
      remove   _probe_[HASH]/ ([N] files)
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    warning: it isn't proved that nothing fires: the interpreter `[PROJECT]/.venv/bin/python` leads to `/nowhere`, which isn't there; to bring it back, remove `[PROJECT]/.venv/bin/python*` and run `python3.[X] -m venv --upgrade [PROJECT]/.venv`
    ");
}

#[test]
fn what_still_fires_is_named() {
    let context = Context::used();
    let path = context.site_packages().join("sitecustomize.py");
    let text = fs::read_to_string(&path).unwrap() + "mine = 1\n";
    fs::write(&path, text).unwrap();
    let answer = context.probe(&["uninstall", "--json"]).ran().with_code(1);
    let answer = answer.json();
    assert_eq!(answer["fires"], true);
    assert_eq!(answer["through"], json!(["`sitecustomize.py`"]));
    let recorded = context.recordings().len();
    assert_eq!(recorded, 1, "the proof isn't recorded");
}

#[test]
fn a_run_that_is_active_in_this_shell_is_named() {
    let context = Context::used();
    let script = "exec \"$0\" uninstall --json";
    let probe = env!("CARGO_BIN_EXE_probe");
    let mut run = context.probe(&["run", "-t", "app:f", "--", "sh", "-c", script, probe]);
    let answer = run.ran().with_code(1).json();
    assert_eq!(answer["kept"], json!([]));
    assert_eq!(answer["fires"], true);
    let through = answer["through"][0].as_str().unwrap();
    assert!(through.starts_with("`probe run`"), "{through}");
    // Outside of that run nothing fires.
    context.python(&["-c", "import app; app.f()"]).succeeds();
    assert_eq!(context.recorded().calls("app:f"), 1);
}

#[test]
fn what_a_former_python_of_the_venv_had_goes_too() {
    let (Some(old), Some(new)) = (python_of(11), python_of(12)) else {
        return;
    };
    let context = Context::of(old);
    let before = Tree::of(&context.site_packages());
    context.install(&["app:f"]);
    for name in ["python", "python3", "python3.11"] {
        fs::remove_file(context.venv().join("bin").join(name)).unwrap();
    }
    let mut upgrade = context.command(&new.path);
    upgrade
        .args(["-m", "venv", "--upgrade", "--without-pip"])
        .arg(context.venv());
    upgrade.succeeds();
    let answer = context.probe(&["uninstall", "--json"]).succeeds().json();
    assert_eq!(answer["fires"], false);
    let first = answer["steps"][0]["path"].as_str().unwrap();
    assert!(
        first.ends_with("/python3.11/site-packages/probe.pth"),
        "{first}"
    );
    before.assert_same_as_now(&context.site_packages());
}
