//! The virtualenv that an installer is killed over: small, with files of its user's that an
//! installation must get along with, and put back to one of its states as often as is wanted.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::fingerprint::Fingerprint;
use crate::interpreters::Interpreter;
use crate::stage::Stage;
use crate::{process, venvs};

/// Nothing that is started here takes longer.
const LIMIT: Duration = Duration::from_secs(60);

/// Files of the user's in site-packages, by variant: a `.pth` that imports a package, and in one
/// variant a sitecustomize.
const FILES: [(&str, &str); 3] = [
    ("aaa-user.pth", "import shop\n"),
    (
        "shop/__init__.py",
        "def total(*prices):\n    return sum(prices)\n",
    ),
    ("zzz-user.pth", "shop\n"),
];
const SITECUSTOMIZE: (&str, &str) = ("sitecustomize.py", "import sys\nsys.is_customized = True\n");

/// The program, and what it prints wherever it runs.
const APP: &str = "import shop, json, sys\nprint(json.dumps(shop.total(1, 2)), getattr(sys, 'is_customized', False))\n";

/// What the installed probe times, before and after an upgrade.
pub(crate) const TARGETS: [&str; 2] = ["shop:**", "json:dumps"];

/// What else is in site-packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Variant {
    /// No `sitecustomize`, so the probe's own is written.
    Plain,
    /// One of the user's.
    OwnSitecustomize,
}

impl Variant {
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::OwnSitecustomize => "own",
        }
    }
}

/// A state of the virtualenv and its data folder that is kept to come back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Before anything was installed.
    Clean,
    /// With the first targets installed.
    Installed,
    /// As a killed command left it.
    Killed,
}

impl Kept {
    fn folder(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Installed => "installed",
            Self::Killed => "killed",
        }
    }
}

/// A file's inode, and the seconds and nanoseconds of its last change.
pub(crate) type Stamp = (u64, i64, i64);

/// One virtualenv with its data folder.
pub(crate) struct Scene<'a> {
    stage: &'a Stage,
    folder: PathBuf,
    site_packages: PathBuf,
    expected: String,
    clean: Fingerprint,
}

impl<'a> Scene<'a> {
    /// Makes it; `name` tells it from others of the same Python.
    pub(crate) fn set(
        stage: &'a Stage,
        python: &Interpreter,
        variant: Variant,
        name: &str,
    ) -> Result<Self> {
        let place = format!("{}-{}-{name}", python.minor(), variant.name());
        let folder = stage.folder().join(place);
        let case = folder.join("case");
        fs::create_dir_all(&case).with_context(|| format!("`{}`", case.display()))?;
        venvs::bare(python, &case.join("venv"))?;
        let library = format!("lib/python{}/site-packages", python.minor());
        let site_packages = case.join("venv").join(library);
        let own = (variant == Variant::OwnSitecustomize).then_some(SITECUSTOMIZE);
        for (path, text) in FILES.into_iter().chain(own) {
            let path = site_packages.join(path);
            fs::create_dir_all(path.parent().unwrap_or(&site_packages))?;
            fs::write(&path, text).with_context(|| format!("`{}`", path.display()))?;
        }
        fs::write(folder.join("app.py"), APP)?;
        let mut scene = Self {
            stage,
            folder,
            site_packages,
            expected: format!("3 {}\n", if own.is_some() { "True" } else { "False" }),
            clean: Fingerprint::of(&case)?,
        };
        // Python's own bytecode of the user's files is there before anything is compared.
        if let Some(bad) = scene.start()? {
            bail!("the app doesn't run without the probe: {bad}");
        }
        scene.clean = Fingerprint::of(&scene.site_packages)?;
        scene.keep(Kept::Clean)?;
        process::run_quietly(&mut scene.install(TARGETS[0]), LIMIT)?;
        if let Some(bad) = scene.start()? {
            bail!("the app doesn't run with the probe: {bad}");
        }
        scene.keep(Kept::Installed)?;
        Ok(scene)
    }

    /// Copies what is there now, to come back to it.
    pub(crate) fn keep(&self, kept: Kept) -> Result<()> {
        copy(&self.case(), &self.folder.join(kept.folder()))
    }

    /// Comes back to what was kept.
    pub(crate) fn restore(&self, kept: Kept) -> Result<()> {
        copy(&self.folder.join(kept.folder()), &self.case())
    }

    fn case(&self) -> PathBuf {
        self.folder.join("case")
    }

    /// The data folder, with the registry.
    pub(crate) fn data(&self) -> PathBuf {
        self.case().join("data")
    }

    /// Starts the app; what was wrong about it, where something was.
    pub(crate) fn start(&self) -> Result<Option<String>> {
        let mut python = self
            .stage
            .command(&venvs::python(&self.case().join("venv")));
        python.arg(self.folder.join("app.py"));
        python.env("PROBE_DATA_DIR", self.data());
        let output = process::output_within(&mut python, LIMIT)?;
        let as_ever = output.status.success()
            && output.stdout == self.expected.as_bytes()
            && output.stderr.is_empty();
        Ok((!as_ever).then(|| described(&output)))
    }

    /// `probe install`, for these targets.
    pub(crate) fn install(&self, targets: &str) -> Command {
        let mut command = self.probe("install");
        command.args(["-t", targets]);
        command
    }

    /// A command of the probe on this virtualenv.
    pub(crate) fn probe(&self, verb: &str) -> Command {
        let mut command = self.probe_without_venv(verb);
        command.arg("--venv").arg(self.case().join("venv"));
        command
    }

    /// `uninstall` without its proof, which would find what somebody else has installed meanwhile.
    pub(crate) fn uninstall_without_proof(&self) -> Command {
        let mut command = self.probe("uninstall");
        command.arg("--no-start");
        command
    }

    /// A command of the probe with this data folder.
    pub(crate) fn probe_without_venv(&self, verb: &str) -> Command {
        let mut command = self.stage.probe();
        command.arg(verb).env("PROBE_DATA_DIR", self.data());
        command
    }

    /// What differs in site-packages from before anything was installed.
    pub(crate) fn differences(&self) -> Result<Vec<String>> {
        Ok(self
            .clean
            .differences(&Fingerprint::of(&self.site_packages)?))
    }

    /// Inodes and times of the user's own files.
    pub(crate) fn stamps(&self) -> Result<Vec<Stamp>> {
        let paths = FILES.iter().map(|(path, _)| *path).chain([SITECUSTOMIZE.0]);
        let mut stamps = Vec::new();
        for path in paths {
            let path = self.site_packages.join(path);
            // Without one of the user's, the sitecustomize is the probe's.
            if path.ends_with(SITECUSTOMIZE.0) && self.expected.ends_with("False\n") {
                continue;
            }
            let data =
                fs::symlink_metadata(&path).with_context(|| format!("`{}`", path.display()))?;
            stamps.push((data.ino(), data.mtime(), data.mtime_nsec()));
        }
        Ok(stamps)
    }
}

/// What a program said, for a message.
pub(crate) fn described(output: &Output) -> String {
    format!(
        "{}, stdout `{}`, stderr `{}`",
        output.status,
        String::from_utf8_lossy(&output.stdout).trim_end(),
        String::from_utf8_lossy(&output.stderr).trim_end()
    )
}

/// A copy with all modes and times, in place of what is there: bytecode goes by times.
fn copy(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("`{}`", to.display()))?;
    }
    let mut command = Command::new("cp");
    command.arg("-a").arg(from).arg(to);
    process::run_quietly(&mut command, LIMIT)?;
    Ok(())
}
