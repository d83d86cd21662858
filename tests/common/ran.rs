//! Running a program to its end, and what it said as one text.

use std::io::{BufRead, Read};
use std::process::{Command, Stdio};

/// A program that has ended.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it wrote.
    pub stdout: String,
    /// What it wrote about that.
    pub stderr: String,
}

impl Ran {
    /// The form of the snapshots.
    pub fn text(&self) -> String {
        let code = self.code.map_or("none".to_owned(), |code| code.to_string());
        format!(
            "exit code: {code}\n----- stdout -----\n{}\n----- stderr -----\n{}",
            self.stdout.trim_end(),
            self.stderr.trim_end()
        )
    }

    /// stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("no JSON ({error}):\n{}", self.text()),
        }
    }

    /// Fails where the exit code is another one.
    #[track_caller]
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.text());
        self
    }
}

/// For [`Command`].
pub trait Run {
    /// Runs it to its end, with nothing to read.
    fn ran(&mut self) -> Ran;
    /// The same; fails where it does.
    #[track_caller]
    fn succeeds(&mut self) -> Ran {
        self.ran().with_code(0)
    }
}

impl Run for Command {
    #[track_caller]
    fn ran(&mut self) -> Ran {
        let output = self.stdin(Stdio::null()).output();
        let output = output.unwrap_or_else(|error| panic!("{self:?}: {error}"));
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Waits until a program has written this line.
#[track_caller]
pub fn wait_for_line(stream: &mut impl BufRead, line: &str) {
    let mut text = String::new();
    while stream.read_line(&mut text).unwrap() > 0 {
        if text.lines().next_back() == Some(line) {
            return;
        }
    }
    let _ = stream.read_to_string(&mut text);
    panic!("the program ended without saying `{line}`:\n{text}");
}
