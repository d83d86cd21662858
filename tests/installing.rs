//! `probe install`: what it writes and says, again with other targets, beside what is the
//! user's, and in virtualenvs of every make.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use common::{
    Context, Run, Tree, check_keys, pythons, skip, snapshot, usual_python, uv, virtualenv,
};

#[test]
fn a_dry_run_says_the_same_steps_and_changes_nothing() {
    let context = Context::new();
    let before = Tree::of(context.root());
    let dry = context.probe(&["install", "-t", "app:f", "--dry-run"]);
    let dry = { dry }.succeeds();
    before.assert_same_as_now(context.root());
    let wet = context.probe(&["install", "-t", "app:f"]).succeeds();
    assert_eq!(dry.stdout.replace("would install", "installed"), wet.stdout);
    assert_eq!(dry.stderr, wet.stderr);
}

#[test]
fn other_targets_replace_the_plan() {
    let context = Context::new();
    context.write("app.py", "def f(): pass\ndef g(): pass\n");
    context.install(&["app:f"]);
    let first = context.package();
    snapshot!(context, context.probe(&["install", "-t", "app:g"]), @"
    exit code: 0
    ----- stdout -----
    installed for Python 3.[X], in [PROJECT]/.venv/lib/python3.[X]/site-packages
      create   _probe_[HASH]/
      replace  sitecustomize.py
      remove   __pycache__/sitecustomize.cpython-3[X].pyc
      replace  probe.pth
      replace  probe.start
      remove   _probe_[HASH]/ ([N] files)
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    assert_ne!(context.package(), first);
    context
        .python(&["-c", "import app; app.f(); app.g()"])
        .succeeds();
    let recorded = context.recorded();
    assert_eq!((recorded.calls("app:f"), recorded.calls("app:g")), (0, 1));
}

#[test]
fn the_same_again_changes_nothing() {
    let context = Context::new();
    context.write("app.py", "def f(): pass\n");
    context.install(&["app:f"]);
    let before = Tree::of(&context.venv());
    snapshot!(context, context.probe(&["install", "-t", "app:f"]), @"
    exit code: 0
    ----- stdout -----
    already installed for Python 3.[X], nothing to change in [PROJECT]/.venv/lib/python3.[X]/site-packages
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    before.assert_same_as_now(&context.venv());
}

#[test]
fn what_was_damaged_is_repaired() {
    let context = Context::new();
    context.write("app.py", "def f(): pass\n");
    context.install(&["app:f"]);
    let intact = Tree::of(&context.site_packages().join(context.package()));
    let package = context.site_packages().join(context.package());
    fs::write(package.join("finder.py"), "raise SystemExit\n").unwrap();
    fs::remove_file(package.join("plan.py")).unwrap();
    fs::remove_file(context.site_packages().join("probe.pth")).unwrap();
    snapshot!(context, context.probe(&["install", "-t", "app:f"]), @"
    exit code: 0
    ----- stdout -----
    installed for Python 3.[X], in [PROJECT]/.venv/lib/python3.[X]/site-packages
      replace  _probe_[HASH]/finder.py
      write    _probe_[HASH]/plan.py
      remove   _probe_[HASH]/__pycache__/ ([N] files)
      write    probe.pth
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    `_probe_[HASH]/finder.py` was modified and is written again
    ");
    context.python(&["-c", "import app; app.f()"]).succeeds();
    assert_eq!(context.recorded().calls("app:f"), 1);
    context.probe(&["status"]).succeeds();
    let again = Tree::of(&package);
    let changed: Vec<String> = intact
        .differences(&again)
        .into_iter()
        .filter(|path| !path.contains("__pycache__") && !path.ends_with("install.json"))
        .collect();
    assert_eq!(changed, Vec::<String>::new());
}

#[test]
fn the_answer_as_json() {
    let context = Context::new();
    for dry_run in [true, false] {
        let mut install = context.probe(&["install", "-t", "app:f", "--json"]);
        if dry_run {
            install.arg("--dry-run");
        }
        let answer = install.succeeds().json();
        check_keys(&answer, &["schema", "venv", "steps", "warnings"]);
        assert_eq!(answer["schema"], 1);
        assert_eq!(answer["dry_run"], dry_run);
        assert_eq!(answer["venv"], context.venv().to_str().unwrap());
        assert_eq!(answer["python"], context.python.version());
        let steps = answer["steps"].as_array().unwrap();
        let paths: Vec<&str> = steps
            .iter()
            .map(|it| it["path"].as_str().unwrap())
            .collect();
        // Start-up files last, so that each names a whole package.
        assert_eq!(paths[1..], ["sitecustomize.py", "probe.pth", "probe.start"]);
        assert!(paths[0].starts_with("_probe_"), "{paths:?}");
    }
}

#[test]
fn a_sitecustomize_of_the_user_is_kept_and_run() {
    let context = Context::new();
    let own = context.site_packages().join("sitecustomize.py");
    fs::write(&own, "import builtins\nbuiltins.own = 'ran'\n").unwrap();
    let before = Tree::of(&context.venv());
    context.write("app.py", "def f(): return own\n");
    snapshot!(context, context.probe(&["install", "-t", "app:f"]), @"
    exit code: 0
    ----- stdout -----
    installed for Python 3.[X], in [PROJECT]/.venv/lib/python3.[X]/site-packages
      create   _probe_[HASH]/
      write    probe.pth
      write    probe.start
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    `sitecustomize.py` has the name `sitecustomize`, so `probe.pth` and `probe.start` do without
    ");
    let ran = context.python(&["-c", "import app; print(app.f())"]);
    assert_eq!({ ran }.succeeds().stdout, "ran\n");
    assert_eq!(context.recorded().calls("app:f"), 1);
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 0
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
               foreign  sitecustomize.py
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
      hidden   sitecustomize.py, by `[PROJECT]/.venv/lib/python3.[X]/site-packages/sitecustomize.py` (site-packages)
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    context.probe(&["uninstall"]).succeeds();
    let left = before.differences(&Tree::of(&context.venv()));
    // Python's own bytecode of the user's file.
    let left: Vec<_> = left
        .iter()
        .filter(|it| !it.contains("__pycache__"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn start_up_files_in_the_way_are_refused_and_nothing_is_written() {
    let context = Context::new();
    fs::write(context.site_packages().join("probe.pth"), "/elsewhere\n").unwrap();
    let before = Tree::of(context.root());
    snapshot!(context, context.probe(&["install", "-t", "app:f"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: `probe.pth` is in the way: it isn't the probe's
    hint: move it away and try again; nothing was changed
    ");
    before.assert_same_as_now(context.root());
}

#[test]
fn a_start_up_file_that_was_modified_is_refused() {
    let context = Context::new();
    context.install(&["app:f"]);
    let path = context.site_packages().join("probe.pth");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text + "import mine\n").unwrap();
    let before = Tree::of(context.root());
    snapshot!(context, context.probe(&["install", "-t", "app:g"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: `probe.pth` was modified since the probe wrote it
    hint: move it away to keep the changes, then try again; nothing was changed
    ");
    before.assert_same_as_now(context.root());
}

#[test]
fn others_can_read_what_root_installs_whatever_its_umask() {
    let context = Context::new();
    let mut shell = context.command("sh");
    shell
        .args(["-c", "umask 077; exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_probe"))
        .args(["install", "-t", "app:f"]);
    shell.succeeds();
    let package = context.site_packages().join(context.package());
    for entry in walkdir::WalkDir::new(&package) {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        let wanted = if entry.file_type().is_dir() {
            0o755
        } else {
            0o644
        };
        assert_eq!(mode, wanted, "{}", entry.path().display());
    }
}

/// Installs into a virtualenv that something else than venv made, runs, uninstalls.
fn there_and_back(context: &Context) {
    context.write("app.py", "def f(): pass\n");
    // Their first start may leave bytecode of their own start-up files.
    context.python(&["-c", "import app; app.f()"]).succeeds();
    let before = Tree::of(&context.venv());
    context.install(&["app:f"]);
    context.python(&["-c", "import app; app.f()"]).succeeds();
    let status = context.probe(&["status", "--json"]).succeeds().json();
    assert_eq!(status["state"], "intact");
    assert_eq!(context.recorded().calls("app:f"), 1);
    context.probe(&["uninstall"]).succeeds();
    before.assert_same_as_now(&context.venv());
}

#[test]
fn a_venv_by_virtualenv() {
    let Some(virtualenv) = virtualenv() else {
        return;
    };
    let context = Context::without_venv(usual_python());
    let mut make = context.command(virtualenv);
    make.args(["--quiet", "--no-seed", "--python"])
        .arg(&context.python.path)
        .arg(context.venv());
    make.succeeds();
    there_and_back(&context);
}

#[test]
fn a_venv_by_uv() {
    let Some(uv) = uv() else { return };
    let context = Context::without_venv(usual_python());
    let mut make = context.command(&uv);
    make.args(["venv", "--quiet", "--offline", "--no-config", "--python"])
        .arg(&context.python.path)
        .arg(context.venv());
    make.succeeds();
    let list = || {
        let mut list = context.command(&uv);
        list.args(["pip", "list", "--offline", "--python"])
            .arg(context.venv());
        list.succeeds().stdout
    };
    let before = list();
    there_and_back(&context);
    // uv starts the virtualenv's Python and reads what it says on stdout.
    context.install(&["app:f"]);
    assert_eq!(list(), before);
    let mut sync = context.command(&uv);
    let empty = context.write("requirements.txt", "");
    sync.args([
        "pip",
        "sync",
        "--offline",
        "--quiet",
        "--allow-empty-requirements",
        "--python",
    ])
    .arg(context.venv())
    .arg(empty);
    sync.succeeds();
    context.probe(&["status"]).succeeds();
}

#[test]
fn pip_does_not_see_it() {
    // Some distributions leave out ensurepip.
    let made = pythons().iter().rev().find_map(|python| {
        let context = Context::without_venv(python);
        let mut make = context.command(&python.path);
        let made = make.args(["-m", "venv"]).arg(context.venv()).ran();
        (made.code == Some(0)).then_some(context)
    });
    let Some(context) = made else {
        skip("a virtualenv with pip", "no Python brings ensurepip");
        return;
    };
    let pip = |verb: &str| context.python(&["-m", "pip", verb]).succeeds().stdout;
    let before = pip("list");
    context.install(&["app:f"]);
    assert_eq!(pip("list"), before);
    pip("check");
    let dist_info = walkdir::WalkDir::new(context.site_packages())
        .into_iter()
        .map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned())
        .find(|name| {
            name.contains("probe") && Path::new(name).extension() == Some("dist-info".as_ref())
        });
    assert_eq!(dist_info, None);
}

#[test]
fn the_venv_is_chosen_aloud_and_in_the_contracts_order() {
    let context = Context::new();
    let chosen = |probe: &mut std::process::Command| {
        let ran = probe.args(["status", "--no-start"]).ran().with_code(1);
        ran.stderr
            .replace(context.root().to_str().unwrap(), "[ROOT]")
    };
    let none: [&str; 0] = [];
    let below = context.project().join("deep/er");
    fs::create_dir_all(&below).unwrap();
    let by = |why: &str| format!("using the virtualenv `[ROOT]/project/.venv` ({why})\n");
    let mut probe = context.probe(&none);
    assert_eq!(chosen(probe.current_dir(&below)), by("the nearest `.venv`"));
    let elsewhere = context.root().join("home");
    let mut probe = context.probe(&none);
    probe
        .current_dir(&elsewhere)
        .env("CONDA_PREFIX", context.venv());
    assert_eq!(chosen(&mut probe), by("from `CONDA_PREFIX`"));
    let mut probe = context.probe(&none);
    probe
        .current_dir(&elsewhere)
        .env("CONDA_PREFIX", "/nowhere")
        .env("VIRTUAL_ENV", context.venv());
    assert_eq!(chosen(&mut probe), by("from `VIRTUAL_ENV`"));
    let mut probe = context.probe(&["status", "--no-start", "--venv", ".venv"]);
    let ran = probe.env("VIRTUAL_ENV", "/nowhere").ran().with_code(1);
    assert!(ran.stderr.contains("given with `--venv`"), "{}", ran.text());
}

/// The bytecode in the package: each file's name, and what is in it but for the source's time.
fn bytecode(context: &Context) -> Vec<(String, Vec<u8>)> {
    let folder = context.site_packages().join(context.package());
    let files = fs::read_dir(folder.join("__pycache__")).unwrap();
    let mut files: Vec<_> = files
        .map(|file| {
            let file = file.unwrap();
            let bytes = fs::read(file.path()).unwrap();
            let timeless = [&bytes[..8], &bytes[12..]].concat();
            (file.file_name().into_string().unwrap(), timeless)
        })
        .collect();
    files.sort();
    files
}

#[test]
fn bytecode_that_is_kept_is_as_good_as_new_and_damaged_it_is_not_used() {
    for python in pythons() {
        let context = Context::of(python);
        context.install(&["app:f"]);
        let first = bytecode(&context);
        assert!(first.len() > 5, "{first:?}");
        let cache = context.root().join("home/cache/probe/bytecode");
        let kept = fs::read_dir(&cache).unwrap().next().unwrap().unwrap();
        let whole = fs::read(kept.path()).unwrap();
        let mut damaged = whole.clone();
        damaged[whole.len() / 2] ^= 1;
        for content in [&whole, &damaged] {
            context.probe(&["uninstall"]).succeeds();
            fs::write(kept.path(), content).unwrap();
            context.install(&["app:f"]);
            assert_eq!(bytecode(&context), first, "{}", python.version());
            assert_eq!(fs::read(kept.path()).unwrap(), whole);
        }
        // Python finds it current, and its functions at their own place.
        let before = Tree::of(&context.site_packages());
        let code = format!("import {0} as it; print(it.__dict__)", context.package());
        let said = context.python(&["-c", &code]).succeeds().stdout;
        assert!(said.contains(&*context.site_packages().to_string_lossy()));
        before.assert_same_as_now(&context.site_packages());
    }
}

#[test]
fn bytecode_made_for_one_place_shows_the_other() {
    let context = Context::new();
    context.install(&["app:f"]);
    let moved = context.root().join("elsewhere/.venv");
    fs::create_dir(context.root().join("elsewhere")).unwrap();
    let interpreter = usual_python().path.as_os_str();
    let mut make = context.command(interpreter);
    make.args(["-m", "venv", "--without-pip"]).arg(&moved);
    { make }.succeeds();
    let venv = moved.to_str().unwrap();
    context
        .probe(&["install", "-t", "app:f", "--venv", venv])
        .succeeds();
    let python = moved.join("bin/python");
    let code = "import sys; it = [m for n, m in sys.modules.items() if n.startswith('_probe_')];\
                print({f.__code__.co_filename for m in it for f in vars(m).values()\
                       if hasattr(f, '__code__')})";
    let mut ask = context.command(python);
    ask.args(["-c", code]);
    let said = { ask }.succeeds();
    assert!(said.stdout.contains("/elsewhere/.venv/"), "{}", said.stdout);
    assert!(!said.stdout.contains("/project/.venv/"), "{}", said.stdout);
}
