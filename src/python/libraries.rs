//! The library folders of a prefix (`lib/python3.12` and their like), by their names alone.

use std::path::{Path, PathBuf};

use super::{PythonError, config};

/// The library folders of a prefix: `(path, name)`, in the order of their names, symlinks
/// last: conda adds a `python3.1` that leads to `python3.12`.
pub(super) fn libraries(root: &Path) -> Result<Vec<(PathBuf, String)>, PythonError> {
    let mut found = Vec::new();
    for parent in ["lib", "lib64"] {
        let parent = root.join(parent);
        let entries = match std::fs::read_dir(&parent) {
            Ok(entries) => entries,
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => continue,
            Err(source) => {
                return Err(PythonError::Unreadable {
                    path: parent,
                    source,
                });
            }
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| library_version(name).is_some())
            .collect();
        names.sort_by_key(|name| (parent.join(name).is_symlink(), name.clone()));
        found.extend(names.into_iter().map(|name| (parent.join(&name), name)));
    }
    Ok(found)
}

/// The version in `python3.12`, `python3.13t` or `pypy3.10`.
pub(super) fn library_version(name: &str) -> Option<(u8, u8)> {
    let digits = name
        .strip_prefix("python")
        .or_else(|| name.strip_prefix("pypy"))?;
    config::parse_version(digits.strip_suffix('t').unwrap_or(digits))
}
