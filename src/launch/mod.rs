//! `probe run`: start one command so that every Python below it records, without installing.
//!
//! `folder` keeps the private folder with the payload, `environment` says how the child's
//! environment differs, `program` finds what is to be started, `signals` decides which
//! signals to pass on, `child` starts it and waits. A [`Launch`] is all of it as a value.

mod child;
mod environment;
mod error;
pub mod folder;
mod program;
mod signals;

use std::ffi::OsString;
use std::path::Path;

pub use environment::Change;
pub use error::Error;
pub use program::Program;

/// A command that is ready to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// What will be started.
    pub program: Program,
    /// Its arguments, unchanged.
    pub arguments: Vec<OsString>,
    /// How its environment differs from ours.
    pub changes: Vec<Change>,
}

impl Launch {
    /// Says how `command` would be started with the payload in `folder`; `data_root` is the
    /// data root where one was given. Reads our environment and looks for the program.
    ///
    /// # Errors
    /// There is no such command, it can't be executed, or the folder's path can't stand on
    /// PYTHONPATH.
    pub fn new(
        command: &[OsString],
        folder: &Path,
        data_root: Option<&Path>,
    ) -> Result<Self, Error> {
        let (name, arguments) = command.split_first().ok_or(Error::NoCommand)?;
        Ok(Self {
            program: program::find(name, std::env::var_os("PATH").as_deref())?,
            arguments: arguments.to_vec(),
            changes: environment::changes(&|name| std::env::var_os(name), folder, data_root)?,
        })
    }

    /// Starts the command, passes signals on and waits for its end. Gives the exit code that
    /// a shell would: the child's own, or 128 + n where signal n ended it.
    ///
    /// # Errors
    /// The command can't be started, or signals can't be caught.
    pub fn perform(&self) -> Result<u8, Error> {
        child::run(self)
    }
}
