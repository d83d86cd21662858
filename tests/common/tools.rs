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

/// True where callgrind_annotate, of valgrind, is there.
pub fn has_callgrind_annotate() -> bool {
    has("callgrind_annotate", "valgrind")
}

/// True where promtool, of Prometheus, is there.
pub fn has_promtool() -> bool {
    has("promtool", "prometheus")
}

fn has(name: &str, package: &str) -> bool {
    let found = on_path(name).is_some();
    if !found {
        skip(
            name,
            &format!("it isn't on PATH; Debian has it in `{package}`"),
        );
    }
    found
}

/// The program that a variable names, else the one on PATH.
fn tool(variable: &str, name: &str) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(variable).filter(|value| !value.is_empty()) {
        return Some(PathBuf::from(path));
    }
    let found = on_path(name);
    if found.is_none() {
        skip(name, &format!("it isn't on PATH, nor named in {variable}"));
    }
    found
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}
