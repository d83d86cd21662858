//! Asking an interpreter: runs a few lines in it and reads one JSON answer. What else it
//! prints (a chatty `.pth`, a user's sitecustomize) is ignored, and it has 20 seconds.
//! The answer is written by a few lines of our own: importing `json` costs as much as starting
//! the interpreter. Then it leaves at once, without what the app or an agent does at exit.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

/// How long an interpreter may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long it may take to end once it has answered.
const GRACE: Duration = Duration::from_secs(1);

/// More than this on either stream is no answer.
const MOST_BYTES: usize = 1 << 20;

/// Lines around the answer; `answer.py` writes them.
const BEGIN: &str = "<<probe-answer<<";
const END: &str = ">>probe-answer>>";

/// Writes the answer and leaves.
const WRITER: &str = include_str!("answer.py");

/// What to run in which interpreter.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The interpreter.
    pub interpreter: &'a Path,
    /// Python lines that assign the global name `answer`: plain values.
    pub script: &'a str,
    /// Arguments before `-c`.
    pub options: &'a [&'a str],
    /// Variables that the interpreter must not see.
    pub without: &'a [&'a str],
    /// Variables that it sees beside the inherited ones.
    pub with: &'a [(&'a str, &'a str)],
}

impl<'a> Question<'a> {
    /// A question whose answer must not depend on the environment, and that nothing is
    /// recorded about. Never with `-S`: without `site` an interpreter of a venv answers
    /// with its base's folders.
    #[must_use]
    pub fn isolated(interpreter: &'a Path, script: &'a str) -> Self {
        Self {
            interpreter,
            script,
            options: &["-I", "-B"],
            without: &["PROBE_RUN_DIR", "PROBE_TARGETS", "PROBE_ENGINE"],
            with: &[("PROBE_DISABLE", "1")],
        }
    }
}

/// Why there is no answer. `Display` is a part of a sentence.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The interpreter can't be started.
    #[error("`{}` doesn't start: {source}", interpreter.display())]
    NotStarted {
        /// The interpreter.
        interpreter: PathBuf,
        /// What the kernel said.
        source: std::io::Error,
    },
    /// It was still running when the time was up; it was killed.
    #[error("`{}` gave no answer within {} seconds", interpreter.display(), PATIENCE.as_secs())]
    TooLate {
        /// The interpreter.
        interpreter: PathBuf,
    },
    /// It ended without a whole answer.
    #[error("`{}` ended without an answer{}", interpreter.display(), last_line(messages))]
    NoAnswer {
        /// The interpreter.
        interpreter: PathBuf,
        /// What it wrote to stderr.
        messages: String,
    },
}

/// An interpreter that was asked; it is killed where nobody waits for its answer.
#[derive(Debug)]
pub struct Asked {
    interpreter: PathBuf,
    child: Child,
    streams: Receiver<Part>,
    deadline: Instant,
}

/// Asks and waits for the answer.
///
/// # Errors
/// The interpreter doesn't start, takes too long, or ends without an answer.
pub fn ask(question: &Question<'_>) -> Result<serde_json::Value, AskError> {
    begin(question)?.answer()
}

/// Asks, and waits for nothing.
///
/// # Errors
/// The interpreter doesn't start.
pub fn begin(question: &Question<'_>) -> Result<Asked, AskError> {
    begin_within(question, PATIENCE)
}

fn begin_within(question: &Question<'_>, patience: Duration) -> Result<Asked, AskError> {
    let deadline = Instant::now() + patience;
    let interpreter = question.interpreter.to_owned();
    match command(question).spawn() {
        Ok(mut child) => Ok(Asked {
            streams: listen(&mut child),
            interpreter,
            child,
            deadline,
        }),
        Err(source) => Err(AskError::NotStarted {
            interpreter,
            source,
        }),
    }
}

impl Asked {
    /// Waits for the answer.
    ///
    /// # Errors
    /// The interpreter takes too long, or ends without an answer.
    pub fn answer(mut self) -> Result<serde_json::Value, AskError> {
        let heard = hear(&self.streams, self.deadline);
        end(&mut self.child, heard.is_ok());
        let interpreter = std::mem::take(&mut self.interpreter);
        let Ok(heard) = heard else {
            return Err(AskError::TooLate { interpreter });
        };
        heard.answer().ok_or_else(|| AskError::NoAnswer {
            interpreter,
            messages: String::from_utf8_lossy(&heard.messages).into_owned(),
        })
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        end(&mut self.child, false);
    }
}

