//! What is recorded and reported while a process runs, after it was killed, and where there is
//! no room for it; and which recordings are meant.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::BufReader;
use std::process::{Child, ChildStdin, Stdio};

use common::{Context, Recorded, Run, wait_for_line};

/// Calls `f` as often as it is told on stdin, and says when it has; sleeps in `g` at the end.
const OBEDIENT: &str = "
import sys, time
def f(n):
    return n
def g():
    print('sleeping', flush=True)
    time.sleep(600)
def main():
    for line in sys.stdin:
        for n in range(int(line)):
            f(n)
        print('done', flush=True)
    g()
";

struct Obedient {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<std::process::ChildStdout>,
}

impl Obedient {
    fn start(context: &Context) -> Self {
        let mut python = context.python(&["-c", "import obedient; obedient.main()"]);
        let mut child = python
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            orders: child.stdin.take(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    fn call(&mut self, times: u32) {
        use std::io::Write as _;
        writeln!(self.orders.as_mut().unwrap(), "{times}").unwrap();
        wait_for_line(&mut self.answers, "done");
    }

    /// Lets it sleep in a call that doesn't end.
    fn sleep(&mut self) {
        self.orders = None;
        wait_for_line(&mut self.answers, "sleeping");
    }
}

impl Drop for Obedient {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn obedient() -> Context {
    let context = Context::new();
    context.write("obedient.py", OBEDIENT);
    context.install(&["obedient:**"]);
    context
}

#[test]
fn while_the_process_runs_and_after_it_was_killed() {
    let context = obedient();
    let mut process = Obedient::start(&context);
    let mut calls = 0;
    for times in [1, 10, 5000] {
        process.call(times);
        calls += u64::from(times);
        let recorded = context.recorded();
        assert_eq!(recorded.calls("obedient:f"), calls);
        assert_eq!(recorded.processes()[0]["state"], "running");
    }
    process.sleep();
    let in_flight = |recorded: &Recorded, name: &str| {
        let functions = recorded.0["functions"].as_array().unwrap();
        let found = functions.iter().find(|it| it["name"] == name).unwrap();
        found["in_flight"].as_u64().unwrap()
    };
    let recorded = context.recorded();
    assert_eq!(in_flight(&recorded, "obedient:main"), 1);
    assert_eq!(in_flight(&recorded, "obedient:g"), 1);
    assert_eq!(in_flight(&recorded, "obedient:f"), 0);
    process.child.kill().unwrap();
    process.child.wait().unwrap();
    let recorded = context.recorded();
    assert_eq!(recorded.calls("obedient:f"), calls);
    assert_eq!(recorded.processes()[0]["state"], "killed");
    assert_eq!(recorded.processes()[0]["ended"], serde_json::Value::Null);
}

#[test]
fn the_run_that_is_asked_for() {
    let context = obedient();
    let mut pids = Vec::new();
    for times in [1, 20, 300] {
        let mut process = Obedient::start(&context);
        process.call(times);
        pids.push(process.child.id().to_string());
    }
    let calls = |run: &str| {
        let answer = context.probe(&["report", "--json", "--run", run]);
        Recorded({ answer }.succeeds().json()).calls("obedient:f")
    };
    assert_eq!(calls("all"), 321);
    assert_eq!(calls("last"), 300);
    assert_eq!(calls(&pids[1]), 20);
    let ran = context.probe(&["report", "--run", "4294967295"]).ran();
    assert!(ran.with_code(3).stderr.contains("process 4294967295"));
}

/// A program with more functions than its recording will have room for, which still does its
/// work.
fn many_functions(context: &Context) {
    let mut text = String::from("calls = 0\n");
    for number in 0..400 {
        text.push_str(&format!(
            "def f{number}():\n    global calls\n    calls += 1\n"
        ));
    }
    text.push_str(
        "def main():\n    for n in range(400): globals()['f%d' % n]()\n    print(calls)\n",
    );
    context.write("many.py", &text);
    context.install(&["many:f*"]);
}

const MANY: [&str; 2] = ["-c", "import many; many.main()"];

#[test]
fn the_app_does_not_feel_a_limit_on_its_files() {
    let context = Context::new();
    many_functions(&context);
    let python = context.venv().join("bin/python");
    let limited = |blocks: u32| {
        let mut shell = context.command("sh");
        let script = format!("ulimit -f {blocks}; exec \"$@\"");
        shell.args(["-c", &script, "sh"]).arg(&python).args(MANY);
        // Python itself leaves half a `.pyc` under such a limit, and stumbles over it later.
        shell.env("PYTHONDONTWRITEBYTECODE", "1");
        let ran = shell.succeeds();
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("400\n", ""));
    };
    // Blocks of 512 bytes: none for the first segment, then room for some functions.
    limited(8);
    context.probe(&["report"]).ran().with_code(3);
    limited(1024);
    told_what_is_missing(&context.probe(&["report"]).succeeds());
}

/// The report says that recording ended early, and counts what it has.
fn told_what_is_missing(ran: &common::Ran) {
    let (stdout, stderr) = (&ran.stdout, &ran.stderr);
    assert!(stderr.contains("stopped early"), "{}", ran.text());
    assert!(stdout.contains("many:f0"), "{}", ran.text());
}

/// On a file system of its own, which is gone with the process that mounted it.
#[test]
fn the_app_does_not_feel_a_full_disk() {
    let context = Context::new();
    many_functions(&context);
    fs::create_dir_all(context.data()).unwrap();
    let may_mount = context
        .command("unshare")
        .args(["-m", "mount", "-t", "tmpfs", "none"])
        .arg(context.data())
        .stdin(Stdio::null())
        .output()
        .is_ok_and(|output| output.status.success());
    if !may_mount {
        println!("skipped: this user may not mount a file system");
        return;
    }
    let script = "mount -t tmpfs -o size=512k none \"$PROBE_DATA_DIR\" && \"$@\" && \
                  exec \"$0\" report";
    let mut shell = context.command("unshare");
    shell
        .args(["-m", "sh", "-c", script, env!("CARGO_BIN_EXE_probe")])
        .arg(context.venv().join("bin/python"))
        .args(MANY);
    let ran = shell.succeeds();
    assert!(ran.stdout.starts_with("400\n"), "{}", ran.text());
    told_what_is_missing(&ran);
}

#[test]
fn a_read_only_data_folder_is_not_felt() {
    let context = obedient();
    context.write("short.py", "import obedient\nprint(obedient.f(7))\n");
    // For root as well: a file where the folder should be.
    fs::remove_dir_all(context.data()).unwrap();
    fs::write(context.data(), "").unwrap();
    let ran = context.python(&["short.py"]).succeeds();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("7\n", ""));
}

#[test]
fn a_data_root_without_a_venv_is_read_as_a_whole() {
    let context = obedient();
    context.write("short.py", "import obedient\nobedient.f(7)\n");
    context.python(&["short.py"]).succeeds();
    let other = context.root().join("other");
    let mut make = context.command(&context.python.path);
    make.args(["-m", "venv", "--without-pip"]).arg(&other);
    make.succeeds();
    let mut install = context.probe(&["install", "-t", "obedient:f", "--venv"]);
    install.arg(&other).succeeds();
    let mut python = context.command(other.join("bin/python"));
    python.arg("short.py").succeeds();
    assert_eq!(context.recorded().calls("obedient:f"), 1);
    let mut report = context.probe(&["report", "--json"]);
    let answer = report.current_dir("/").succeeds().json();
    assert_eq!(answer["venv"], serde_json::Value::Null);
    assert_eq!(Recorded(answer).calls("obedient:f"), 2);
}
