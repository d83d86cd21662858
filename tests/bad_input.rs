//! What is wrong, on which path, and what to do: each case of bad input as it is shown, and
//! nothing half-written after it.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Context, Run, Tree, snapshot, usual_python};

/// As [`snapshot!`], and nothing of the place may change.
macro_rules! refused {
    ($context:expr, $command:expr, @$expected:literal) => {{
        let before = Tree::of($context.root());
        snapshot!($context, $command, @$expected);
        before.assert_same_as_now($context.root());
    }};
}

const INSTALL: [&str; 3] = ["install", "-t", "app:f"];

/// A user without rights.
const NOBODY: u32 = 65534;

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
    warning: the interpreter `[PROJECT]/.venv/bin/python` is missing or a link that leads nowhere, so nothing can be recorded; bring it back with `python3 -m venv --upgrade [PROJECT]/.venv`
    ");
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
    hint: CPython 3.8 to 3.15 are supported
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
    hint: CPython 3.8 to 3.15 are supported
    ");
    looks_like(
        &context,
        "pypy",
        "pypy3.10",
        "home = /usr/bin\nversion = 3.10.1\n",
    );
    refused!(context, context.probe(&["install", "-t", "app:f", "--venv", "pypy"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: the virtualenv `[PROJECT]/pypy` has PyPy, which the probe doesn't know
    hint: CPython 3.8 to 3.15 are supported
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

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// `probe`, run by a user without rights where the tests run as root. The program is copied to
/// where that user can reach it.
fn as_nobody(context: &Context, arguments: &[&str]) -> Command {
    if !is_root() {
        return context.probe(arguments);
    }
    let program = context.root().join("home/probe");
    if !program.exists() {
        // By another process: a child of another test may hold what this one writes open, and
        // a program that is open for writing can't be started.
        let mut copy = context.command("cp");
        copy.arg(env!("CARGO_BIN_EXE_probe")).arg(&program);
        copy.succeeds();
    }
    let mut probe = context.command(program);
    probe.args(arguments).uid(NOBODY).gid(NOBODY);
    probe
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

#[test]
fn targets_that_do_not_parse() {
    let context = Context::new();
    refused!(context, context.probe(&["install", "-t", "shop..db:f"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: target doesn't parse: a part is empty, at column 6
      shop..db:f
           ^
    hint: a target is `module:qualname`, such as `shop.db:Session.commit`, `shop.**:*` or `!shop.tests.**`
    ");
    refused!(context, context.probe(&["install", "-t", "shop:f:g"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: target doesn't parse: a second `:`, at column 7
      shop:f:g
            ^
    hint: a target is `module:qualname`, such as `shop.db:Session.commit`, `shop.**:*` or `!shop.tests.**`
    ");
    refused!(context, context.probe(&["install", "-t", "shop:sl eep"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: target doesn't parse: ` ` can't stand in a name, at column 8
      shop:sl eep
             ^
    hint: a target is `module:qualname`, such as `shop.db:Session.commit`, `shop.**:*` or `!shop.tests.**`
    ");
    refused!(context, context.probe(&["install", "-t", "a:f", "-t", "!"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: target doesn't parse: the module is missing, at column 2
      !
       ^
    hint: a target is `module:qualname`, such as `shop.db:Session.commit`, `shop.**:*` or `!shop.tests.**`
    ");
    refused!(context, context.probe(&["run", "-t", "shop:3d", "--", "true"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: target doesn't parse: a name can't start with the digit `3`, at column 6
      shop:3d
           ^
    hint: a target is `module:qualname`, such as `shop.db:Session.commit`, `shop.**:*` or `!shop.tests.**`
    ");
    refused!(context, context.probe(&["run", "-t", "", "--", "true"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: target doesn't parse: it is empty, at column 1
      
      ^
    hint: a target is `module:qualname`, such as `shop.db:Session.commit`, `shop.**:*` or `!shop.tests.**`
    ");
}

#[test]
fn targets_that_name_nothing() {
    let context = Context::new();
    context.copy_program("shop");
    // Only a warning: what a program makes at run time can't be seen in its sources.
    snapshot!(context, context.probe(&["install", "-t", "shop.cart:Cart.totel"]), @"
    exit code: 0
    ----- stdout -----
    installed for Python 3.[X], in [PROJECT]/.venv/lib/python3.[X]/site-packages
      create   _probe_[HASH]/
      write    sitecustomize.py
      write    probe.pth
      write    probe.start
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    warning: the target `shop.cart:Cart.totel` may name nothing: `[PROJECT]/shop/cart.py` defines no `Cart.totel`; did you mean `shop.cart:Cart.total`?
    ");
    snapshot!(context, context.probe(&["install", "-t", "shop.crat:Cart.total"]), @"
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
    warning: the target `shop.crat:Cart.total` may name nothing: no module `shop.crat` is found; did you mean `shop.cart:Cart.total`?
    ");
    snapshot!(context, context.probe(&["install", "-t", "shopp.**:**"]), @"
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
    warning: the target `shopp.**:**` may name nothing: no module `shopp` is found; did you mean `shop.**:**`?
    ");
    snapshot!(context, context.probe(&["targets"]), @"
    exit code: 0
    ----- stdout -----
    shopp.**:**
      no module `shopp` is found; did you mean `shop.**:**`?
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}

/// A place with one good recording, and the path for another.
fn recorded() -> (Context, PathBuf) {
    let context = Context::new();
    context.write("app.py", "def f(): pass\n");
    context.install(&["app:f"]);
    context.python(&["-c", "import app; app.f()"]).succeeds();
    let other = context.store().join("00000000-1-1-00000000.rec");
    (context, other)
}

#[test]
fn a_damaged_recording() {
    let (context, other) = recorded();
    let good = fs::read(&context.recordings()[0]).unwrap();
    let calls = |context: &Context| {
        let ran = context.probe(&["report", "--json"]).succeeds();
        let answer = ran.json();
        assert_eq!(answer["dropped"]["recordings"], 1, "{}", ran.text());
        assert_eq!(answer["functions"][0]["calls"], 1, "{}", ran.text());
        ran.stderr
            .replace(context.root().to_str().unwrap(), "[ROOT]")
    };
    let mut damaged = good.clone();
    // The first block says that it is longer than the file.
    damaged[4096..4104].fill(0xff);
    fs::write(&other, damaged).unwrap();
    let told = calls(&context);
    assert!(
        told.contains("00000000-1-1-00000000.rec` is damaged: "),
        "{told}"
    );
    let mut newer = good.clone();
    newer[12] = 9;
    fs::write(&other, newer).unwrap();
    let told = calls(&context);
    assert!(told.contains("has format version 9"), "{told}");
    fs::write(&other, "something else that is long enough".repeat(200)).unwrap();
    let told = calls(&context);
    assert!(told.contains("is not a recording"), "{told}");
    fs::write(&other, "").unwrap();
    let told = calls(&context);
    assert!(told.contains("has no header yet"), "{told}");
    // Whatever is in it, it is only read.
    assert!(other.is_file());
}

#[test]
fn only_a_damaged_recording() {
    let context = Context::new();
    context.install(&["app:f"]);
    context.write("app.py", "def f(): pass\n");
    context.python(&["-c", "import app; app.f()"]).succeeds();
    let path = context.recordings().remove(0);
    let name = path.with_file_name("00000000-1-1-00000000.rec");
    fs::remove_file(path).unwrap();
    fs::write(&name, "nonsense").unwrap();
    refused!(context, context.probe(&["report"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    warning: `[ROOT]/data/project-[HASH]/00000000-1-1-00000000.rec` is not a recording; remove it; the others are read without it
    error: nothing is recorded in `[ROOT]/data/project-[HASH]`
    hint: install the probe with `probe install` and start a program, or start it with `probe run -- COMMAND`
    ");
}

#[test]
fn nothing_recorded() {
    let context = Context::new();
    refused!(context, context.probe(&["report"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: nothing is recorded in `[ROOT]/data/project-[HASH]`
    hint: install the probe with `probe install` and start a program, or start it with `probe run -- COMMAND`
    ");
    refused!(context, context.probe(&["report", "--json", "--run", "last"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: nothing is recorded in `[ROOT]/data/project-[HASH]`
    hint: install the probe with `probe install` and start a program, or start it with `probe run -- COMMAND`
    ");
    context.install(&["app:f"]);
    refused!(context, context.probe(&["report"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: nothing is recorded in `[ROOT]/data/project-[HASH]`
    hint: install the probe with `probe install` and start a program, or start it with `probe run -- COMMAND`
    ");
}

#[test]
fn targets_where_nothing_is_installed() {
    let context = Context::new();
    refused!(context, context.probe(&["targets"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: nothing is installed in `[PROJECT]/.venv`
    hint: run `probe install` first
    ");
}

/// Gives a folder with all that is in it to another user.
fn give(folder: &Path, user: u32) {
    for entry in walkdir::WalkDir::new(folder) {
        chown(entry.unwrap().path(), Some(user), Some(user)).unwrap();
    }
}

#[test]
fn a_data_folder_of_another_user() {
    if !is_root() {
        println!("skipped: only root can give a folder away");
        return;
    }
    let (context, _) = recorded();
    // Root reads anybody's, and nobody only their own.
    fs::set_permissions(context.data(), PermissionsExt::from_mode(0o755)).unwrap();
    fs::set_permissions(context.store(), PermissionsExt::from_mode(0o755)).unwrap();
    snapshot!(context, as_nobody(&context, &["report"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: the folder `[ROOT]/data/project-[HASH]` belongs to another user (id 0)
    hint: choose another folder with --data-dir or PROBE_DATA_DIR, or read it as its owner
    ");
    give(&context.store(), NOBODY);
    context.probe(&["report"]).succeeds();
    as_nobody(&context, &["report"]).succeeds();
    // A process doesn't record into somebody else's folder, and doesn't fail.
    let ran = context.python(&["-c", "import app; app.f()"]).succeeds();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    assert_eq!(context.recorded().calls("app:f"), 1);
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 0
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    yes, through probe.[FILE]
      engine   python
      why      nothing can be recorded: the data folder [ROOT]/data/project-[HASH] belongs to user 65534, not to user 0
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}
