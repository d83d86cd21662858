//! `probe run` with Python programs: what is recorded of a whole tree of processes, what they
//! see and say, and Pythons that aren't meant. The launcher as such is `launching.rs`.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::io::BufReader;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use common::{
    Context, Engine, Python, Run, on_each_engine, on_each_python, pythons, wait_for_line,
    with_usual_signals,
};

/// `probe run` with a target and the virtualenv's Python.
fn run(context: &Context, target: &str, arguments: &[&str]) -> Command {
    let mut run = context.probe(&["run", "-t", target, "--"]);
    run.arg(context.venv().join("bin/python")).args(arguments);
    run
}

on_each_engine!(processes_that_come_and_go);
on_each_python!(
    a_program_sees_and_says_the_same,
    start_up_files_of_the_user_still_run,
    other_pythons_in_the_tree,
);

fn processes_that_come_and_go(python: &Python, engine: Engine) {
    let context = Context::with_engine(python, engine);
    context.copy_program("forks.py");
    context.copy_program("worker.py");
    for scene in ["nested", "pool-spawn", "kill", "subprocess"] {
        let ran = run(&context, "worker:work", &["forks.py", scene]).succeeds();
        let calls = &ran.json()["functions"]["worker:work"]["calls"];
        let recorded = context.recorded().calls("worker:work");
        assert_eq!(calls.as_u64(), Some(recorded), "{scene}");
        std::fs::remove_dir_all(context.data()).unwrap();
    }
    let left = std::fs::read_dir(context.site_packages()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}

fn a_program_sees_and_says_the_same(python: &Python) {
    let context = Context::of(python);
    context.write("work.py", "def f(): return 1\n");
    context.write(
        "main.py",
        "import os, sys\n\
         import work\n\
         work.f()\n\
         for part in sys.path: print('path', part) if part not in os.environ.get('PROBE_RUN_DIR', '') else 0\n\
         print(sys.argv, sys.flags, os.getcwd(), sorted(set(sys.modules) & {'threading', 're', 'json'}))\n\
         sys.stdout.flush()\n\
         sys.stdout.buffer.write(sys.stdin.buffer.read() + b'\\xff')\n\
         sys.stderr.write('err\\n')\n\
         sys.exit(len(sys.argv))\n",
    );
    let arguments = ["main.py", "a b", "", "--", "-t"];
    let said = |mut command: Command| {
        command.env("PYTHONPATH", "/one::/two:");
        let output = command.stdin(Stdio::null()).output().unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let without = said(context.python(&arguments));
    assert_eq!(without.0, Some(5), "{without:?}");
    let mut with = said(run(&context, "work:f", &arguments));
    // The launcher names its virtualenv before it starts.
    let (first, rest) = with.2.split_once('\n').unwrap();
    assert!(first.starts_with("using the virtualenv"), "{first}");
    with.2 = rest.to_owned();
    assert_eq!(with, without);
    assert_eq!(context.recorded().calls("work:f"), 1);
}

fn start_up_files_of_the_user_still_run(python: &Python) {
    let context = Context::of(python);
    context.copy_program("hello");
    // A usercustomize runs where the user's folder is looked into.
    let cfg = context.venv().join("pyvenv.cfg");
    let text = std::fs::read_to_string(&cfg).unwrap();
    let text = text.replace("site-packages = false", "site-packages = true");
    std::fs::write(cfg, text).unwrap();
    let hello = "hello:sleep";
    let mut run = run(&context, hello, &["test.py", "arg1", "arg2"]);
    run.env("PYTHONPATH", context.project().join("customize"));
    assert_eq!(
        run.succeeds().stdout,
        "sitecustomize of the user\nusercustomize of the user\n\
         argv ['arg1', 'arg2']\nslept 0.05\n"
    );
    assert_eq!(context.recorded().calls(hello), 1);
}

/// Another supported Python is covered as well; the payload's bytecode doesn't mix.
fn other_pythons_in_the_tree(python: &Python) {
    let context = Context::of(python);
    context.write("work.py", "def f(): return 1\n");
    let script = "import work; work.f()";
    for other in pythons() {
        let code = format!(
            "import subprocess, work; work.f()\n\
             subprocess.check_call([{:?}, '-c', {script:?}])",
            other.path
        );
        run(&context, "work:f", &["-c", &code]).succeeds();
    }
    let calls = context.recorded().calls("work:f");
    assert_eq!(calls, 2 * pythons().len() as u64);
}

/// Pythons that the payload doesn't know, from pyenv's folder.
fn unknown_pythons() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let root = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| home.map(|home| home.join(".pyenv")));
    let versions = root.and_then(|root| root.join("versions").read_dir().ok());
    let mut found: Vec<PathBuf> = versions
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|folder| {
            let name = folder.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| {
                ["2.7.", "3.6.", "3.7."]
                    .iter()
                    .any(|version| name.starts_with(version))
            })
        })
        .map(|folder| folder.join("bin/python"))
        .collect();
    found.extend([PathBuf::from("/usr/bin/python2")]);
    found.retain(|path| path.is_file());
    found
}

