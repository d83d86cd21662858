//! A Python that answers for the payload, one for the whole run: what the payload's own code
//! makes of an input. `payload.py` is its side. Without a Python on this machine there is no
//! answer, and targets check what they can.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex};

use serde_json::Value;

/// The program to start, where it isn't the usual one.
const VARIABLE: &str = "PROBE_FUZZ_PYTHON";

const SCRIPT: &str = include_str!("payload.py");

const PATTERNS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/runtime/patterns.py");

struct Payload {
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    _child: Child,
}

static PAYLOAD: LazyLock<Mutex<Option<Payload>>> = LazyLock::new(|| Mutex::new(start()));

/// What the payload says; none where there is no Python.
///
/// # Panics
/// Where the payload raised, or took too long.
pub(crate) fn ask(question: &Value) -> Option<Value> {
    let mut payload = PAYLOAD
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let payload = payload.as_mut()?;
    writeln!(payload.questions, "{question}").expect("Python listens");
    let mut line = String::new();
    payload
        .answers
        .read_line(&mut line)
        .expect("Python answers");
    let answer: Value = serde_json::from_str(&line).expect("Python answers in JSON");
    assert_eq!(answer.get("raised"), None, "the payload raised");
    Some(answer)
}

fn start() -> Option<Payload> {
    let program = std::env::var_os(VARIABLE).unwrap_or_else(|| "python3".into());
    let mut child = Command::new(program)
        .args(["-I", "-B", "-c", SCRIPT, PATTERNS])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    Some(Payload {
        questions: child.stdin.take()?,
        answers: BufReader::new(child.stdout.take()?),
        _child: child,
    })
}
