//! A project with a virtualenv of its own, in which one action is played.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::action::{Action, Promise};
use super::judge::Row;
use super::ours;
use super::tools::{Tool, Tools};
use crate::interpreters::Interpreter;
use crate::stage::Stage;
use crate::{process, venvs, workspace};

/// One run of a tool takes no longer.
const LIMIT: Duration = Duration::from_secs(180);

/// The interpreters that actions use.
pub(super) struct Pythons<'a> {
    /// The one that the virtualenv is made by.
    pub(super) usual: &'a Interpreter,
    /// One of an earlier version.
    pub(super) older: &'a Interpreter,
    /// A virtualenv of the usual one with pip, to be copied.
    pub(super) template: PathBuf,
}

/// The place of one action.
pub(super) struct Scene<'a> {
    pub(super) stage: &'a Stage,
    pub(super) pythons: &'a Pythons<'a>,
    tools: &'a Tools,
    folder: PathBuf,
}

impl<'a> Scene<'a> {
    /// Makes the place, with a virtualenv and a few wheels.
    pub(super) fn set(
        stage: &'a Stage,
        pythons: &'a Pythons<'a>,
        tools: &'a Tools,
        number: usize,
    ) -> Result<Self> {
        let folder = stage.folder().join(format!("scene-{number}"));
        fs::create_dir_all(folder.join("wheels"))?;
        let scene = Self {
            stage,
            pythons,
            tools,
            folder,
        };
        scene.run(
            Command::new("cp")
                .arg("-a")
                .arg(&pythons.template)
                .arg(scene.venv()),
        )?;
        scene.wheel("tiny", &["tiny.py=def f(): pass\n"])?;
        scene.wheel("extra", &["extra.py=\n"])?;
        scene.pip(&["install", "tiny", "extra"])?;
        Ok(scene)
    }

    /// Plays an action, and judges what came of it.
    pub(super) fn play(&self, action: &Action) -> Result<Row> {
        (action.before)(self)?;
        self.run(
            self.stage
                .probe()
                .args(["install", "-t", "tiny:*", "--venv"])
                .arg(self.venv()),
        )?;
        let before = ours::at_its_names(&self.venv())?;
        (action.deed)(self)?;
        let venv = match action.promise {
            Promise::Moved => self.moved(),
            _ => self.venv(),
        };
        Row::judge(self, action.promise, &venv, &before)
    }

    /// The project.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its virtualenv.
    pub(super) fn venv(&self) -> PathBuf {
        self.folder.join(".venv")
    }

    /// Where it is moved to.
    pub(super) fn moved(&self) -> PathBuf {
        self.folder.join("moved")
    }

    /// The folder of its packages.
    pub(super) fn site_packages(&self) -> PathBuf {
        let library = format!("lib/python{}", self.pythons.usual.minor());
        self.venv().join(library).join("site-packages")
    }

    /// The one package of the probe.
    pub(super) fn package(&self) -> Result<PathBuf> {
        for entry in fs::read_dir(self.site_packages())? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with("_probe_") {
                return Ok(entry.path());
            }
        }
        anyhow::bail!("the probe's package isn't there")
    }

    /// Fails where a package that the tool had to remove is still there.
    pub(super) fn extra_is_gone(&self) -> Result<()> {
        let extra = self.site_packages().join("extra.py");
        ensure!(!extra.exists(), "the tool removed nothing");
        Ok(())
    }

    /// Writes a file of the project.
    pub(super) fn write(&self, path: &str, text: &str) -> Result<()> {
        let path = self.folder.join(path);
        fs::write(&path, text).with_context(|| format!("`{}`", path.display()))
    }

    /// A command in the project.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = self.stage.command(program);
        command.current_dir(&self.folder);
        command
    }

    /// A tool's command with these arguments, which asks nobody and uses no network.
    pub(super) fn tool(&self, tool: Tool, arguments: &[&str]) -> Result<Command> {
        let program = self.tools.program(tool).context("the tool isn't there")?;
        let mut command = self.command(&program);
        command
            .args(arguments)
            .env("UV_OFFLINE", "1")
            .env("UV_PYTHON_DOWNLOADS", "never")
            .env("POETRY_VIRTUALENVS_IN_PROJECT", "true")
            .env("POETRY_NO_INTERACTION", "1");
        Ok(command)
    }

    /// Runs it; it has to succeed.
    pub(super) fn run(&self, command: &mut Command) -> Result<Output> {
        process::run_quietly(command, LIMIT)
    }

    /// Runs a tool with these arguments.
    pub(super) fn use_tool(&self, tool: Tool, arguments: &[&str]) -> Result<()> {
        self.run(&mut self.tool(tool, arguments)?).map(drop)
    }

    /// The virtualenv's Python with these arguments.
    pub(super) fn python(&self, arguments: &[&str]) -> Command {
        let mut python = self.command(&venvs::python(&self.venv()));
        python.args(arguments);
        python
    }

    /// Runs the virtualenv's pip, which takes packages from the project's wheels alone.
    pub(super) fn pip(&self, arguments: &[&str]) -> Result<()> {
        let mut pip = self.python(&["-m", "pip"]);
        pip.args(arguments)
            .env("PIP_NO_INDEX", "1")
            .env("PIP_FIND_LINKS", self.folder.join("wheels"))
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .env("PIP_NO_INPUT", "1");
        self.run(&mut pip).map(drop)
    }

    /// Makes a wheel of these files, each `PATH=TEXT`, in version 1.0.
    pub(super) fn wheel(&self, name: &str, files: &[&str]) -> Result<()> {
        let mut make = self.command(&self.pythons.usual.path);
        make.arg(make_wheel())
            .arg(self.folder.join("wheels"))
            .args([name, "1.0"])
            .args(files);
        self.run(&mut make).map(drop)
    }
}

/// The script that makes wheels.
pub(super) fn make_wheel() -> PathBuf {
    workspace::root().join("xtask/assets/make_wheel.py")
}
