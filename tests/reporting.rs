//! `probe report` as it is shown: the table at several widths, sorted, in colour or not, into a
//! pipe, and as JSON. What it counts is `recording.rs`.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Context, Run, check_keys, snapshot, usual_python};

/// A place with one recording whose numbers are known: the one that guards the format.
fn gold() -> Context {
    let context = Context::without_venv(usual_python());
    let folder = context.data().join("shop-0123456789ab");
    fs::create_dir_all(&folder).unwrap();
    let gold = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gold/recording-1.0.rec");
    fs::copy(gold, folder.join("gold.rec")).unwrap();
    context
}

fn report_of_width(context: &Context, columns: &str) -> Command {
    let mut report = context.probe(&["report"]);
    report.env("COLUMNS", columns);
    report
}

#[test]
fn the_table_fits_the_width() {
    let context = gold();
    let data = context.data();
    let heading = format!("all venvs recorded below {}", data.display()).len();
    for columns in [60, 100, 160] {
        let ran = report_of_width(&context, &columns.to_string()).succeeds();
        for line in ran.stdout.lines() {
            let width = line.chars().count();
            assert!(width <= columns.max(heading), "{columns}:\n{}", ran.stdout);
        }
    }
    snapshot!(context, report_of_width(&context, "60"), @"
    exit code: 0
    ----- stdout -----
    all venvs recorded below [ROOT]/data
    1 process: 1 exited
    2026-11-24 12:00:00 to 12:00:02 (2.0 s) · python shop.py
    python 3.12.1 · engine python · detail tree

    function         calls  errors   total     mean      p99
                                        ms       µs       µs
    shop:pay             3       1   1.004  334.667  999.423
    shop:Cart.total      2       0  <0.001    0.092    0.093

    2 calls had no room in the call tree, which alone lacks them
    the probe took about 4.2 µs, 0.4 % of the recorded time
    ----- stderr -----
    ");
    snapshot!(context, report_of_width(&context, "100"), @"
    exit code: 0
    ----- stdout -----
    all venvs recorded below [ROOT]/data
    1 process: 1 exited · 2026-11-24 12:00:00 to 12:00:02 (2.0 s) · python shop.py · python 3.12.1
    engine python · detail tree

    function         calls  errors   total    self     mean    p50      p90      p99     max
                                        ms      ms       µs     µs       µs       µs      ms
    shop:pay             3       1   1.004   1.004  334.667  2.495  999.423  999.423   1.000
    shop:Cart.total      2       0  <0.001  <0.001    0.092  0.090    0.093    0.093  <0.001

    2 calls had no room in the call tree, which alone lacks them
    the probe took about 4.2 µs, 0.4 % of the recorded time
    ----- stderr -----
    ");
    snapshot!(context, report_of_width(&context, "160"), @"
    exit code: 0
    ----- stdout -----
    all venvs recorded below [ROOT]/data
    1 process: 1 exited · 2026-11-24 12:00:00 to 12:00:02 (2.0 s) · python shop.py · python 3.12.1 · engine python · detail tree

    function         calls  errors   total    self     mean    p50      p90      p99     max
                                        ms      ms       µs     µs       µs       µs      ms
    shop:pay             3       1   1.004   1.004  334.667  2.495  999.423  999.423   1.000
    shop:Cart.total      2       0  <0.001  <0.001    0.092  0.090    0.093    0.093  <0.001

    2 calls had no room in the call tree, which alone lacks them
    the probe took about 4.2 µs, 0.4 % of the recorded time
    ----- stderr -----
    ");
}

#[test]
fn sorted_and_limited() {
    let context = gold();
    let first = |arguments: &[&str]| {
        let mut report = context.probe(&["report", "--json", "--limit", "1"]);
        let answer = report.args(arguments).succeeds().json();
        let functions = answer["functions"].as_array().unwrap();
        assert_eq!(functions.len(), 1);
        functions[0]["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(first(&[]), "shop:pay");
    assert_eq!(first(&["--sort", "calls"]), "shop:pay");
    assert_eq!(first(&["--sort", "name"]), "shop:Cart.total");
    snapshot!(context, context.probe(&["report", "--sort", "name", "--limit", "1"]), @"
    exit code: 0
    ----- stdout -----
    all venvs recorded below [ROOT]/data
    1 process: 1 exited · 2026-11-24 12:00:00 to 12:00:02 (2.0 s) · python shop.py · python 3.12.1 · engine python
    detail tree

    function         calls  errors  total  self  mean  p50  p90  p99  max
                                       ns    ns    ns   ns   ns   ns   ns
    shop:Cart.total      2       0    185   185    92   90   94   94   95
    … and 1 more (use --limit 0)

    2 calls had no room in the call tree, which alone lacks them
    the probe took about 4.2 µs, 0.4 % of the recorded time
    ----- stderr -----
    ");
}

/// Runs `probe report` on a terminal, made by Python.
const TERMINAL: &str = "
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
text = b''
try:
    while True:
        text += os.read(terminal, 65536)
except OSError:
    pass
os.waitpid(pid, 0)
sys.stdout.buffer.write(text)
";

#[test]
fn colour_only_on_a_terminal_that_wants_it() {
    let context = gold();
    let is_coloured = |variable: Option<&str>| {
        let mut python = context.command(&context.python.path);
        python
            .args(["-I", "-c", TERMINAL])
            .arg(env!("CARGO_BIN_EXE_probe"))
            .arg("report")
            .env("TERM", "xterm-256color");
        if let Some(name) = variable {
            python.env(name, "1");
        }
        let ran = python.succeeds();
        assert!(ran.stdout.contains("shop:pay"), "{}", ran.text());
        ran.stdout.contains("\x1b[")
    };
    assert!(is_coloured(None));
    assert!(!is_coloured(Some("NO_COLOR")));
    assert!(
        !context
            .probe(&["report"])
            .succeeds()
            .stdout
            .contains('\x1b')
    );
}

#[test]
fn a_closed_pipe_is_quiet() {
    let context = gold();
    for arguments in ["report", "report --json", "--help"] {
        let mut shell = context.command("sh");
        // The reader is gone before the first byte is written.
        let script = format!(
            "{{ sleep 0.1; {:?} {arguments}; echo $? >&2; }} | :",
            env!("CARGO_BIN_EXE_probe")
        );
        let ran = shell.args(["-c", &script]).succeeds();
        assert_eq!(ran.stderr, "0\n", "{arguments}");
    }
}

#[test]
fn the_answer_as_json() {
    let context = gold();
    let answer = context.probe(&["report", "--json"]).succeeds().json();
    check_keys(
        &answer,
        &[
            "schema",
            "venv",
            "processes",
            "functions",
            "dropped",
            "overhead_ns",
        ],
    );
    assert_eq!(answer["schema"], 1);
    check_keys(&answer["dropped"], &["functions", "nodes", "recordings"]);
    for process in answer["processes"].as_array().unwrap() {
        check_keys(
            process,
            &[
                "pid", "started", "ended", "state", "python", "engine", "argv",
            ],
        );
    }
    for function in answer["functions"].as_array().unwrap() {
        check_keys(
            function,
            &[
                "name",
                "calls",
                "errors",
                "total_ns",
                "self_ns",
                "min_ns",
                "max_ns",
                "mean_ns",
                "p50_ns",
                "p90_ns",
                "p99_ns",
                "active_ns",
                "in_flight",
            ],
        );
    }
}
