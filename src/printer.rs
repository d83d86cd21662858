//! The only owner of stdout and stderr: data goes to stdout, messages to stderr.
//! Colour is taken away by anstream where the stream isn't a terminal or NO_COLOR is set.
//! A closed pipe ends the program quietly, as it does for other Unix tools.

use std::io::{self, IsTerminal, Write};

use owo_colors::OwoColorize;

use crate::exit::Failure;

/// Hands out the two streams.
#[derive(Debug, Clone, Copy, Default)]
pub struct Printer;

impl Printer {
    /// Writes data (already formatted, with its own line ends) to stdout.
    pub fn data(self, text: &str) {
        write_quietly(&mut anstream::stdout(), text);
    }

    /// Writes one JSON document and a line end to stdout.
    pub fn json<T: serde::Serialize>(self, value: &T) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.data(&format!("{text}\n")),
            Err(error) => self.warning(&format!("the result can't be written as JSON: {error}")),
        }
    }

    /// Writes one line of message to stderr.
    pub fn message(self, text: &str) {
        write_quietly(&mut anstream::stderr(), &format!("{text}\n"));
    }

    /// Writes one warning to stderr.
    pub fn warning(self, text: &str) {
        self.message(&format!("{} {text}", "warning:".yellow().bold()));
    }

    /// Writes a failure, its causes and its hint to stderr.
    pub fn failure(self, failure: &Failure) {
        let mut text = format!("{} {}", "error:".red().bold(), failure.error);
        for cause in failure.error.chain().skip(1) {
            text.push_str(&format!("\n  caused by: {cause}"));
        }
        if let Some(hint) = &failure.hint {
            text.push_str(&format!("\n{} {hint}", "hint:".cyan().bold()));
        }
        self.message(&text);
    }

    /// True where stdout is a terminal.
    #[must_use]
    pub fn stdout_is_terminal(self) -> bool {
        io::stdout().is_terminal()
    }
}

/// A reader that went away is no error of ours; nothing else can be said on a broken stream.
fn write_quietly(stream: &mut impl Write, text: &str) {
    let _ = stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush());
}
