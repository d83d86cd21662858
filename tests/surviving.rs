//! What package tools and people do to a virtualenv with the probe: Python starts silently after
//! it, `status` names what happened, `install` repairs it, and `uninstall` leaves what was made.
//! `cargo xtask survival` does the same with more tools.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use common::{Context, Run, Tree, pythons, skip, usual_python, wheel};
use serde_json::Value;

/// A virtualenv with pip, of the newest Python that brings it.
fn with_pip() -> Option<Context> {
    let made = pythons().iter().rev().find_map(|python| {
        let context = Context::without_venv(python);
        let mut make = context.command(&python.path);
        let made = make.args(["-m", "venv"]).arg(context.venv()).ran();
        (made.code == Some(0)).then_some(context)
    });
    if made.is_none() {
        skip("a virtualenv with pip", "no Python brings ensurepip");
    }
    made
}

fn pip(context: &Context, arguments: &[&str], packages: &[&Path]) {
    let mut pip = context.python(&["-m", "pip", "--disable-pip-version-check", "--quiet"]);
    pip.args(arguments).args(packages);
    pip.succeeds();
}

/// A start of Python says nothing that the program doesn't.
#[track_caller]
fn starts_silently(context: &Context) {
    let ran = context.python(&["-B", "-c", "print('on')"]).succeeds();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("on\n", ""));
}

/// What `status` says, which has to be this state; and how a file is in it.
#[track_caller]
fn status(context: &Context, state: &str) -> Value {
    // By its name, since in one of the tests it is another user's.
    let answer = context.probe(&["status", "--json", "--venv", ".venv"]);
    let answer = { answer }.ran().json();
    assert_eq!(answer["state"], state, "{answer:#}");
    answer
}

fn state_of(answer: &Value, path: &str) -> Option<String> {
    let files = answer["files"].as_array().unwrap();
    let file = files.iter().find(|file| file["path"] == path)?;
    Some(file["state"].as_str().unwrap().to_owned())
}

/// That site-packages had no `__pycache__` before is noted down in `install.json` alone; where
/// that was deleted, the folder stays.
#[track_caller]
fn as_before_but_for_an_empty_folder(context: &Context, before: &Tree) {
    let left = before.differences(&Tree::of(&context.venv()));
    let is_it = |path: &String| path.ends_with("site-packages/__pycache__");
    assert!(left.iter().all(is_it), "{left:?}");
}

#[test]
fn a_wheel_that_ships_a_sitecustomize() {
    let Some(context) = with_pip() else { return };
    let theirs = wheel(
        &context,
        "custom",
        "1.0",
        &[("sitecustomize.py", "own = 1\n")],
    );
    let own = context.site_packages().join("sitecustomize.py");
    context.install(&["app:f"]);
    pip(&context, &["install", "--no-index"], &[&theirs]);
    starts_silently(&context);
    let answer = status(&context, "modified");
    assert_eq!(answer["fires"], true);
    assert_eq!(state_of(&answer, "sitecustomize.py").unwrap(), "foreign");
    // Without that name it is whole again.
    context.install(&["app:f"]);
    assert_eq!(fs::read_to_string(&own).unwrap(), "own = 1\n");
    assert_eq!(status(&context, "intact")["fires"], true);
    pip(&context, &["uninstall", "--yes", "custom"], &[]);
    starts_silently(&context);
    assert_eq!(status(&context, "intact")["fires"], true);
    // The name is free again.
    context.install(&["app:f"]);
    assert!(own.is_file());
    // Now pip removes ours with its own.
    pip(&context, &["install", "--no-index"], &[&theirs]);
    pip(&context, &["uninstall", "--yes", "custom"], &[]);
    starts_silently(&context);
    let answer = status(&context, "incomplete");
    assert_eq!(state_of(&answer, "sitecustomize.py").unwrap(), "missing");
    context.install(&["app:f"]);
    assert_eq!(status(&context, "intact")["fires"], true);
    context.probe(&["uninstall"]).succeeds();
    starts_silently(&context);
}

#[test]
fn a_wheel_that_ships_a_probe_pth() {
    let Some(context) = with_pip() else { return };
    let theirs = wheel(&context, "custom", "1.0", &[("probe.pth", "# theirs\n")]);
    let own = context.site_packages().join("probe.pth");
    context.install(&["app:f"]);
    pip(&context, &["install", "--no-index"], &[&theirs]);
    starts_silently(&context);
    let answer = status(&context, "modified");
    assert_eq!(answer["fires"], true);
    assert_eq!(state_of(&answer, "probe.pth").unwrap(), "foreign");
    let ran = context
        .probe(&["install", "-t", "app:f"])
        .ran()
        .with_code(3);
    assert!(
        ran.stderr.contains("`probe.pth` is in the way"),
        "{}",
        ran.text()
    );
    let ran = context.probe(&["uninstall"]).ran().with_code(1);
    assert!(ran.stderr.contains("`probe.pth`"), "{}", ran.text());
    assert_eq!(fs::read_to_string(&own).unwrap(), "# theirs\n");
    starts_silently(&context);
    pip(&context, &["uninstall", "--yes", "custom"], &[]);
    context.install(&["app:f"]);
    assert_eq!(status(&context, "intact")["fires"], true);
}

