//! Targets, recordings and data folders that are wrong: each case of bad input as it is shown,
//! and nothing half-written after it. Virtualenvs are `bad_venvs.rs`, configurations
//! `configuration.rs`.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use common::{Context, NOBODY, Run, as_nobody, is_root, refused, snapshot};

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
    // A process doesn't record into somebody else's folder, and makes one beside it.
    let ran = context.python(&["-c", "import app; app.f()"]).succeeds();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    assert_eq!(context.recorded().calls("app:f"), 2);
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 0
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
      why      recording into [ROOT]/data/project-[HASH].u0: the data folder [ROOT]/data/project-[HASH] belongs to user 65534, not to user 0
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}
