//! Exit codes and what ends a command: the one table that maps an error to a code and a hint.
//! Library modules implement [`Diagnose`] on their error enums; commands use `?`.

use std::fmt;
use std::process::ExitCode;

/// How a command ended; the numbers are fixed by the command line's contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or the answer is yes.
    Yes,
    /// The answer is no: status differs, a budget is exceeded.
    No,
    /// Wrong usage or configuration.
    Usage,
    /// The environment prevents it: no venv, not writable, nothing installed or recorded.
    Environment,
    /// The exit code of the program that `probe run` started.
    Child(u8),
}

impl Exit {
    /// The process's exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Yes => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::Environment => 3,
            Self::Child(code) => code,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// What a library error means to the person at the command line.
pub trait Diagnose {
    /// The exit code that this error ends the program with.
    fn exit(&self) -> Exit;
    /// What to do next, one sentence without a full stop of its own line.
    fn hint(&self) -> Option<String> {
        None
    }
}

/// An error, its cause and what to do, in one line: where it isn't what ends the command.
pub fn sentence(error: &(impl Diagnose + std::error::Error)) -> String {
    let mut text = error.to_string();
    if let Some(cause) = error.source() {
        text.push_str(&format!(": {cause}"));
    }
    if let Some(hint) = error.hint() {
        text.push_str(&format!("; {hint}"));
    }
    text
}

/// A command's failure: a chain of causes, an exit code and advice.
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// The error and its causes.
    pub error: anyhow::Error,
    /// What to do next.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure of the environment that no library error describes.
    pub fn environment(message: impl fmt::Display, hint: impl Into<Option<String>>) -> Self {
        Self {
            exit: Exit::Environment,
            error: anyhow::anyhow!("{message}"),
            hint: hint.into(),
        }
    }

    /// A wrong use of the command line that clap can't see.
    pub fn usage(message: impl fmt::Display, hint: impl Into<Option<String>>) -> Self {
        Self {
            exit: Exit::Usage,
            error: anyhow::anyhow!("{message}"),
            hint: hint.into(),
        }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} (exit {})", self.error, self.exit.code())
    }
}

impl<E> From<E> for Failure
where
    E: Diagnose + std::error::Error + Send + Sync + 'static,
{
    fn from(error: E) -> Self {
        Self {
            exit: error.exit(),
            hint: error.hint(),
            error: anyhow::Error::new(error),
        }
    }
}
