//! Where things are in this workspace, and how its parts are built.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    // xtask is always built from, and run for, the checkout that it lies in.
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The folder of everything that is built; never tracked, may be deleted at any time.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) if !folder.is_empty() => root().join(folder),
        _ => root().join("target"),
    }
}

/// A `cargo` command that runs in the workspace's folder.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(root());
    command
}

/// How to build the `probe` program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build, for looking at what it does.
    Debug,
    /// As it is shipped, for measuring.
    Release,
}

/// The command that builds `probe`.
pub(crate) fn build_command(profile: Profile) -> Command {
    match profile {
        Profile::Debug => cargo(&["build", "--package", "probe"]),
        Profile::Release => cargo(&["build", "--package", "probe", "--release"]),
    }
}

/// Builds `probe` and returns the path of the program.
pub(crate) fn build(profile: Profile) -> Result<PathBuf> {
    process::run(&mut build_command(profile)).context("`probe` can't be built")?;
    let folder = match profile {
        Profile::Debug => "debug",
        Profile::Release => "release",
    };
    let program = target().join(folder).join("probe");
    if !program.is_file() {
        bail!(
            "cargo built `probe`, but there is no `{}`",
            program.display()
        );
    }
    Ok(program)
}

/// Builds the native engine as it is embedded, and returns the path of the shared library.
pub(crate) fn build_native() -> Result<PathBuf> {
    let mut command = cargo(&["build", "--package", "probe-native", "--profile", "native"]);
    process::run(&mut command).context("the native engine can't be built")?;
    let name = format!(
        "{}probe_native{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    );
    let library = target().join("native").join(name);
    if !library.is_file() {
        bail!(
            "cargo built the native engine, but there is no `{}`",
            library.display()
        );
    }
    Ok(library)
}
