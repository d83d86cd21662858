//! What of the probe is in a virtualenv, told by names and contents alone and not by the probe,
//! so that its own account can be compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use walkdir::WalkDir;

/// The names that it has beside its package.
const START_UP: [&str; 3] = ["probe.pth", "probe.start", "sitecustomize.py"];

/// Files and their contents, by path from the virtualenv; bytecode aside.
pub(super) type Ours = BTreeMap<PathBuf, Vec<u8>>;

/// Every site-packages of a virtualenv, as paths from it.
pub(super) fn site_packages(venv: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let library = venv.join("lib");
    for entry in fs::read_dir(&library).with_context(|| format!("`{}`", library.display()))? {
        let folder = Path::new("lib")
            .join(entry?.file_name())
            .join("site-packages");
        if venv.join(&folder).is_dir() {
            found.push(folder);
        }
    }
    found.sort();
    Ok(found)
}

/// What stands at the probe's names, be it the probe's or not.
pub(super) fn at_its_names(venv: &Path) -> Result<Ours> {
    let mut found = Ours::new();
    for folder in site_packages(venv)? {
        for entry in WalkDir::new(venv.join(&folder)) {
            let entry = entry?;
            let path = entry.path().strip_prefix(venv)?;
            let inside = path.strip_prefix(&folder)?;
            if entry.file_type().is_file() && (is_start_up(inside) || is_in_package(inside)) {
                found.insert(path.to_owned(), fs::read(entry.path())?);
            }
        }
    }
    Ok(found)
}

/// True for what `probe uninstall` may take away, by its path from the virtualenv.
pub(super) fn may_go(venv: &Path, path: &Path) -> Result<bool> {
    let Some(inside) = site_packages(venv)?
        .iter()
        .find_map(|folder| path.strip_prefix(folder).ok().map(Path::to_owned))
    else {
        return Ok(false);
    };
    let first = inside.components().next().map(|part| part.as_os_str());
    let is_package = first.is_some_and(|name| name.to_string_lossy().starts_with("_probe_"));
    let is_bytecode = inside == Path::new("__pycache__")
        || inside.starts_with("__pycache__")
            && inside
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("sitecustomize."));
    Ok(is_package || is_bytecode || is_start_up(&inside))
}

fn is_start_up(inside: &Path) -> bool {
    START_UP.iter().any(|name| inside == Path::new(name))
}

fn is_in_package(inside: &Path) -> bool {
    let mut parts = inside.components().map(|part| part.as_os_str());
    let first = parts.next().map(|name| name.to_string_lossy());
    first.is_some_and(|name| name.starts_with("_probe_")) && parts.all(|name| name != "__pycache__")
}

/// True where the probe wrote it: it names a package of the probe.
pub(super) fn names_the_probe(content: &[u8]) -> bool {
    content.windows(7).any(|window| window == b"_probe_")
}