#[test]
fn pythons_that_the_probe_does_not_know_are_untouched_and_silent() {
    let context = Context::new();
    context.write("work.py", "def f(): return 1\n");
    context.write("own/sitecustomize.py", "import sys\nsys.own = 'ran'\n");
    let unknown = unknown_pythons();
    if unknown.is_empty() {
        println!("skipped: there is no Python 2.7, 3.6 or 3.7");
    }
    for python in unknown {
        let mut run = context.probe(&["run", "-t", "work:f", "--"]);
        run.arg(&python)
            .args(["-c", "import sys, work; work.f(); print(sys.own)"])
            .env("PYTHONPATH", context.project().join("own"));
        let ran = run.succeeds();
        assert_eq!(ran.stdout, "ran\n", "{python:?}");
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.text());
    }
    context.probe(&["report"]).ran().with_code(3);
}

#[test]
fn an_installed_probe_stays_out() {
    let context = Context::new();
    context.write("work.py", "def f(): pass\ndef g(): pass\n");
    context.install(&["work:f"]);
    let script = ["-c", "import work; work.f(); work.g()"];
    run(&context, "work:g", &script).succeeds();
    let recorded = context.recorded();
    assert_eq!((recorded.calls("work:f"), recorded.calls("work:g")), (0, 1));
    assert_eq!(recorded.processes().len(), 1);
    // And one run within another: the inner one is meant.
    let mut outer = context.probe(&["run", "-t", "work:f", "--"]);
    outer
        .arg(env!("CARGO_BIN_EXE_probe"))
        .args(["run", "-t", "work:g", "--"])
        .arg(context.venv().join("bin/python"))
        .args(script);
    outer.succeeds();
    let recorded = context.recorded();
    assert_eq!((recorded.calls("work:f"), recorded.calls("work:g")), (0, 2));
}

#[test]
fn without_any_venv() {
    let context = Context::without_venv(common::usual_python());
    context.write("work.py", "def f(): pass\n");
    let mut run = context.probe(&["run", "-t", "work:f", "--"]);
    run.arg(&context.python.path)
        .args(["-c", "import work; work.f()"]);
    let ran = run.succeeds();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    // A data root without a venv is read as a whole.
    assert_eq!(context.recorded().calls("work:f"), 1);
}

#[test]
fn signals_reach_the_program_and_what_it_did_is_recorded() {
    let context = Context::new();
    context.write(
        "work.py",
        "import signal, time\n\
         seen = []\n\
         def note(number, frame): seen.append(number)\n\
         for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.signal(number, note)\n\
         def main():\n\
         \x20   print('ready', flush=True)\n\
         \x20   deadline = time.monotonic() + 30\n\
         \x20   while len(seen) < 3 and time.monotonic() < deadline: time.sleep(0.01)\n\
         \x20   time.sleep(0.1)\n\
         \x20   print(sorted(seen), flush=True)\n",
    );
    let run = run(&context, "work:*", &["-c", "import work; work.main()"]);
    let mut child = with_usual_signals(&run)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    wait_for_line(&mut lines, "ready");
    for signal in ["-INT", "-TERM", "-HUP"] {
        let pid = child.id().to_string();
        context.command("kill").args([signal, &pid]).succeeds();
        // Two signals at once may be one to Python: each waits for the one before.
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    wait_for_line(&mut lines, "[1, 2, 15]");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let recorded = context.recorded();
    assert_eq!(recorded.calls("work:note"), 3);
    assert_eq!(recorded.calls("work:main"), 1);
}

#[test]
fn a_program_ended_by_a_signal() {
    let context = Context::new();
    context.write("work.py", "def f(): pass\n");
    for (signal, code) in [("SIGKILL", 137), ("SIGTERM", 143), ("SIGINT", 130)] {
        let script = format!(
            "import os, signal, work; work.f()\n\
             signal.signal(signal.{signal}, signal.SIG_DFL) if '{signal}' != 'SIGKILL' else 0\n\
             os.kill(os.getpid(), signal.{signal})"
        );
        run(&context, "work:f", &["-c", &script])
            .ran()
            .with_code(code);
    }
    let recorded = context.recorded();
    assert_eq!(recorded.calls("work:f"), 3);
    for process in recorded.processes() {
        assert_eq!(process["state"], "killed", "{process}");
    }
}

#[test]
fn the_private_folder_is_used_again() {
    let context = Context::new();
    context.write("work.py", "def f(): pass\n");
    for _ in 0..3 {
        run(&context, "work:f", &["-c", "import work; work.f()"]).succeeds();
    }
    assert_eq!(context.recorded().calls("work:f"), 3);
    let folders = context.root().join("home/cache/probe/run");
    let names = folders
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    let payloads = names.iter().filter(|name| name.starts_with("_probe_"));
    assert_eq!(payloads.count(), 1, "{names:?}");
}
