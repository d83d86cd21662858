//! The folder in which a task runs Pythons, and venvs in it with the probe and without. What
//! runs there finds nothing of this environment, and leaves nothing elsewhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::engine::Engine;
use crate::interpreters::Interpreter;
use crate::{process, venvs, workspace};

/// Installing the probe takes no longer.
const LIMIT: Duration = Duration::from_secs(120);

/// A target for [`ENGINE`], which loads an engine by importing the module.
const ENGINE_TARGET: &str = "colorsys:*";

/// Prints the payload's engine as JSON, `null` where no payload is at work.
const ENGINE: &str = "\
import colorsys, json, sys
found = [module for name, module in sys.modules.items() if name.startswith('_probe_') and '.' not in name]
print(json.dumps(found[0].describe()['engine'] if found else None))";

/// Everything that one task writes lies in this folder.
pub(crate) struct Stage {
    folder: PathBuf,
    probe: PathBuf,
}

/// How the probe is installed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup<'a> {
    /// The engine that must be at work.
    pub(crate) engine: Engine,
    /// `count`, `time` or `tree`.
    pub(crate) detail: &'a str,
    /// What is timed.
    pub(crate) targets: &'a [&'a str],
}

impl Stage {
    /// Makes the folder `target/NAME` anew.
    pub(crate) fn set(name: &str, probe: PathBuf) -> Result<Self> {
        let folder = workspace::target().join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("`{}`", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("`{}`", folder.display()))?;
        Ok(Self { folder, probe })
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The program `probe` itself.
    pub(crate) fn program(&self) -> &Path {
        &self.probe
    }

    /// Makes a venv without the probe and returns its folder.
    pub(crate) fn bare_venv(&self, python: &Interpreter) -> Result<PathBuf> {
        let venv = self.folder.join(format!("{}-bare", python.minor()));
        venvs::bare(python, &venv)?;
        Ok(venv)
    }

    /// Makes a venv with the probe and returns its folder.
    pub(crate) fn venv_with_probe(
        &self,
        python: &Interpreter,
        name: &str,
        setup: Setup<'_>,
    ) -> Result<PathBuf> {
        let venv = self.folder.join(format!("{}-{name}", python.minor()));
        venvs::bare(python, &venv)?;
        self.install(&venv, setup)?;
        Ok(venv)
    }

    /// Installs the probe into a venv, in place of an earlier installation.
    pub(crate) fn install(&self, venv: &Path, setup: Setup<'_>) -> Result<()> {
        let engine = setup.engine.to_string();
        let mut install = self.probe();
        install
            .args(["install", "--engine", &engine, "--detail", setup.detail])
            .arg("--venv")
            .arg(venv)
            .args(setup.targets.iter().flat_map(|target| ["-t", target]));
        process::run_quietly(&mut install, LIMIT)?;
        setup.engine.check(self.engine_in(venv)?.as_deref())
    }

    /// The engine that a venv's Python starts with, by its own answer.
    fn engine_in(&self, venv: &Path) -> Result<Option<String>> {
        let mut command = self.command(&venvs::python(venv));
        command
            .args(["-c", ENGINE])
            .env("PROBE_TARGETS", ENGINE_TARGET);
        let output = process::run_quietly(&mut command, LIMIT)?;
        serde_json::from_slice(&output.stdout).context("the payload's answer can't be understood")
    }

    /// The program `probe`, in this folder.
    pub(crate) fn probe(&self) -> Command {
        self.command(&self.probe)
    }

    /// A command that runs in this folder and finds and leaves nothing elsewhere.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("PYTHON") || name.starts_with("PROBE_") {
                command.env_remove(&*name);
            }
        }
        for name in ["VIRTUAL_ENV", "XDG_CACHE_HOME"] {
            command.env_remove(name);
        }
        for name in ["PROBE_DATA_DIR", "XDG_DATA_HOME", "XDG_STATE_HOME", "HOME"] {
            command.env(name, self.folder.join("data"));
        }
        command
    }
}
