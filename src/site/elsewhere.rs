//! Other site-packages of the same venv in which something of the probe is: a venv that was
//! upgraded to another Python keeps the old one's folder (`lib/python3.11` beside
//! `lib/python3.12`), which nothing reads any more.

use super::{SiteError, inspect};
use crate::python::Venv;

/// The same venv with each of those folders as its site-packages.
///
/// # Errors
/// One of them can't be read.
pub fn elsewhere(venv: &Venv) -> Result<Vec<Venv>, SiteError> {
    let real = std::fs::canonicalize(&venv.site_packages).ok();
    let mut found: Vec<Venv> = Vec::new();
    let libraries = std::fs::read_dir(venv.root.join("lib"));
    let mut libraries: Vec<_> = libraries.into_iter().flatten().flatten().collect();
    libraries.sort_by_key(std::fs::DirEntry::file_name);
    for library in libraries {
        let Some(version) = version(&library.file_name()) else {
            continue;
        };
        let site_packages = library.path().join("site-packages");
        // A link may lead out of the venv, or to the folder that is in use.
        let Ok(other) = std::fs::canonicalize(&site_packages) else {
            continue;
        };
        if Some(&other) == real.as_ref() || !other.starts_with(&venv.root) {
            continue;
        }
        if !inspect(&site_packages)?.is_absent() {
            found.push(Venv {
                site_packages,
                version: Some(version),
                ..venv.clone()
            });
        }
    }
    Ok(found)
}

/// From `python3.11` or `python3.13t`.
fn version(name: &std::ffi::OsStr) -> Option<(u8, u8)> {
    let (major, minor) = name.to_str()?.strip_prefix("python")?.split_once('.')?;
    let minor = minor.strip_suffix('t').unwrap_or(minor);
    Some((major.parse().ok()?, minor.parse().ok()?))
}
