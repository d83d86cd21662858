//! Virtualenvs for tasks: bare ones, and ones with packages from PyPI that are kept for the
//! next time. Where an interpreter brings no pip, another venv's fills its venv.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::interpreters::Interpreter;
use crate::process;

/// Making a venv, and one run of pip, take no longer than this.
const LIMIT: Duration = Duration::from_secs(300);

/// The file in a venv that says what it was made of.
const STAMP: &str = ".xtask-stamp";

/// The Python of the venv in `folder`.
pub(crate) fn python(folder: &Path) -> PathBuf {
    folder.join("bin/python")
}

/// Makes a venv without packages, in place of what is there.
pub(crate) fn bare(interpreter: &Interpreter, folder: &Path) -> Result<()> {
    make(interpreter, folder, &["--without-pip"])
}

/// Makes a venv with these packages from PyPI, unless it is there already. `lender` is a venv
/// whose pip fills this one where its interpreter brings none.
pub(crate) fn with_packages(
    interpreter: &Interpreter,
    folder: &Path,
    packages: &[&str],
    lender: &Path,
) -> Result<()> {
    if is_ready(interpreter, folder, packages) {
        return Ok(());
    }
    if with_own_pip(interpreter, folder) {
        fill(interpreter, folder, packages, folder)
    } else {
        bare(interpreter, folder)?;
        fill(interpreter, folder, packages, lender)
    }
}

/// Installs packages into a venv by the pip of the venv `lender`, and notes that they are there.
pub(crate) fn fill(
    interpreter: &Interpreter,
    folder: &Path,
    packages: &[&str],
    lender: &Path,
) -> Result<()> {
    let mut pip = Command::new(python(lender));
    pip.args(["-m", "pip", "--python"])
        .arg(python(folder))
        .args(["install", "--upgrade", "--quiet", "--no-input"])
        .arg("--disable-pip-version-check")
        .args(packages);
    process::run_quietly(&mut pip, LIMIT).with_context(|| {
        format!(
            "what tests need can't be installed from PyPI into `{}`",
            folder.display()
        )
    })?;
    let stamp_file = folder.join(STAMP);
    fs::write(&stamp_file, stamp(interpreter, packages))
        .with_context(|| format!("`{}`", stamp_file.display()))
}

/// True where `folder` holds what [`with_packages`] would make.
pub(crate) fn is_ready(interpreter: &Interpreter, folder: &Path, packages: &[&str]) -> bool {
    fs::read_to_string(folder.join(STAMP)).is_ok_and(|found| found == stamp(interpreter, packages))
}

/// Makes a venv with the pip that the interpreter brings; false where it brings none that
/// works. Only trying tells: Debian's interpreters take whatever pip lies in a folder of wheels.
pub(crate) fn with_own_pip(interpreter: &Interpreter, folder: &Path) -> bool {
    let works = || {
        let mut pip = Command::new(python(folder));
        pip.args(["-m", "pip", "--version"]);
        process::run_quietly(&mut pip, LIMIT).is_ok()
    };
    make(interpreter, folder, &[]).is_ok() && works()
}

fn make(interpreter: &Interpreter, folder: &Path, options: &[&str]) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("`{}`", folder.display()))?;
    }
    let mut command = Command::new(&interpreter.path);
    command.args(["-m", "venv"]).args(options).arg(folder);
    process::run_quietly(&mut command, LIMIT).with_context(|| {
        format!(
            "`{}` can't make a virtualenv (on Debian and Ubuntu this needs the package python3-venv)",
            interpreter.path.display()
        )
    })?;
    Ok(())
}

fn stamp(interpreter: &Interpreter, packages: &[&str]) -> String {
    format!(
        "{}\n{}\n{}\n",
        interpreter.path.display(),
        interpreter.version,
        packages.join("\n")
    )
}
