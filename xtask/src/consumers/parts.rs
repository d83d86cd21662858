//! What reads exports: programs of this machine, and parts from PyPI, npm and crates.io that are kept
//! below `target/` for the next time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::interpreters::Interpreter;
use crate::{console, process, venvs, workspace};

/// Building inferno takes the longest.
const LIMIT: Duration = Duration::from_secs(400);

/// From PyPI: one version of each, so that nothing new fails an old commit.
const PACKAGES: [&str; 2] = ["prometheus_client==0.26.0", "jsonschema==4.26.0"];

/// From npm.
const MODULES: [&str; 2] = ["speedscope@1.25.0", "playwright-core@1.65.1"];

/// From crates.io.
pub(super) const INFERNO: &str = "0.12.8";

/// One thing that a consumer needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A program of the machine.
    Program(&'static str),
    /// Go, which Debian may have beside PATH.
    Go,
    /// The packages from PyPI.
    Python,
    /// The modules from npm.
    Node,
    /// inferno's programs.
    Inferno,
}

/// Where they are.
pub(super) struct Parts {
    folder: PathBuf,
}

impl Parts {
    /// Installs what isn't there yet; what can't be had is told, and is then lacking.
    pub(super) fn prepare(pythons: &[Interpreter]) -> Result<Self> {
        let folder = workspace::target().join("pythons/consumers");
        fs::create_dir_all(&folder).with_context(|| format!("`{}`", folder.display()))?;
        let parts = Self { folder };
        for prepared in [
            parts.prepare_python(pythons),
            parts.prepare_node(),
            parts.prepare_inferno(),
        ] {
            if let Err(error) = prepared {
                console::error(&error);
            }
        }
        Ok(parts)
    }

    fn prepare_python(&self, pythons: &[Interpreter]) -> Result<()> {
        let venv = self.folder.join("venv");
        let usable = pythons.iter().rev().find(|python| {
            venvs::is_ready(python, &venv, &PACKAGES) || venvs::with_own_pip(python, &venv)
        });
        let python = usable.context("no Python that was found brings pip")?;
        venvs::with_packages(python, &venv, &PACKAGES, &venv)
    }

    fn prepare_node(&self) -> Result<()> {
        if self.has(Part::Node) {
            return Ok(());
        }
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--prefix"])
            .arg(&self.folder)
            .args(MODULES);
        process::run_quietly(&mut npm, LIMIT)?;
        Ok(())
    }

    fn prepare_inferno(&self) -> Result<()> {
        if self.has(Part::Inferno) {
            return Ok(());
        }
        let mut cargo = workspace::cargo(&["install", "--quiet", "inferno", "--locked"]);
        cargo
            .args(["--version", INFERNO, "--root"])
            .arg(&self.folder);
        process::run_quietly(&mut cargo, LIMIT)?;
        Ok(())
    }

    /// The first of these that isn't there.
    pub(super) fn lacks(&self, needed: &[Part]) -> Option<&'static str> {
        let lacking = needed.iter().find(|part| !self.has(**part))?;
        Some(match lacking {
            Part::Program(name) => name,
            Part::Go => "Go",
            Part::Python => "packages of PyPI",
            Part::Node => "modules of npm",
            Part::Inferno => "inferno",
        })
    }

    fn has(&self, part: Part) -> bool {
        match part {
            Part::Program(name) => program(name).is_some(),
            Part::Go => program("go").is_some() || debians_go().is_some(),
            Part::Python => self.python().is_file(),
            Part::Node => ["speedscope", "playwright-core"]
                .iter()
                .all(|it| self.modules().join(it).join("package.json").is_file()),
            Part::Inferno => self.flamegraph().is_file(),
        }
    }

    /// The Python with packages.
    pub(super) fn python(&self) -> PathBuf {
        venvs::python(&self.folder.join("venv"))
    }

    /// The folder of npm's modules.
    pub(super) fn modules(&self) -> PathBuf {
        self.folder.join("node_modules")
    }

    /// `inferno-flamegraph`.
    pub(super) fn flamegraph(&self) -> PathBuf {
        self.folder.join("bin/inferno-flamegraph")
    }
}

/// A program on PATH.
pub(super) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// Go in a folder of its version.
fn debians_go() -> Option<PathBuf> {
    let folders = Path::new("/usr/lib").read_dir().ok()?;
    folders
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.file_name()
                .is_some_and(|it| it.to_string_lossy().starts_with("go-"))
        })
        .map(|path| path.join("bin/go"))
        .find(|path| path.is_file())
}
