//! Whether the probe fires and can record, as `probe status` sees it: each thing that keeps it from
//! that has its sentence, and who else is there is named.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use common::{Context, Run, Tree, pythons, snapshot, usual_python};
use serde_json::{Value, json};

#[test]
fn a_dangling_interpreter_is_reported_and_uninstall_still_works() {
    let context = Context::installed();
    let python = context.venv().join("bin/python");
    fs::remove_file(&python).unwrap();
    symlink("/nowhere/python", &python).unwrap();
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    not known
      why      the interpreter `[PROJECT]/.venv/bin/python` leads to `/nowhere/python`, which isn't there; to bring it back, remove `[PROJECT]/.venv/bin/python*` and run `python3.[X] -m venv --upgrade [PROJECT]/.venv`
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
    let context = Context::installed();
    context.write("app.py", "def f(): pass\n");
    context.python(&["-c", "import app; app.f()"]).succeeds();
    let store = context.store();
    fs::set_permissions(&store, PermissionsExt::from_mode(0o777)).unwrap();
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    yes, through probe.[FILE], and can't record
      engine   [ENGINE]
      why      nothing can be recorded: the data folder [ROOT]/data/project-[HASH] can be written by other users; put that right, or install it with another `--data-dir`
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
    let context = Context::installed();
    fs::remove_dir_all(context.data()).unwrap();
    fs::write(context.data(), "").unwrap();
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    yes, through probe.[FILE], and can't record
      engine   [ENGINE]
      why      nothing can be recorded: the data folder [ROOT]/data/project-[HASH] can't be made: Not a directory; put that right, or install it with another `--data-dir`
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}

#[test]
fn a_sitecustomize_that_comes_first_hides_ours_and_the_others_fire() {
    let context = Context::installed();
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
      hidden   sitecustomize.py, by `[PROJECT]/.venv/lib/python3.[X]/site-packages/sitecustomize.py` (site-packages)
      why      `sitecustomize.py` was replaced by one that isn't the probe's
      to do    `probe status --fix` installs it again, with the same targets
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    context.probe(&["uninstall"]).ran().with_code(1);
    assert_eq!(fs::read_to_string(own).unwrap(), "# theirs\n");
}

