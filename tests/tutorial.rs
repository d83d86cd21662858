//! The three examples that this tool grew from, as somebody would type them: a function timed
//! through an import hook, by a start-up file with no import in the program, and by a launcher.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Context, Run, pythons, snapshot};

/// A place with the example and an active virtualenv, as a shell has it.
fn example() -> Context {
    let context = Context::new();
    context.copy_program("hello");
    context
}

#[test]
fn sleep_is_timed_by_the_installed_hook_with_no_import_in_the_program() {
    for python in pythons() {
        let context = Context::of(python);
        context.copy_program("hello");
        context.install(&["hello:sleep"]);
        let ran = context.python(&["test.py", "arg1", "arg2"]).succeeds();
        assert_eq!(ran.stdout, "argv ['arg1', 'arg2']\nslept 0.05\n");
        assert_eq!(ran.stderr, "");
        let recorded = context.recorded();
        // The program took its reference by `from hello import sleep`.
        assert_eq!(recorded.calls("hello:sleep"), 1, "{}", python.version());
        let sleep = &recorded.0["functions"][0];
        for key in ["total_ns", "self_ns", "min_ns", "max_ns"] {
            let nanoseconds = sleep[key].as_u64().unwrap();
            assert!(nanoseconds >= 50_000_000, "{key} of {sleep}");
        }
        context.probe(&["uninstall"]).succeeds();
    }
}

#[test]
fn the_launcher_passes_the_arguments_on() {
    let context = example();
    let mut path = context.venv().join("bin").into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let run = [
        "run",
        "-t",
        "hello:sleep",
        "--",
        "python",
        "test.py",
        "arg1",
        "arg2",
    ];
    let mut run = context.probe(&run);
    // As in a shell where the virtualenv is active.
    run.env("PATH", path).env("VIRTUAL_ENV", context.venv());
    snapshot!(context, run, @"
    exit code: 0
    ----- stdout -----
    argv ['arg1', 'arg2']
    slept 0.05
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (from `VIRTUAL_ENV`)
    ");
    assert_eq!(context.recorded().calls("hello:sleep"), 1);
    // The installed hook would have left something behind.
    assert_eq!(context.site_packages().read_dir().unwrap().count(), 0);
}

#[test]
fn start_up_files_of_the_user_run_beside_the_installed_hook() {
    let context = example();
    context.install(&["hello:sleep"]);
    let mut python = context.python(&["test.py", "a"]);
    python.env("PYTHONPATH", context.project().join("customize"));
    assert_eq!(
        python.succeeds().stdout,
        "sitecustomize of the user\nargv ['a']\nslept 0.05\n"
    );
    assert_eq!(context.recorded().calls("hello:sleep"), 1);
}

#[test]
fn the_tutorial_from_install_to_uninstall() {
    let context = example();
    snapshot!(context, context.probe(&["install", "-t", "hello:sleep"]), @"
    exit code: 0
    ----- stdout -----
    installed for Python 3.[X], in [PROJECT]/.venv/lib/python3.[X]/site-packages
      create   _probe_[HASH]/
      write    sitecustomize.py
      write    probe.pth
      write    probe.start
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    context.python(&["test.py"]).succeeds();
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 0
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    snapshot!(context, context.probe(&["targets"]), @"
    exit code: 0
    ----- stdout -----
    hello:sleep
      hello:sleep  hooked  1 call
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    snapshot!(context, context.probe(&["uninstall"]), @"
    exit code: 0
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
    ");
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    nothing installed
      why      the probe isn't installed here
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}