/// Lets an interpreter that answered end by itself for a moment; what it does after that
/// (threads of the app, say) isn't part of the answer.
fn end(child: &mut Child, answered: bool) {
    let deadline = Instant::now() + if answered { GRACE } else { Duration::ZERO };
    while Instant::now() < deadline {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn command(question: &Question<'_>) -> Command {
    let script = format!("{}\n{WRITER}", question.script);
    let mut command = Command::new(question.interpreter);
    command
        .args(question.options)
        .args([OsString::from("-c"), script.into()])
        // `-c` puts the current folder first on `sys.path`.
        .current_dir("/")
        .envs(question.with.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for name in question.without {
        command.env_remove(OsStr::new(name));
    }
    command
}

/// What was read from one of the streams; none at its end.
#[derive(Debug)]
enum Part {
    Output(Option<Vec<u8>>),
    Messages(Option<Vec<u8>>),
}

fn listen(child: &mut Child) -> Receiver<Part> {
    let (sender, receiver) = mpsc::channel();
    if let Some(stream) = child.stdout.take() {
        forward(stream, sender.clone(), Part::Output);
    }
    if let Some(stream) = child.stderr.take() {
        forward(stream, sender, Part::Messages);
    }
    receiver
}

/// Reads a stream in a thread of its own. A grandchild may keep the stream open for ever;
/// then the thread ends with the program, since nobody waits for it.
fn forward(
    mut stream: impl Read + Send + 'static,
    sender: Sender<Part>,
    part: fn(Option<Vec<u8>>) -> Part,
) {
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        loop {
            let bytes = match stream.read(&mut buffer) {
                Ok(0) | Err(_) => None,
                Ok(count) => Some(buffer[..count].to_owned()),
            };
            let ended = bytes.is_none();
            if sender.send(part(bytes)).is_err() || ended {
                return;
            }
        }
    });
}

#[derive(Default)]
struct Heard {
    output: Vec<u8>,
    messages: Vec<u8>,
}

impl Heard {
    fn answer(&self) -> Option<serde_json::Value> {
        answer_in(&self.output)
    }
}

/// The answer in what an interpreter printed, where there is a whole one.
#[must_use]
pub fn answer_in(output: &[u8]) -> Option<serde_json::Value> {
    let text = String::from_utf8_lossy(output);
    let (_, rest) = text.split_once(&format!("\n{BEGIN}\n"))?;
    let (answer, _) = rest.split_once(&format!("\n{END}\n"))?;
    serde_json::from_str(answer).ok()
}

struct TimeIsUp;

/// Listens until the answer is whole, or both streams ended, or too much was said.
fn hear(streams: &Receiver<Part>, deadline: Instant) -> Result<Heard, TimeIsUp> {
    let mut heard = Heard::default();
    let mut open = 2;
    while open > 0 && heard.output.len().max(heard.messages.len()) < MOST_BYTES {
        let left = deadline.saturating_duration_since(Instant::now());
        match streams.recv_timeout(left) {
            Ok(Part::Output(Some(bytes))) => {
                heard.output.extend(bytes);
                if heard.answer().is_some() {
                    break;
                }
            }
            Ok(Part::Messages(Some(bytes))) => heard.messages.extend(bytes),
            Ok(Part::Output(None) | Part::Messages(None)) => open -= 1,
            Err(RecvTimeoutError::Timeout) => return Err(TimeIsUp),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(heard)
}

/// The last line that says something, which is where Python names the exception.
fn last_line(messages: &str) -> String {
    messages
        .lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty())
        .map(|line| format!(": {line}"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(script: &str, patience: Duration) -> Result<serde_json::Value, AskError> {
        begin_within(&Question::isolated(Path::new("python3"), script), patience)?.answer()
    }

    #[test]
    fn an_answer_is_found_among_other_output() {
        let answer = python(
            "import sys\nprint('hello')\nsys.stdout.flush()\nsys.stdout = None\n\
             answer = {'n': [1, None, '\\n']}",
            PATIENCE,
        );
        assert_eq!(answer.unwrap(), serde_json::json!({"n": [1, null, "\n"]}));
    }

    #[test]
    fn any_plain_value_arrives() {
        let answer = python(
            "answer = {'a': (True, False, -12), 'b': 'größe \\x07\\x7f\\u2028\\U0001f40d\"\\\\',\n\
             'c': '\\udcff', 'd': {}, 'e': [], 'f': 1.5, 7: 'x' * 100000}",
            PATIENCE,
        );
        let wanted = serde_json::json!({
            "a": [true, false, -12], "b": "größe \u{7}\u{7f}\u{2028}\u{1f40d}\"\\",
            "c": "\u{fffd}", "d": {}, "e": [], "f": "1.5", "7": "x".repeat(100_000),
        });
        assert_eq!(answer.unwrap(), wanted);
    }

    #[test]
    fn what_is_done_at_exit_is_not_waited_for() {
        let answer = python(
            "import atexit, time\natexit.register(time.sleep, 60)\nanswer = 1",
            Duration::from_secs(15),
        );
        assert_eq!(answer.unwrap(), 1);
    }

    #[test]
    fn the_exception_is_named() {
        let error = python("raise ValueError('no luck')", PATIENCE).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`python3` ended without an answer: ValueError: no luck"
        );
    }

    #[test]
    fn a_hanging_interpreter_is_left() {
        let started = Instant::now();
        let error = python("import time; time.sleep(60)", Duration::from_millis(300)).unwrap_err();
        assert!(matches!(error, AskError::TooLate { .. }));
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_missing_interpreter_is_named() {
        let question = Question::isolated(Path::new("/nowhere/python"), "answer = 1");
        let error = ask(&question).unwrap_err();
        assert!(matches!(error, AskError::NotStarted { .. }));
        assert!(error.to_string().contains("/nowhere/python"));
    }
}