#[test]
fn turned_off_in_this_shell_it_still_fires_in_others() {
    let context = Context::installed();
    let mut status = context.probe(&["status"]);
    status.env("PROBE_DISABLE", "1");
    snapshot!(context, status, @"
    exit code: 0
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
      why      `PROBE_DISABLE` is set here: what is started from this shell isn't recorded, until `unset PROBE_DISABLE`
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}

#[test]
fn a_full_disk_is_reported() {
    let context = Context::installed();
    let before = Tree::of(context.root());
    // A limit of the process does what a full disk does: no file may grow beyond one block.
    let mut status = context.command("sh");
    status.args(["-c", "ulimit -f 1; exec \"$0\" status"]);
    status.arg(env!("CARGO_BIN_EXE_probe"));
    snapshot!(context, status, @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    yes, through probe.[FILE], and can't record
      engine   [ENGINE]
      why      nothing can be recorded: the data folder [ROOT]/data/project-[HASH] can't hold a recording: File too large; put that right, or install it with another `--data-dir`
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    before.assert_same_as_now(context.root());
}

/// Another interpreter in the virtualenv's place: a script with this content.
fn replace_interpreter(context: &Context, script: &str) {
    let python = context.venv().join("bin/python");
    fs::remove_file(&python).unwrap();
    fs::write(&python, script).unwrap();
    fs::set_permissions(&python, PermissionsExt::from_mode(0o755)).unwrap();
}

/// What `status --json` says of a probe that doesn't fire.
#[track_caller]
fn silent(context: &Context) -> Vec<String> {
    let status = context.probe(&["status", "--json"]).ran().with_code(1);
    let answer = status.json();
    assert_eq!(answer["fires"], false, "{answer:#}");
    assert_eq!(answer["how"], Value::Null);
    let why = answer["why"].as_array().unwrap().iter();
    why.map(|it| it.as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_way_of_not_firing_has_its_sentence() {
    let context = Context::installed();
    // Its own Python under another name: `python3` is a link to `python`.
    let real = context.venv().join("bin/real");
    symlink(&context.python.path, &real).unwrap();
    let real = real.display().to_string();
    let base = context.python.path.display().to_string();

    replace_interpreter(&context, &format!("#!/bin/sh\nexec {real} -S \"$@\"\n"));
    let why = silent(&context);
    assert!(
        why[0].contains("a script that starts Python with `-S`"),
        "{why:?}"
    );

    replace_interpreter(&context, &format!("#!/bin/sh\nexec {base} \"$@\"\n"));
    let why = silent(&context);
    assert!(
        why[0].contains("a script that starts the Python of"),
        "{why:?}"
    );
    assert!(why[0].contains("doesn't use this virtualenv"), "{why:?}");

    let python = context.venv().join("bin/python");
    fs::remove_file(&python).unwrap();
    symlink(&real, &python).unwrap();
    fs::rename(
        context.venv().join("pyvenv.cfg"),
        context.project().join("cfg"),
    )
    .unwrap();
    fs::create_dir(context.venv().join("conda-meta")).unwrap();
    let why = silent(&context);
    assert!(why[0].contains("is the Python of"), "{why:?}");
    assert_eq!(why.len(), 1);
}

#[test]
fn an_archive_as_interpreter_is_named() {
    let context = Context::installed();
    let python = &context.python.path;
    // It does with `-c` what a pex does.
    context.write("app/__main__.py", "import sys\nexec(sys.argv[-1])\n");
    let mut pack = context.command(python);
    pack.args(["-m", "zipapp", "app", "-o", "app.pyz", "-p"])
        .arg(python);
    pack.succeeds();
    let archive = fs::read(context.project().join("app.pyz")).unwrap();
    replace_interpreter(&context, "");
    fs::write(context.venv().join("bin/python"), archive).unwrap();
    let why = silent(&context);
    assert!(why[0].contains("is a pex or zipapp"), "{why:?}");
}

#[test]
fn a_python_that_became_another_version_is_named() {
    let usual = usual_python();
    let Some(other) = pythons().iter().find(|it| it.minor != usual.minor) else {
        return;
    };
    let context = Context::installed();
    let python = context.venv().join("bin/python");
    fs::remove_file(&python).unwrap();
    symlink(&other.path, &python).unwrap();
    let why = silent(&context);
    let now = format!("is Python {} now", other.version());
    assert!(why[0].contains(&now), "{why:?}");
    assert!(why[0].contains("venv --upgrade"), "{why:?}");
}

#[test]
fn a_sitecustomize_that_is_left_alone_and_hidden_is_named() {
    let context = Context::installed();
    for name in ["probe.pth", "probe.start"] {
        fs::remove_file(context.site_packages().join(name)).unwrap();
    }
    // What comes before it can be a folder that a `.pth` puts first.
    let first = context.write("first/sitecustomize.py", "raise RuntimeError\n");
    let line = format!(
        "import sys; sys.path.insert(0, {:?})\n",
        first.parent().unwrap()
    );
    fs::write(context.site_packages().join("first.pth"), line).unwrap();
    let why = silent(&context);
    let last = why.last().unwrap();
    assert!(last.contains("only `sitecustomize.py` is left"), "{why:?}");
    assert!(last.contains(first.to_str().unwrap()), "{why:?}");
}

#[test]
fn start_up_files_that_are_not_read_are_told() {
    let context = Context::installed();
    fs::remove_file(context.site_packages().join("sitecustomize.py")).unwrap();
    // What a patched `site` does: every later `.pth` is passed over.
    let line = "import site; site.addpackage = lambda *arguments: None\n";
    fs::write(context.site_packages().join("a.pth"), line).unwrap();
    if context.python.minor < 15 {
        let why = silent(&context);
        let last = why.last().unwrap();
        assert!(last.contains("reading `.pth` files"), "{why:?}");
    }
}

#[test]
fn scripts_that_start_another_python_are_named() {
    let context = Context::installed();
    let bin = context.venv().join("bin");
    let own = bin.join("python").display().to_string();
    for (name, first) in [
        ("fine", own.clone()),
        ("no-site", format!("{own} -S")),
        ("old-1", "/old/.venv/bin/python".to_owned()),
        ("old-2", "/old/.venv/bin/python".to_owned()),
        ("old-3", "/old/.venv/bin/python".to_owned()),
        ("old-4", "/old/.venv/bin/python".to_owned()),
        ("other", "/usr/bin/env python3".to_owned()),
    ] {
        fs::write(bin.join(name), format!("#!{first}\nimport app\n")).unwrap();
    }
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 0
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
      scripts  no-site isn't recorded, starting `[PROJECT]/.venv/bin/python` with `-S`
               old-1, old-2, old-3 and 1 more aren't recorded, starting `/old/.venv/bin/python`
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}

#[test]
fn other_agents_and_who_comes_first_are_named() {
    let context = Context::installed();
    let site_packages = context.site_packages();
    fs::write(
        site_packages.join("a1_coverage.pth"),
        "import sys; exec('import coverage')\n",
    )
    .unwrap();
    fs::write(site_packages.join("coverage.py"), "").unwrap();
    fs::write(
        site_packages.join("distutils-precedence.pth"),
        "import os\n",
    )
    .unwrap();
    context.write("ddtrace/bootstrap/sitecustomize.py", "");
    let mut status = context.probe(&["status"]);
    status.env("PYTHONPATH", context.project().join("ddtrace/bootstrap"));
    snapshot!(context, status, @"
    exit code: 0
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
      agents   coverage, started by `a1_coverage.pth`
               ddtrace, on the PYTHONPATH of this shell (`[PROJECT]/ddtrace/bootstrap`)
               coverage, loaded when Python starts
      hidden   sitecustomize.py, by `[PROJECT]/ddtrace/bootstrap/sitecustomize.py` (PYTHONPATH)
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    let answer = context.probe(&["status", "--json"]).succeeds().json();
    assert_eq!(
        answer["agents"],
        json!([
            {"name": "coverage", "seen": "start-up file", "where": "a1_coverage.pth"},
            {"name": "coverage", "seen": "loaded", "where": "coverage"},
        ])
    );
    assert_eq!(answer["hidden_by"], json!([]));
}
