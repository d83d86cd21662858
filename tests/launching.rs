//! `probe run` as a launcher, through the real program: arguments, exit codes, signals. What
//! is recorded is no matter here, so the commands are a shell's.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

#[path = "common/signals.rs"]
mod signals;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use signals::with_usual_signals;

/// A command that starts `probe run`, in a folder of its own and with its own caches.
fn probe(home: &Path, command: &[&str]) -> Command {
    let mut probe = Command::new(env!("CARGO_BIN_EXE_probe"));
    probe
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", home)
        .current_dir(home)
        .args(["run", "-t", "app:f", "--"])
        .args(command);
    probe
}

fn output(command: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    probe(home.path(), command).output().unwrap()
}

#[test]
fn arguments_and_streams_pass_unchanged() {
    let arguments = ["a b", "", "--dry-run", "-t", "--", "*", "ö\n"];
    let mut command = vec!["sh", "-c", "printf '<%s>' \"$@\"; echo oops >&2", "sh"];
    command.extend(arguments);
    let output = output(&command);
    let expected: String = arguments.iter().map(|text| format!("<{text}>")).collect();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    assert_eq!(output.stderr, b"oops\n");
}

#[test]
fn exit_codes_are_a_shells() {
    let code = |command: &[&str]| output(command).status.code();
    assert_eq!(code(&["sh", "-c", "exit 0"]), Some(0));
    assert_eq!(code(&["sh", "-c", "exit 7"]), Some(7));
    assert_eq!(code(&["sh", "-c", "kill -KILL $$"]), Some(137));
    assert_eq!(code(&["sh", "-c", "kill -TERM $$"]), Some(143));
    assert_eq!(code(&["no-such-command-anywhere"]), Some(127));
    assert_eq!(code(&["./no-such-file"]), Some(127));
    assert_eq!(code(&["/"]), Some(126));
}

/// In a pid namespace the leader of our group and session may be outside: its number is 0 then.
#[test]
fn a_group_of_another_pid_namespace() {
    let namespace = ["--user", "--map-root-user", "--pid", "--fork"];
    let unshare = |command: &[&str]| {
        let mut unshare = Command::new("unshare");
        unshare.args(namespace).args(command);
        unshare.output()
    };
    if !unshare(&["true"]).is_ok_and(|output| output.status.success()) {
        return; // the system doesn't let us make one
    }
    let home = tempfile::tempdir().unwrap();
    // A signal to `probe run` makes it look at groups and sessions.
    let script = "kill -TERM $PPID; sleep 5; echo 'not stopped'";
    let output = unshare(&[
        "env",
        &format!("HOME={}", home.path().display()),
        env!("CARGO_BIN_EXE_probe"),
        "run",
        "-t",
        "app:f",
        "--",
        "sh",
        "-c",
        script,
    ])
    .unwrap();
    assert_eq!(output.status.code(), Some(143), "{output:?}");
    assert_eq!(output.stdout, b"");
}

#[test]
fn a_script_without_a_first_line_runs_as_in_a_shell() {
    let home = tempfile::tempdir().unwrap();
    let script = home.path().join("script");
    // Written by a process of its own: a child of another test may hold what this one writes
    // open, and what is open for writing can't be started.
    let make = "echo 'echo \"hello $1\"; exit 4' > script && chmod 755 script";
    let mut shell = Command::new("sh");
    shell.args(["-c", make]).current_dir(home.path());
    assert!(shell.status().unwrap().success());
    assert!(script.is_file());
    let output = probe(home.path(), &["./script", "you"]).output().unwrap();
    assert_eq!(output.stdout, b"hello you\n");
    assert_eq!(output.status.code(), Some(4));
}

