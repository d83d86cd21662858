//! Programs that a test would like to have and some machines lack. `cargo xtask test` provides
//! them; in CI none may be missing.

use std::path::PathBuf;

/// True where nothing may be left out.
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// Says why a test, or a part of one, isn't run.
///
/// # Panics
/// Under `CI=true`, where everything is to be there.
pub fn skip(what: &str, why: &str) {
    assert!(!in_ci(), "{what} must not be left out in CI: {why}");
    eprintln!("skipped {what}: {why}");
}

/// uv, if it can be had.
pub fn uv() -> Option<PathBuf> {
    tool("PROBE_TEST_UV", "uv")
}

/// virtualenv, if it can be had.
pub fn virtualenv() -> Option<PathBuf> {
    tool("PROBE_TEST_VIRTUALENV", "virtualenv")
}

/// The program that a variable names, else the one on PATH.
fn tool(variable: &str, name: &str) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(variable).filter(|value| !value.is_empty()) {
        return Some(PathBuf::from(path));
    }
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    if found.is_none() {
        skip(name, &format!("it isn't on PATH, nor named in {variable}"));
    }
    found
}
