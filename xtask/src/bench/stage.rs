//! The folder in which measuring happens, and venvs in it with the probe and without.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::interpreters::Interpreter;
use crate::{process, venvs, workspace};

/// No single program that is measured takes longer.
pub(super) const LIMIT: Duration = Duration::from_secs(120);

/// Everything that measuring writes lies in this folder.
pub(super) struct Stage {
    folder: PathBuf,
    probe: PathBuf,
    engine: String,
}

impl Stage {
    /// Makes the folder anew.
    pub(super) fn set(probe: PathBuf, engine: &str) -> Result<Self> {
        let folder = workspace::target().join("bench");
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("`{}`", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("`{}`", folder.display()))?;
        Ok(Self {
            folder,
            probe,
            engine: engine.to_owned(),
        })
    }

    /// The engine that venvs with the probe ask for.
    pub(super) fn engine(&self) -> &str {
        &self.engine
    }

    /// Makes a venv without the probe and returns its folder.
    pub(super) fn bare_venv(&self, python: &Interpreter) -> Result<PathBuf> {
        let venv = self.folder.join(format!("{}-bare", python.minor()));
        venvs::bare(python, &venv)?;
        Ok(venv)
    }

    /// Makes a venv with the probe for these targets and returns its folder.
    pub(super) fn venv_with_probe(
        &self,
        python: &Interpreter,
        detail: &str,
        targets: &[&str],
    ) -> Result<PathBuf> {
        let venv = self.folder.join(format!("{}-{detail}", python.minor()));
        venvs::bare(python, &venv)?;
        let mut install = self.command(&self.probe);
        install
            .args([
                "install",
                "--engine",
                &self.engine,
                "--detail",
                detail,
                "--venv",
            ])
            .arg(&venv)
            .args(targets.iter().flat_map(|target| ["-t", target]));
        process::run_quietly(&mut install, LIMIT)?;
        Ok(venv)
    }

    /// A command that runs in this folder and finds and leaves nothing elsewhere.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PYTHON") {
                command.env_remove(name);
            }
        }
        for name in [
            "PROBE_DISABLE",
            "PROBE_ENGINE",
            "PROBE_TARGETS",
            "VIRTUAL_ENV",
        ] {
            command.env_remove(name);
        }
        for name in ["PROBE_DATA_DIR", "XDG_DATA_HOME", "XDG_STATE_HOME", "HOME"] {
            command.env(name, self.folder.join("data"));
        }
        command
    }
}