#[test]
fn the_payload_is_first_on_the_path_and_the_users_stays() {
    let home = tempfile::tempdir().unwrap();
    let show = ["sh", "-c", "echo \"$PYTHONPATH\"; echo \"$PROBE_RUN_DIR\""];
    let lines = |probe: &mut Command| -> Vec<String> {
        let output = probe.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(str::to_owned).collect()
    };
    let alone = lines(&mut probe(home.path(), &show));
    assert_eq!(alone[0], alone[1]);
    assert!(Path::new(&alone[0]).join("sitecustomize.py").is_file());
    let with = lines(probe(home.path(), &show).env("PYTHONPATH", "/a::/b:"));
    assert_eq!(with[0], format!("{}:/a::/b:", alone[0]));
}

/// A shell that says "ready", counts the signals it gets for a while, and tells.
const COUNTING: &str = "
    i=0; h=0; t=0
    trap 'i=$((i+1))' INT; trap 'h=$((h+1))' HUP; trap 't=$((t+1))' TERM
    echo ready
    n=0; while [ $n -lt 20 ]; do sleep 0.05; n=$((n+1)); done
    echo $i $h $t
    exit $((i+h+t))";

fn start_counting(mut probe: Command) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = probe.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    (child, lines)
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[test]
fn each_signal_is_passed_on_once() {
    let home = tempfile::tempdir().unwrap();
    let direct = probe(home.path(), &["sh", "-c", COUNTING]);
    let (mut child, mut lines) = start_counting(with_usual_signals(&direct));
    for signal in ["-INT", "-HUP", "-TERM"] {
        send(signal, &child);
    }
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert_eq!(line, "1 1 1\n");
    assert_eq!(child.wait().unwrap().code(), Some(3));
}

#[test]
fn what_was_ignored_stays_ignored() {
    let home = tempfile::tempdir().unwrap();
    // The shell ignores SIGHUP and becomes the probe, as with nohup.
    let direct = probe(
        home.path(),
        &["sh", "-c", "echo ready; sleep 0.4; echo alive"],
    );
    let mut ignoring = Command::new("sh");
    ignoring
        .args(["-c", "trap '' HUP; exec \"$@\"", "sh"])
        .arg(direct.get_program())
        .args(direct.get_args())
        .env("HOME", home.path())
        .current_dir(home.path());
    let (mut child, mut lines) = start_counting(ignoring);
    send("-HUP", &child);
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert_eq!(line, "alive\n");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// What a terminal's Ctrl-C does is tried on a real terminal, made by Python.
#[test]
fn a_terminals_interrupt_reaches_the_child_once() {
    const TERMINAL: &str = "
import os, pty, signal, sys
pid, terminal = pty.fork()
if pid == 0:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
text = b''
while b'ready' not in text:
    text += os.read(terminal, 1000)
os.write(terminal, b'\\x03')
try:
    while True:
        text += os.read(terminal, 1000)
except OSError:
    pass
print(text.decode().replace('^C', '').split()[-3:], os.waitpid(pid, 0)[1] >> 8)
";
    let home = tempfile::tempdir().unwrap();
    let direct = probe(home.path(), &["sh", "-c", COUNTING]);
    let output = Command::new("python3")
        .args(["-I", "-c", TERMINAL])
        .arg(direct.get_program())
        .args(direct.get_args())
        .env("HOME", home.path())
        .current_dir(home.path())
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "['1', '0', '0'] 1\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_dry_run_starts_and_makes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let marker = home.path().join("marker");
    let output = Command::new(env!("CARGO_BIN_EXE_probe"))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", home.path())
        .current_dir(home.path())
        .args(["run", "-t", "app:f", "--dry-run", "--json", "--", "touch"])
        .arg(&marker)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["schema"], 1);
    assert_eq!(answer["argv"][0], "touch");
    assert_eq!(answer["plan"]["targets"], serde_json::json!(["app:f"]));
    assert_eq!(
        answer["environment"]["PYTHONPATH"]["after"],
        answer["folder"]
    );
    assert!(fs::read_dir(home.path()).unwrap().next().is_none());
}
