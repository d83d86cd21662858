//! Virtualenvs that the probe can't be installed into: what is wrong, on which path, and what
//! to do, as it is shown; nothing half-written after it.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use common::{Context, Run, Tree, as_nobody, refused, snapshot, usual_python};

const INSTALL: [&str; 3] = ["install", "-t", "app:f"];

#[test]
fn no_venv() {
    let context = Context::without_venv(usual_python());
    refused!(context, context.probe(&INSTALL), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: no virtualenv: none is active, and there is no `.venv` in `[PROJECT]` or above it
    hint: give one with `--venv DIR`, or make one with `python3 -m venv .venv`
    ");
    refused!(context, context.probe(&["install", "-t", "app:f", "--venv", "nowhere"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: the virtualenv `[PROJECT]/nowhere` (given with `--venv`) does not exist
    hint: make one with `python3 -m venv DIR`, or check the path
    ");
    refused!(context, context.probe(&["install", "-t", "app:f", "--venv", "."]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: `[PROJECT]` (given with `--venv`) is not a virtualenv: there is no `pyvenv.cfg` in it
    hint: make one with `python3 -m venv DIR`, or check the path
    ");
    let mut install = context.probe(&INSTALL);
    install.env("VIRTUAL_ENV", "/nowhere");
    refused!(context, install, @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: the virtualenv `/nowhere` (from `VIRTUAL_ENV`) does not exist
    hint: run `deactivate`, or give another with `--venv DIR`
    ");
    for verb in ["uninstall", "status", "targets"] {
        context.probe(&[verb]).ran().with_code(3);
    }
}

/// A virtualenv in which two Pythons left their library folders.
fn two_in_one() -> Context {
    let context = Context::new();
    fs::create_dir_all(context.venv().join("lib/python2.7/site-packages")).unwrap();
    context
}

#[test]
fn two_venvs_in_one_folder() {
    let context = two_in_one();
    // The interpreter knows which one is its own.
    context.probe(&INSTALL).succeeds();
    assert!(context.site_packages().join("probe.pth").is_file());
    let context = two_in_one();
    for name in ["python", "python3"] {
        fs::remove_file(context.venv().join("bin").join(name)).unwrap();
    }
    refused!(context, context.probe(&INSTALL), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: the virtualenv `[PROJECT]/.venv` doesn't tell which Python it belongs to (found: python2.7, python3.[X]), and its interpreter can't be asked: `[PROJECT]/.venv/bin/python` doesn't start: No such file or directory (os error 2)
    hint: make it again with `python3 -m venv --clear DIR`
    ");
}

#[test]
fn a_dangling_interpreter() {
    let context = Context::new();
    let python = context.venv().join("bin/python");
    fs::remove_file(&python).unwrap();
    symlink("/nowhere/python", &python).unwrap();
    // The files alone tell where site-packages is; status says what is wrong.
    snapshot!(context, context.probe(&INSTALL), @"
    exit code: 0
    ----- stdout -----
    installed for Python 3.[X], in [PROJECT]/.venv/lib/python3.[X]/site-packages
      create   _probe_[HASH]/
      write    sitecustomize.py
      write    probe.pth
      write    probe.start
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    warning: the target `app:f` may name nothing: no module `app` is found
    warning: the interpreter `[PROJECT]/.venv/bin/python` leads to `/nowhere/python`, which isn't there; to bring it back, remove `[PROJECT]/.venv/bin/python*` and run `python3.[X] -m venv --upgrade [PROJECT]/.venv`
    ");
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
}

/// A folder that looks like a virtualenv of some Python.
fn looks_like(context: &Context, name: &str, library: &str, cfg: &str) -> PathBuf {
    let venv = context.project().join(name);
    fs::create_dir_all(venv.join("lib").join(library).join("site-packages")).unwrap();
    fs::write(venv.join("pyvenv.cfg"), cfg).unwrap();
    venv
}

#[test]
fn an_unsupported_python() {
    let context = Context::without_venv(usual_python());
    looks_like(
        &context,
        "old",
        "python3.7",
        "home = /usr/bin\nversion = 3.7.17\n",
    );
    refused!(context, context.probe(&["install", "-t", "app:f", "--venv", "old"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/old` (given with `--venv`)
    error: the virtualenv `[PROJECT]/old` has Python 3.7, which is too old
    hint: CPython 3.8 to 3.15 are supported, and PyPy from 3.9 on
    ");
    looks_like(
        &context,
        "new",
        "python3.99",
        "home = /usr/bin\nversion = 3.99.0\n",
    );
    refused!(context, context.probe(&["install", "-t", "app:f", "--venv", "new"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/new` (given with `--venv`)
    error: the virtualenv `[PROJECT]/new` has Python 3.99, which is too new
    hint: CPython 3.8 to 3.15 are supported, and PyPy from 3.9 on
    ");
    looks_like(
        &context,
        "pypy",
        "pypy3.8",
        "home = /usr/bin\nversion = 3.8.1\n",
    );
    refused!(context, context.probe(&["install", "-t", "app:f", "--venv", "pypy"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: the virtualenv `[PROJECT]/pypy` has PyPy 3.8, which is too old
    hint: CPython 3.8 to 3.15 are supported, and PyPy from 3.9 on
    ");
}

#[test]
fn no_site_packages() {
    let context = Context::without_venv(usual_python());
    let venv = context.project().join("empty");
    fs::create_dir(&venv).unwrap();
    fs::write(
        venv.join("pyvenv.cfg"),
        "home = /usr/bin\nversion = 3.12.1\n",
    )
    .unwrap();
    refused!(context, context.probe(&["install", "-t", "app:f", "--venv", "empty"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: the virtualenv `[PROJECT]/empty` has no `lib/pythonX.Y/site-packages`
    hint: make it again with `python3 -m venv --clear DIR`
    ");
}

#[test]
fn managed_by_the_system() {
    let context = Context::new();
    let library = context.site_packages().parent().unwrap().to_owned();
    fs::write(library.join("EXTERNALLY-MANAGED"), "[externally-managed]\n").unwrap();
    refused!(context, context.probe(&INSTALL), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: the Python in `[PROJECT]/.venv` is managed by the system, says `[PROJECT]/.venv/lib/python3.[X]/EXTERNALLY-MANAGED`
    hint: make a virtualenv with `python3 -m venv .venv` and give it with `--venv`
    ");
    // The system's own prefix has no pyvenv.cfg.
    fs::remove_file(context.venv().join("pyvenv.cfg")).unwrap();
    refused!(context, context.probe(&INSTALL), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: the Python in `[PROJECT]/.venv` is managed by the system, says `[PROJECT]/.venv/lib/python3.[X]/EXTERNALLY-MANAGED`
    hint: make a virtualenv with `python3 -m venv .venv` and give it with `--venv`
    ");
}

#[test]
fn site_packages_that_lead_elsewhere() {
    let context = Context::new();
    let elsewhere = context.root().join("elsewhere");
    fs::rename(context.site_packages(), &elsewhere).unwrap();
    symlink(&elsewhere, context.site_packages()).unwrap();
    refused!(context, context.probe(&INSTALL), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: `[PROJECT]/.venv/lib/python3.[X]/site-packages` leads out of its virtualenv, to `[ROOT]/elsewhere`
    hint: give the virtualenv that it really belongs to with `--venv DIR`
    ");
}

#[test]
fn site_packages_that_cannot_be_written() {
    let context = Context::new();
    let folder = context.site_packages();
    let before = Tree::of(&context.venv());
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o555)).unwrap();
    snapshot!(context, as_nobody(&context, &INSTALL), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: `[PROJECT]/.venv/lib/python3.[X]/site-packages` can't be written
      caused by: Permission denied (os error 13)
    hint: run the command as the user that owns it
    ");
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).unwrap();
    before.assert_same_as_now(&context.venv());

    context.install(&["app:f"]);
    let before = Tree::of(&context.venv());
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o555)).unwrap();
    snapshot!(context, as_nobody(&context, &["uninstall"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: `[PROJECT]/.venv/lib/python3.[X]/site-packages` can't be written
      caused by: Permission denied (os error 13)
    hint: run the command as the user that owns it
    ");
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).unwrap();
    before.assert_same_as_now(&context.venv());
}
