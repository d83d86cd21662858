//! `probe top` on a real terminal and without one: processes come, work, hang and go, keys are
//! pressed, and the terminal is left as it was, whatever ends it.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

use common::{
    Context, Engine, Python, Run, Terminal, check_keys, on_each_engine, refused, usual_python,
    with_usual_signals,
};
use serde_json::Value;

/// Works without end: a payment that fails now and then, and one that never comes back.
const SHOP: &str = "
import threading, time

def pay(number):
    if number % 4 == 0:
        raise ValueError(number)

def wait_for_the_bank():
    threading.Event().wait()
";

const SERVICE: &str = "
import threading, time, shop

threading.Thread(target=shop.wait_for_the_bank, daemon=True).start()
number = 0
while True:
    number += 1
    try:
        shop.pay(number)
    except ValueError:
        pass
    if number == 8:
        print('works', flush=True)
    time.sleep(0.01)
";

/// A process that works until it is dropped.
struct Service(Child);

impl Service {
    fn start(context: &Context) -> Self {
        let mut python = context.python(&["service.py"]);
        let mut child = python.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "works\n");
        Self(child)
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn project(python: &Python, engine: Engine) -> Context {
    let context = Context::with_engine(python, engine);
    context.write("shop.py", SHOP);
    context.write("service.py", SERVICE);
    context.install(&["shop:*"]);
    context
}

fn top(context: &Context) -> Command {
    with_usual_signals(&context.probe(&["top", "--interval", "0.2"]))
}

fn usual_project() -> Context {
    project(usual_python(), common::AUTO)
}

#[test]
fn a_session() {
    let context = usual_project();
    let mut terminal = Terminal::start(&top(&context), 80, 24);
    // Nothing is there yet.
    terminal.wait_for("nothing is recorded yet; waiting");
    let mut service = Service::start(&context);
    terminal.wait_for("shop:pay");
    terminal.wait_for("1 process running");
    // A rate, errors, a call in flight and its age.
    terminal.wait_until("rates", |shown| {
        let row = shown.lines().find(|line| line.contains("shop:pay"));
        row.is_some_and(|row| row.split_whitespace().nth(1) != Some("0") && row.contains("µs"))
    });
    terminal.wait_for("errors/s");
    terminal.press("7");
    terminal.wait_for("by oldest");
    terminal.wait_until("the oldest first", |shown| {
        shown
            .lines()
            .nth(4)
            .is_some_and(|it| it.starts_with("shop:wait_for_the_bank"))
    });
    // Help, and back.
    terminal.press("?");
    terminal.wait_for("filter by a part of the name");
    terminal.press("x");
    terminal.wait_until("no help", |shown| !shown.contains("filter by a part"));
    // A filter.
    terminal.press("/pay");
    terminal.wait_until("one row", |shown| {
        shown.contains("filter: pay") && !shown.contains("shop:wait")
    });
    terminal.press("\r");
    terminal.wait_for("with “pay”");
    terminal.press("\u{1b}");
    terminal.wait_for("shop:wait");
    // By process, and one of them.
    terminal.press("\t");
    terminal.wait_for(&format!("{} ", service.0.id()));
    terminal.press("\r");
    terminal.wait_for(&format!("functions of process {}", service.0.id()));
    terminal.press("\u{1b}");
    terminal.wait_for("processes · latencies");
    // One dies, another comes; a pause shows neither.
    service.kill();
    terminal.wait_for(&format!("{} killed", service.0.id()));
    let _other = Service::start(&context);
    terminal.wait_for("1 process running, 1 killed");
    terminal.press(" ");
    terminal.wait_for("PAUSED");
    terminal.press(" ");
    terminal.wait_until("going on", |shown| !shown.contains("PAUSED"));
    // More room.
    terminal.resize(200, 50);
    terminal.wait_until("200 columns", |shown| {
        shown.lines().any(|line| line.chars().count() > 150)
    });
    terminal.press("q");
    assert_eq!(terminal.ended().code(), Some(0));
}

#[test]
fn a_signal_or_control_c_leaves_the_terminal_as_it_was() {
    let context = usual_project();
    for signal in ["TERM", "HUP"] {
        let mut terminal = Terminal::start(&top(&context), 80, 24);
        terminal.wait_for("waiting");
        let pid = terminal.pid().to_string();
        context
            .command("sh")
            .args(["-c", &format!("kill -{signal} {pid}")])
            .succeeds();
        let status = terminal.ended();
        let number = if signal == "TERM" { 15 } else { 1 };
        assert_eq!(status.signal(), Some(number), "{signal}");
    }
    let mut terminal = Terminal::start(&top(&context), 80, 24);
    terminal.wait_for("waiting");
    terminal.press("\u{3}");
    assert_eq!(terminal.ended().code(), Some(0));
}

#[test]
fn no_color_means_none() {
    let context = usual_project();
    let _service = Service::start(&context);
    for is_wanted in [true, false] {
        let mut top = context.probe(&["top", "--interval", "0.2"]);
        if !is_wanted {
            top.env("NO_COLOR", "1");
        }
        let mut terminal = Terminal::start(&top, 80, 24);
        terminal.wait_for("shop:pay");
        assert_eq!(terminal.is_coloured(), is_wanted);
    }
}

on_each_engine!(once);

fn once(python: &Python, engine: Engine) {
    let context = project(python, engine);
    let _service = Service::start(&context);
    let mut top = context.probe(&["top", "--once", "--json", "--interval", "0.5"]);
    let answer = top.succeeds().json();
    check_keys(
        &answer,
        &[
            "schema",
            "venv",
            "processes",
            "functions",
            "dropped",
            "overhead_ns",
            "window_s",
        ],
    );
    assert!(answer["window_s"].as_f64().unwrap() >= 0.5, "{answer:#}");
    let named = |name: &str| -> Value {
        let functions = answer["functions"].as_array().unwrap();
        functions
            .iter()
            .find(|it| it["name"] == name)
            .unwrap()
            .clone()
    };
    assert!(
        named("shop:pay")["rate"].as_f64().unwrap() > 0.0,
        "{answer:#}"
    );
    assert_eq!(named("shop:wait_for_the_bank")["rate"], 0.0);
    assert_eq!(named("shop:wait_for_the_bank")["in_flight"], 1);
    let mut top = context.probe(&["top", "--once", "--interval", "0.2"]);
    let text = top.env("COLUMNS", "80").succeeds().stdout;
    assert!(text.contains("1 process · "), "{text}");
    let head = text
        .lines()
        .position(|line| line.starts_with("function"))
        .unwrap();
    let row = text.lines().nth(head + 1).unwrap();
    assert!(row.starts_with("shop:pay "), "{text}");
    assert!(
        text.lines().skip(1).all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

#[test]
fn without_a_terminal_or_a_recording() {
    let context = Context::new();
    refused!(context, context.probe(&["top"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: `probe top` needs a terminal, and this isn't one
    hint: use `probe top --once`, with `--json` for other programs
    ");
    refused!(context, context.probe(&["top", "--once"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: nothing is recorded in `[ROOT]/data/project-[HASH]`
    hint: install the probe with `probe install` and start a program, or start it with `probe run -- COMMAND`
    ");
    refused!(context, context.probe(&["top", "--json"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: the following required arguments were not provided:
      --once

    Usage: probe top --once --json --data-dir <DIR>

    For more information, try '--help'.
    ");
    refused!(context, context.probe(&["top", "--once", "--interval", "0"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: invalid value '0' for '--interval <SECONDS>': give seconds between 0.1 and 86400

    For more information, try '--help'.
    ");
}