#[test]
fn a_venv_that_is_made_again_in_place() {
    let context = Context::new();
    context.install(&["app:f"]);
    let make = |options: &[&str]| {
        let mut make = context.command(&context.python.path);
        make.args(["-m", "venv", "--without-pip"]).args(options);
        make.arg(context.venv()).succeeds();
        starts_silently(&context);
    };
    for options in [&[][..], &["--upgrade"]] {
        make(options);
        assert_eq!(status(&context, "intact")["fires"], true);
    }
    make(&["--clear"]);
    status(&context, "absent");
    context.probe(&["uninstall"]).ran().with_code(3);
}

#[test]
fn a_file_that_is_gone() {
    let context = Context::new();
    let before = Tree::of(&context.venv());
    context.install(&["app:f"]);
    let package = context.package();
    for name in [
        "probe.pth",
        "probe.start",
        "sitecustomize.py",
        "__init__.py",
        "plan.py",
        "finder.py",
        "install.json",
    ] {
        let is_start_up = context.site_packages().join(name).exists();
        let path = if is_start_up {
            name.to_owned()
        } else {
            format!("{package}/{name}")
        };
        fs::remove_file(context.site_packages().join(&path)).unwrap();
        // What a `.start` file names can't be missing in silence.
        if name != "__init__.py" || context.python.minor < 15 {
            starts_silently(&context);
        }
        let answer = status(&context, "incomplete");
        assert_eq!(state_of(&answer, &path).unwrap(), "missing", "{path}");
        context.install(&["app:f"]);
        assert_eq!(status(&context, "intact")["fires"], true, "{path}");
    }
    context.probe(&["uninstall"]).succeeds();
    as_before_but_for_an_empty_folder(&context, &before);
}

#[test]
fn a_package_that_is_gone() {
    let context = Context::new();
    let before = Tree::of(&context.venv());
    context.install(&["app:f"]);
    fs::remove_dir_all(context.site_packages().join(context.package())).unwrap();
    if context.python.minor < 15 {
        starts_silently(&context);
    }
    assert_eq!(status(&context, "incomplete")["fires"], false);
    context.probe(&["uninstall"]).succeeds();
    starts_silently(&context);
    as_before_but_for_an_empty_folder(&context, &before);
}

#[test]
fn bytecode_that_comes_and_goes() {
    let context = Context::new();
    let before = Tree::of(&context.venv());
    context.install(&["app:f"]);
    let site_packages = context.site_packages();
    for script in [
        r#"find "$1" -name '*.pyc' -delete"#,
        r#"find "$1" -name __pycache__ -prune -exec rm -r {} +"#,
        r#""$2" -m compileall -q -f "$1""#,
        r#""$2" -OO -m compileall -q -f "$1""#,
    ] {
        let mut shell = context.command("sh");
        shell.args(["-ec", script, "sh"]).arg(&site_packages);
        shell.arg(context.venv().join("bin/python")).succeeds();
        starts_silently(&context);
        assert_eq!(status(&context, "intact")["fires"], true, "{script}");
    }
    context.probe(&["uninstall"]).succeeds();
    before.assert_same_as_now(&context.venv());
}

#[test]
fn copies_with_other_times_and_owners() {
    let context = Context::new();
    let before = Tree::of(&context.venv());
    context.install(&["app:f"]);
    let mut shell = context.command("sh");
    shell.args([
        "-ec",
        "mv .venv old
        cp -r --preserve=mode,links old .venv
        find .venv -exec touch -h -d 2001-01-01 {} +
        if [ $(id -u) = 0 ]; then chown -hR 12345:12345 .venv; fi
        cp -a .venv moved",
    ]);
    shell.succeeds();
    starts_silently(&context);
    assert_eq!(status(&context, "intact")["fires"], true);
    let moved = context.probe(&["status", "--json", "--venv", "moved"]);
    let moved = { moved }.ran().with_code(1).json();
    assert_eq!(
        (&moved["state"], &moved["fires"]),
        (&"stale".into(), &true.into())
    );
    for venv in [".venv", "moved"] {
        context.probe(&["uninstall", "--venv", venv]).succeeds();
    }
    before.assert_same_as_now(&context.venv());
    before.assert_same_as_now(&context.project().join("moved"));
}

#[test]
fn a_library_that_a_later_python_replaced() {
    let context = Context::new();
    let Some(older) = pythons().iter().rfind(|it| it.minor < usual_python().minor) else {
        return skip("an older Python", "there is one only");
    };
    context.install(&["app:f"]);
    fs::remove_dir_all(context.venv().join("bin")).unwrap();
    let mut make = context.command(&older.path);
    make.args(["-m", "venv", "--without-pip"])
        .arg(context.venv());
    make.succeeds();
    starts_silently(&context);
    let answer = context
        .probe(&["status", "--json"])
        .ran()
        .with_code(1)
        .json();
    assert_eq!(answer["fires"], false, "{answer:#}");
}
