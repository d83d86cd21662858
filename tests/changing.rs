//! Several commands at once on one virtualenv, commands that are in each other's way, and programs
//! that run while what is installed changes under them.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread;

use common::{Context, Run, Tree, pythons, snapshot};

#[test]
fn installers_and_uninstallers_at_once_leave_one_whole_state() {
    let context = Context::new();
    context.write("app.py", "def f(): pass\n");
    let before = Tree::of(&context.venv());
    for _ in 0..3 {
        let mut commands: Vec<Command> = (0..4)
            .map(|number| context.probe(&["install", "-t", &format!("app:f{number}")]))
            // Without the proof, which would find what another one has installed meanwhile.
            .chain((0..2).map(|_| context.probe(&["uninstall", "--no-start"])))
            .collect();
        thread::scope(|scope| {
            for command in &mut commands {
                scope.spawn(|| {
                    let ran = command.ran();
                    let nothing_there =
                        ran.code == Some(3) && ran.stderr.contains("isn't installed");
                    assert!(ran.code == Some(0) || nothing_there, "{}", ran.text());
                });
            }
        });
        let status = context.probe(&["status", "--json"]).ran().json();
        match status["state"].as_str() {
            Some("intact") => assert_eq!(status["fires"], true, "{status}"),
            Some("absent") => before.assert_same_as_now(&context.venv()),
            _ => panic!("{status}"),
        }
    }
    context.install(&["app:f"]);
    context.probe(&["uninstall"]).succeeds();
    before.assert_same_as_now(&context.venv());
}

/// Holds the lock that commands take, until it is told to end or is killed.
fn lock_holder(context: &Context) -> Child {
    let script = "import fcntl, os, sys\n\
                  folder = os.open(sys.argv[1], os.O_RDONLY)\n\
                  fcntl.flock(folder, fcntl.LOCK_EX)\n\
                  print('held', flush=True)\n\
                  sys.stdin.read()\n";
    let mut child = context
        .command(&context.python.path)
        .args(["-I", "-S", "-c", script])
        .arg(context.site_packages())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut [0; 5])
        .unwrap();
    child
}

#[test]
fn a_folder_that_is_locked_for_long_is_said_and_left_alone() {
    let context = Context::new();
    context.write("app.py", "def f(): pass\n");
    let mut holder = lock_holder(&context);
    let before = Tree::of(&context.venv());
    snapshot!(context, context.probe(&["install", "-t", "app:f"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: another process has been working in `[PROJECT]/.venv/lib/python3.[X]/site-packages` for 10 seconds
    hint: wait until it is done, or end it, and try again
    ");
    before.assert_same_as_now(&context.venv());
    holder.kill().unwrap();
    holder.wait().unwrap();
}

#[test]
fn a_lock_ends_with_its_holder() {
    let context = Context::new();
    context.write("app.py", "def f(): pass\n");
    let mut holder = lock_holder(&context);
    let mut install = context.probe(&["install", "-t", "app:f"]);
    install.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut waiting = install.spawn().unwrap();
    // It says which virtualenv it works on, and then waits for the lock.
    let mut stderr = waiting.stderr.take().unwrap();
    stderr.read_exact(&mut [0; 5]).unwrap();
    assert!(waiting.try_wait().unwrap().is_none());
    holder.kill().unwrap();
    holder.wait().unwrap();
    stderr.read_to_end(&mut Vec::new()).unwrap();
    assert!(waiting.wait().unwrap().success());
    assert!(File::open(context.site_packages().join("probe.pth")).is_ok());
}

#[test]
fn a_program_goes_on_when_the_probe_is_replaced_or_removed_under_it() {
    for python in pythons() {
        for change in [&["install", "-t", "app:g"][..], &["uninstall"]] {
            let context = Context::of(python);
            context.write("app.py", "def f(): return 1\ndef g(): return 2\n");
            context.write(
                "main.py",
                "import sys\n\
                 print('up', flush=True)\n\
                 sys.stdin.read()\n\
                 import app\n\
                 print(app.f() + app.g(), flush=True)\n",
            );
            context.install(&["app:f"]);
            let mut main = context.python(&["main.py"]);
            main.stdin(Stdio::piped());
            let mut main = main
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut stdout = main.stdout.take().unwrap();
            stdout.read_exact(&mut [0; 3]).unwrap();
            context.probe(change).succeeds();
            // What its first import of a target would load is gone now.
            main.stdin.take().unwrap().flush().unwrap();
            let mut said = String::new();
            stdout.read_to_string(&mut said).unwrap();
            let output = main.wait_with_output().unwrap();
            assert_eq!(said, "3\n", "{python:?}, {change:?}");
            assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{python:?}");
            assert!(output.status.success());
            let left = fs::read_dir(context.site_packages()).unwrap();
            let ours = left.filter(|entry| {
                let name = entry.as_ref().unwrap().file_name();
                name.to_string_lossy().starts_with("_probe_")
            });
            assert_eq!(ours.count(), usize::from(change[0] == "install"));
        }
    }
}
