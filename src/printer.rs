//! The only owner of stdout and stderr: data goes to stdout, messages to stderr.
//! Nothing that other programs chose reaches a terminal as more than text: see `harmless`.
//! Colour is taken away by anstream where the stream isn't a terminal or NO_COLOR is set.
//! A closed pipe ends the program quietly, as it does for other Unix tools.

use std::io::{self, IsTerminal, Write};

use owo_colors::OwoColorize;

use crate::exit::Failure;
use crate::harmless;

/// Hands out the two streams.
#[derive(Debug, Clone, Copy, Default)]
pub struct Printer;

impl Printer {
    /// Writes data (already formatted, with its own line ends) to stdout.
    pub fn data(self, text: &str) {
        self.styled(&harmless::lines(text));
    }

    /// The same, with colours of ours in it: what isn't ours must have been made harmless.
    pub fn styled(self, text: &str) {
        write_quietly(&mut anstream::stdout(), &harmless::styled(text));
    }

    /// Writes one JSON document and a line end to stdout.
    pub fn json<T: serde::Serialize>(self, value: &T) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.data(&(harmless::json(&text) + "\n")),
            Err(error) => self.warning(&format!("the result can't be written as JSON: {error}")),
        }
    }

    /// Writes a whole document to stdout as it is: one that is harmless by itself, or of bytes that
    /// no terminal gets to see.
    ///
    /// # Errors
    /// It can't be written, and not because the reader went away.
    pub fn document(self, bytes: &[u8]) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }

    /// Writes one line of message to stderr.
    pub fn message(self, text: &str) {
        self.styled_message(&harmless::line(text));
    }

    /// Writes lines with colours of ours in them, as [`Printer::styled`], to stderr.
    pub fn styled_message(self, text: &str) {
        let text = harmless::styled(text) + "\n";
        write_quietly(&mut anstream::stderr(), &text);
    }

    /// Writes one warning to stderr.
    pub fn warning(self, text: &str) {
        let text = harmless::line(text);
        self.styled_message(&format!("{} {text}", "warning:".yellow().bold()));
    }

    /// Writes a failure, its causes and its hint to stderr.
    pub fn failure(self, failure: &Failure) {
        let error = harmless::indented(&failure.error.to_string());
        let mut text = format!("{} {error}", "error:".red().bold());
        for cause in failure.error.chain().skip(1) {
            let cause = harmless::indented(&cause.to_string());
            text.push_str(&format!("\n  caused by: {cause}"));
        }
        if let Some(hint) = &failure.hint {
            let hint = harmless::line(hint);
            text.push_str(&format!("\n{} {hint}", "hint:".cyan().bold()));
        }
        self.styled_message(&text);
    }

    /// stdout as a terminal that is drawn on: what isn't ours must have been made harmless.
    #[must_use]
    pub fn terminal(self) -> impl Write {
        io::stdout()
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
