//! `probe off` and `probe on`: what a running process records between them and after, whom they
//! reach and whom not, on both engines.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use common::{Context, Engine, Python, Run, on_each_engine, refused, snapshot, usual_python};
use serde_json::Value;

/// Works once for each line that it reads.
const SERVICE: &str = "import sys, work\n\
    for line in sys.stdin:\n\
    \x20   work.f()\n\
    \x20   print('done', flush=True)\n";

/// A process that works when it is told to.
struct Service {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Service {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    #[track_caller]
    fn work(&mut self) {
        writeln!(self.input).unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert_eq!(line, "done\n");
    }

    fn end(mut self) {
        drop(self.input);
        assert!(self.child.wait().unwrap().success());
    }
}

fn project(python: &Python, engine: Engine) -> Context {
    let context = Context::with_engine(python, engine);
    context.write("work.py", "def f(): return 1\n");
    context.write("service.py", SERVICE);
    context.install(&["work:f"]);
    context
}

fn calls(context: &Context) -> u64 {
    context.recorded().calls("work:f")
}

on_each_engine!(a_running_process_pauses_and_goes_on);

fn a_running_process_pauses_and_goes_on(python: &Python, engine: Engine) {
    let context = project(python, engine);
    let mut service = Service::start(&mut context.python(&["service.py"]));
    service.work();
    context.probe(&["off"]).succeeds();
    for _ in 0..5 {
        service.work();
    }
    assert_eq!(calls(&context), 1);
    context.probe(&["on"]).succeeds();
    service.work();
    service.work();
    assert_eq!(calls(&context), 3);
    service.end();
    assert_eq!(calls(&context), 3);
}

#[test]
fn all_processes_that_run_and_no_later_ones() {
    let context = project(usual_python(), Engine::Python);
    let mut services: Vec<Service> = (0..2)
        .map(|_| Service::start(&mut context.python(&["service.py"])))
        .collect();
    services.iter_mut().for_each(Service::work);
    let answer = context.probe(&["off", "--json"]).succeeds().json();
    assert_eq!(answer["schema"], 1);
    assert_eq!(answer["recording"], false);
    let processes = answer["processes"].as_array().unwrap();
    let mut pids: Vec<u64> = processes
        .iter()
        .map(|it| it["pid"].as_u64().unwrap())
        .collect();
    pids.sort_unstable();
    let mut expected: Vec<u64> = services.iter().map(|it| u64::from(it.child.id())).collect();
    expected.sort_unstable();
    assert_eq!(pids, expected);
    assert!(processes.iter().all(|it| it["changed"] == true));

    // One that starts later isn't meant.
    let mut later = Service::start(&mut context.python(&["service.py"]));
    later.work();
    services.iter_mut().for_each(Service::work);
    assert_eq!(calls(&context), 3);

    // Those that are off already stay so, and are told apart.
    let answer = context.probe(&["off", "--json"]).succeeds().json();
    let changed = |it: &&Value| it["changed"] == true;
    let processes = answer["processes"].as_array().unwrap();
    assert_eq!(processes.len(), 3);
    assert_eq!(processes.iter().filter(changed).count(), 1);
    services.push(later);
    services.into_iter().for_each(Service::end);
}

#[test]
fn what_is_said() {
    let context = project(usual_python(), Engine::Python);
    refused!(context, context.probe(&["off"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: no running process records into `[ROOT]/data/project-[HASH]`
    hint: a process is reached once it has imported a module that has targets; `probe report` shows those that ended
    ");
    let mut service = Service::start(&mut context.python(&["service.py"]));
    service.work();
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"(?m)^  \d+  ", "  [PID]  ");
    settings.bind(|| {
        snapshot!(context, context.probe(&["off", "--dry-run"]), @"
        exit code: 0
        ----- stdout -----
        would switch off 1 process of [PROJECT]/.venv
          [PID]  [PROJECT]/.venv/bin/python service.py
        ----- stderr -----
        using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
        ");
        service.work();
        assert_eq!(calls(&context), 2);
        snapshot!(context, context.probe(&["off"]), @"
        exit code: 0
        ----- stdout -----
        switched off 1 process of [PROJECT]/.venv
          [PID]  [PROJECT]/.venv/bin/python service.py
        ----- stderr -----
        using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
        ");
        snapshot!(context, context.probe(&["off"]), @"
        exit code: 0
        ----- stdout -----
        switched off 0 processes of [PROJECT]/.venv
          [PID]  [PROJECT]/.venv/bin/python service.py (was off before)
        ----- stderr -----
        using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
        ");
        snapshot!(context, context.probe(&["on"]), @"
        exit code: 0
        ----- stdout -----
        switched on 1 process of [PROJECT]/.venv
          [PID]  [PROJECT]/.venv/bin/python service.py
        ----- stderr -----
        using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
        ");
    });
    service.end();
    // The recording is there, its process isn't.
    context.probe(&["off"]).ran().with_code(3);
}
