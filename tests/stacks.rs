//! `probe stacks`, and what `report` says of the killed: a program that hangs and one that the
//! kernel kills for its memory are explained by what they recorded, on both engines.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

use common::{
    Context, Engine, MemoryLimit, Python, Run, check_keys, on_each_engine, refused, snapshot,
    usual_python,
};
use serde_json::Value;

/// A payment waits for a lock that a job took and never gives back.
const SHOP: &str = "
import threading
lock = threading.Lock()

def job(taken):
    with lock:
        taken.set()
        threading.Event().wait()

def handle(began):
    pay(began)

def pay(began):
    began.set()
    with lock:
        pass

def rows():
    yield 1
    yield 2
";

/// Prints the ids of the two threads once both are where they stay.
const HANG: &str = "
import threading, shop

def started(function):
    event, ids = threading.Event(), []
    def run():
        ids.append(threading.get_native_id())
        function(event)
    threading.Thread(target=run, daemon=True).start()
    event.wait()
    return ids[0]

suspended = shop.rows()
next(suspended)
print(started(shop.job), started(shop.handle), flush=True)
threading.Event().wait()
";

/// A program that has to be killed.
struct Hanging {
    child: Child,
    job: u64,
    handler: u64,
}

impl Hanging {
    fn start(context: &Context) -> Self {
        let mut python = context.python(&["hang.py"]);
        let mut child = python.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ids: Vec<u64> = line
            .split(' ')
            .map(|id| id.trim().parse().unwrap())
            .collect();
        Self {
            child,
            job: ids[0],
            handler: ids[1],
        }
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Hanging {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn project(python: &Python, engine: Engine) -> Context {
    let context = Context::with_engine(python, engine);
    context.write("shop.py", SHOP);
    context.write("hang.py", HANG);
    context
}

fn stacks(context: &Context) -> Value {
    let answer = context.probe(&["stacks", "--json"]).succeeds().json();
    check_keys(&answer, &["schema", "venv", "threads", "processes"]);
    for thread in answer["threads"].as_array().unwrap() {
        check_keys(thread, &["pid", "thread", "state", "frames", "past"]);
    }
    answer
}

/// The calls of a thread, and their ages in ns.
fn thread(answer: &Value, id: u64) -> Vec<(String, u64)> {
    let threads = answer["threads"].as_array().unwrap();
    let thread = threads.iter().find(|it| it["thread"] == id);
    let thread = thread.unwrap_or_else(|| panic!("no thread {id}: {answer:#}"));
    let frames = thread["frames"].as_array().unwrap().iter();
    let frame = |it: &Value| {
        (
            it["name"].as_str().unwrap().to_owned(),
            it["age_ns"].as_u64().unwrap(),
        )
    };
    frames.map(frame).collect()
}

fn names(frames: &[(String, u64)]) -> Vec<&str> {
    frames.iter().map(|it| &*it.0).collect()
}

on_each_engine!(a_hang_is_explained, a_kill_for_memory_is_explained);

fn a_hang_is_explained(python: &Python, engine: Engine) {
    let context = project(python, engine);
    context.install(&["shop:**"]);
    let mut hanging = Hanging::start(&context);

    let first = stacks(&context);
    assert_eq!(names(&thread(&first, hanging.job)), ["shop:job"]);
    let waiting = thread(&first, hanging.handler);
    assert_eq!(names(&waiting), ["shop:handle", "shop:pay"]);
    assert!(waiting[0].1 >= waiting[1].1, "{waiting:?}");
    let process = &first["processes"][0];
    assert_eq!(process["pid"], hanging.child.id());
    assert_eq!(process["state"], "running");
    assert_eq!(process["without_stack"][0]["name"], "shop:rows");
    // Since when: they get older.
    let later = thread(&stacks(&context), hanging.handler);
    assert!(later[1].1 > waiting[1].1, "{waiting:?} {later:?}");

    hanging.kill();
    let dead = stacks(&context);
    assert_eq!(dead["threads"][0]["state"], "killed");
    let died_in = thread(&dead, hanging.handler);
    assert_eq!(names(&died_in), ["shop:handle", "shop:pay"]);
    let report = context.probe(&["report"]).succeeds().stdout;
    let thread = format!("  thread {}", hanging.handler);
    let note = report.lines().find(|line| line.starts_with(&thread));
    let note = note.unwrap_or_else(|| panic!("{report}"));
    assert!(note.ends_with(": shop:handle › shop:pay"), "{report}");
}

/// Takes all the memory there is, some calls deep.
const EAT: &str = "
import os, signal
kept = []

def work():
    for number in range(3):
        load(number < 2)

def load(is_little):
    if is_little:
        return
    while True:
        kept.append(bytearray(1 << 20))
        if len(kept) == 50 and os.environ.get('NO_LIMIT'):
            os.kill(os.getpid(), signal.SIGKILL)
";

fn a_kill_for_memory_is_explained(python: &Python, engine: Engine) {
    let context = Context::with_engine(python, engine);
    context.write("eat.py", EAT);
    context.install(&["eat:*"]);
    let limit = MemoryLimit::new(64 << 20);
    let arguments = ["-c", "import eat; eat.work()"];
    let status = match &limit {
        Some(limit) => {
            let mut shell = context.command("sh");
            shell
                .args(["-c", "echo $$ > \"$0\" && exec \"$@\""])
                .arg(limit.processes())
                .arg(context.venv().join("bin/python"))
                .args(arguments);
            shell.status().unwrap()
        }
        None => {
            eprintln!("no cgroup can be made here: the program kills itself");
            let mut python = context.python(&arguments);
            python.env("NO_LIMIT", "1").status().unwrap()
        }
    };
    assert_eq!(status.signal(), Some(9), "{status}");
    if let Some(limit) = &limit {
        assert_eq!(limit.kills(), 1, "the kernel didn't kill it");
    }

    let answer = stacks(&context);
    let [thread] = &answer["threads"].as_array().unwrap()[..] else {
        panic!("{answer:#}");
    };
    assert_eq!(thread["state"], "killed");
    assert_eq!(thread["frames"][0]["name"], "eat:work");
    assert_eq!(thread["frames"][1]["name"], "eat:load");
    let recorded = context.recorded();
    assert_eq!(recorded.calls("eat:load"), 2);
    let report = context.probe(&["report"]).succeeds().stdout;
    assert!(
        report.contains("was killed with 2 calls unfinished: eat:load, eat:work\n"),
        "{report}"
    );
    assert!(report.contains("eat:work › eat:load\n"), "{report}");
    let told = context.probe(&["stacks"]).succeeds().stdout;
    assert!(told.contains("had been running for at least\n"), "{told}");
}

/// Wide, so that no line's end depends on the place's name.
fn report(context: &Context) -> Command {
    let mut report = context.probe(&["report", "--run", "last"]);
    report.env("COLUMNS", "240");
    report
}

/// Snapshots without what differs from run to run.
fn hiding(context: &Context) -> insta::Settings {
    let mut settings = context.settings();
    for (pattern, replacement) in [
        (r"process \d+", "process [PID]"),
        (r"thread \d+", "thread [ID]"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "[TIME]"),
        (r" +[\d.]+ (ns|µs|ms|s|min \d+ s)  shop", "  [AGE]  shop"),
        (r"python 3\.\d+\.\d+", "python [VERSION]"),
        // Of the last call that began it may be that nothing is known.
        (r", the last for at least [\d.]+ (ns|µs|ms|s)", ""),
    ] {
        settings.add_filter(pattern, replacement);
    }
    settings
}

#[test]
fn in_words() {
    let context = project(usual_python(), common::AUTO);
    context.install(&["shop:**"]);
    let mut hanging = Hanging::start(&context);
    hiding(&context).bind(|| {
        snapshot!(context, context.probe(&["stacks"]), @"
        exit code: 0
        ----- stdout -----
        [PROJECT]/.venv

        process [PID] · running · since [TIME] · [PROJECT]/.venv/bin/python hang.py
          thread [ID]
          [AGE]  shop:job
          thread [ID]
          [AGE]  shop:handle
          [AGE]  shop:pay
          on no thread: suspended generators and coroutines
            1 call  shop:rows
        ----- stderr -----
        using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
        ");
    });
    hanging.kill();
    hiding(&context).bind(|| {
        snapshot!(context, context.probe(&["stacks"]), @"
        exit code: 0
        ----- stdout -----
        [PROJECT]/.venv

        process [PID] · killed · started [TIME] · [PROJECT]/.venv/bin/python hang.py
          thread [ID], had been running for at least
          [AGE]  shop:job
          thread [ID], had been running for at least
          [AGE]  shop:handle
          [AGE]  shop:pay
          on no thread: suspended generators and coroutines
            1 call  shop:rows
        ----- stderr -----
        using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
        ");
        snapshot!(context, report(&context), @"
        exit code: 0
        ----- stdout -----
        [PROJECT]/.venv
        1 process: 1 killed · from [TIME] · [PROJECT]/.venv/bin/python hang.py · python [VERSION] · engine native · detail tree

        function     calls  errors
        shop:handle      0       0
        shop:job         0       0
        shop:pay         0       0
        shop:rows        0       0

        process [PID] was killed with 4 calls unfinished: shop:handle, shop:job, shop:pay, shop:rows
          thread [ID]: shop:job
          thread [ID]: shop:handle › shop:pay
        `probe stacks` shows all of what was running
        ----- stderr -----
        using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
        ");
    });
}

#[test]
fn without_stacks_the_calls_are_told() {
    let context = project(usual_python(), common::AUTO);
    let mut install = context.probe(&["install", "--detail", "time", "-t", "shop:**"]);
    install.succeeds();
    let _hanging = Hanging::start(&context);
    hiding(&context).bind(|| {
        snapshot!(context, context.probe(&["stacks"]), @"
        exit code: 0
        ----- stdout -----
        [PROJECT]/.venv

        process [PID] · running · since [TIME] · [PROJECT]/.venv/bin/python hang.py
          no stacks: it records in detail `time`, only `tree` tells what calls what
          begun and not ended
            1 call  shop:handle
            1 call  shop:job
            1 call  shop:pay
            1 call  shop:rows
        ----- stderr -----
        using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
        ");
    });
}

#[test]
fn nothing_recorded_is_said() {
    let context = Context::new();
    refused!(context, context.probe(&["stacks"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: nothing is recorded in `[ROOT]/data/project-[HASH]`
    hint: install the probe with `probe install` and start a program, or start it with `probe run -- COMMAND`
    ");
    refused!(context, context.probe(&["stacks", "--run", "first"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: `first` is not a run
    hint: use `--run last`, `--run all`, or a process id
    ");
}

#[test]
fn one_process_of_several() {
    let context = project(usual_python(), common::AUTO);
    context.install(&["shop:**"]);
    let first = Hanging::start(&context);
    let second = Hanging::start(&context);
    let pid = second.child.id().to_string();
    let run = |arguments: &[&str]| -> Command { context.probe(arguments) };
    let answer = run(&["stacks", "--json", "--run", &pid]).succeeds().json();
    let processes = answer["processes"].as_array().unwrap();
    assert_eq!(processes.len(), 1);
    assert_eq!(processes[0]["pid"], second.child.id());
    let all = stacks(&context);
    assert_eq!(all["processes"].as_array().unwrap().len(), 2);
    assert_eq!(all["processes"][0]["pid"], first.child.id());
}
