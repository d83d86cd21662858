//! `probe status`: each state of the files, whether the probe fires and through what, and what
//! would keep it from recording.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use common::{Context, Run, Tree, check_keys, pythons, snapshot};
use serde_json::Value;

fn installed() -> Context {
    let context = Context::new();
    context.install(&["app:f"]);
    context
}

#[test]
fn looking_changes_nothing() {
    let context = installed();
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
        ],
    );
    assert_eq!(answer["schema"], 1);
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
    let context = installed();
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
    let context = installed();
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
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}

#[test]
fn incomplete() {
    let context = installed();
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
               the virtualenv's Python starts without the probe
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
    let context = installed();
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
               the virtualenv's Python starts without the probe
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}

#[test]
fn stale_after_a_move() {
    let context = installed();
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
    let context = installed();
    let python = context.python.version();
    edit_manifest(&context, &format!("\"{python}\""), "\"3.7\"");
    snapshot!(context, context.probe(&["status", "--no-start"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    stale
      fires    not known
      why      it was installed for Python 3.7, the virtualenv has 3.[X]
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}

#[test]
fn the_version_that_is_noted_down_does_not_decide() {
    let context = installed();
    let version = env!("CARGO_PKG_VERSION");
    edit_manifest(&context, &format!("\"{version}\""), "\"0.0.1\"");
    // The files are what this program would write.
    let answer = context.probe(&["status", "--json"]).succeeds();
    assert_eq!(answer.json()["state"], "intact");
}

#[test]
fn a_dangling_interpreter_is_reported_and_uninstall_still_works() {
    let context = installed();
    let python = context.venv().join("bin/python");
    fs::remove_file(&python).unwrap();
    symlink("/nowhere/python", &python).unwrap();
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    not known
      why      `[PROJECT]/.venv/bin/python` doesn't start: No such file or directory (os error 2)
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    context.probe(&["uninstall"]).succeeds();
    let names = fs::read_dir(context.site_packages()).unwrap();
    let left: Vec<_> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("probe") || name.starts_with("sitecustomize"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_data_folder_that_others_may_write_is_reported() {
    let context = installed();
    context.write("app.py", "def f(): pass\n");
    context.python(&["-c", "import app; app.f()"]).succeeds();
    let store = context.store();
    fs::set_permissions(&store, PermissionsExt::from_mode(0o777)).unwrap();
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 0
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
      why      nothing can be recorded: the data folder [ROOT]/data/project-[HASH] can be written by other users
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    // The app doesn't feel it.
    let ran = context.python(&["-c", "import app; app.f()"]).succeeds();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    assert_eq!(context.recordings().len(), 1);
}

#[test]
fn a_data_folder_that_is_no_folder_is_reported() {
    let context = installed();
    fs::remove_dir_all(context.data()).unwrap();
    fs::write(context.data(), "").unwrap();
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 0
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
      why      nothing can be recorded: the data folder [ROOT]/data/project-[HASH] can't be made: Not a directory
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}

#[test]
fn a_sitecustomize_that_comes_first_hides_ours_and_the_others_fire() {
    let context = installed();
    context.write("first/sitecustomize.py", "print('first')\n");
    let mut python = context.python(&[
        "-c",
        "import sys; print(any(n.startswith('_probe_') for n in sys.modules))",
    ]);
    python.env("PYTHONPATH", context.project().join("first"));
    assert_eq!(python.succeeds().stdout, "first\nTrue\n");
    // Installed later by a wheel, say, it takes the name.
    let own = context.site_packages().join("sitecustomize.py");
    fs::write(&own, "# theirs\n").unwrap();
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    modified
               foreign  sitecustomize.py
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
      why      `sitecustomize.py` was replaced by one that isn't the probe's
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    context.probe(&["uninstall"]).ran().with_code(1);
    assert_eq!(fs::read_to_string(own).unwrap(), "# theirs\n");
}

#[test]
fn turned_off_in_this_shell_it_still_fires_in_others() {
    let context = installed();
    let mut status = context.probe(&["status"]);
    status.env("PROBE_DISABLE", "1");
    snapshot!(context, status, @"
    exit code: 0
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
      why      `PROBE_DISABLE` is set here: what is started from this shell isn't recorded
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}

#[test]
fn all_known_venvs() {
    let context = installed();
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
      why      the virtualenv `[PROJECT]/.venv` (from the registry) does not exist
    ----- stderr -----
    ");
}
