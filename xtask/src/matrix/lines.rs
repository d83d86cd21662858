//! Runs a scenario's shell lines in its cell, with the variables that `scenario` lists.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use anyhow::{Result, ensure};

use super::columns::Column;
use crate::process;
use crate::stage::Stage;

/// No program of a scenario takes longer.
const LIMIT: Duration = Duration::from_secs(120);

/// How some lines ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ran {
    /// The exit code, 128 + n for a signal.
    pub(super) code: Option<i32>,
    /// What was written.
    pub(super) stdout: String,
    /// What was said.
    pub(super) stderr: String,
}

impl Ran {
    /// Reads a program's output.
    pub(super) fn of(output: &Output) -> Self {
        let status = output.status;
        Self {
            code: status
                .code()
                .or_else(|| status.signal().map(|signal| 128 + signal)),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Where the lines of one cell run.
pub(super) struct Lines<'a> {
    stage: &'a Stage,
    column: &'a Column,
    folder: &'a Path,
    tools: Option<&'a Path>,
    /// The folder in which they run.
    pub(super) work: PathBuf,
    /// The folder of the programs.
    pub(super) app: PathBuf,
    /// The virtualenv.
    pub(super) venv: PathBuf,
    /// Its site-packages.
    pub(super) site: PathBuf,
}

impl<'a> Lines<'a> {
    /// Those of the cell in `folder`.
    pub(super) fn new(
        stage: &'a Stage,
        folder: &'a Path,
        column: &'a Column,
        tools: Option<&'a Path>,
    ) -> Self {
        let venv = folder.join("venv");
        let implementation = if column.is_pypy() { "pypy" } else { "python" };
        let library = format!("{implementation}{}", column.python.minor());
        Self {
            stage,
            column,
            folder,
            tools,
            work: folder.join("work"),
            app: folder.join("app"),
            site: venv.join("lib").join(library).join("site-packages"),
            venv,
        }
    }

    /// Runs lines that must succeed.
    ///
    /// # Errors
    /// They didn't.
    pub(super) fn must(&self, what: &str, lines: &str) -> Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let ran = self.run(what, lines, false)?;
        ensure!(
            ran.code == Some(0),
            "`{what}` ended with {:?}:\n{}{}",
            ran.code,
            ran.stdout,
            ran.stderr
        );
        Ok(())
    }

    /// Runs lines, `probed` or not.
    ///
    /// # Errors
    /// There is no shell, or they took too long.
    pub(super) fn run(&self, what: &str, lines: &str, probed: bool) -> Result<Ran> {
        let mut command = self.stage.command(Path::new("/bin/sh"));
        self.homes(&mut command);
        let base = &self.column.python.path;
        let prefix = base.parent().and_then(Path::parent).unwrap_or(base);
        command
            .args(["-euc", lines, what])
            .current_dir(&self.work)
            .env("CELL", self.folder)
            .env("WORK", &self.work)
            .env("VENV", &self.venv)
            .env("SITE", &self.site)
            .env("PYTHON", self.venv.join("bin/python"))
            .env("BASE", base)
            .env("BASE_PREFIX", prefix)
            .env("VERSION", self.column.python.minor().to_string())
            .env("APP", &self.app)
            .env("PROBE", self.stage.probe().get_program())
            .env("TOOLS", self.tools.unwrap_or(Path::new("")))
            .env("PROBED", if probed { "1" } else { "" });
        if probed {
            command.env("MATRIX_WITNESSES", self.folder.join("witnesses"));
        }
        Ok(Ran::of(&process::output_within(&mut command, LIMIT)?))
    }

    /// Gives a command a home in this cell, and takes what would name another place to record.
    pub(super) fn homes(&self, command: &mut Command) {
        command.env_remove("PROBE_DATA_DIR");
        for name in ["HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
            command.env(name, self.folder.join("home"));
        }
    }
}
