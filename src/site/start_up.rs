//! The three start-up files in site-packages, and whether the name `sitecustomize` is free.
//! A file is ours by its content: it is exactly what some package's start-up file is.

use std::io;
use std::path::Path;

use super::Manifest;
use super::package::{PYCACHE, is_bytecode_of};
use crate::files::{self, Sha256Hex, digest};
use crate::payload::{PTH, PackageName, SITECUSTOMIZE, START, package_in, start_up_file};

/// What stands at a start-up file's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// Ours, naming this package.
    Ours {
        /// The package.
        package: PackageName,
        /// The content's hash.
        sha256: Sha256Hex,
        /// Whether this version of the probe would write the same.
        current: bool,
    },
    /// It names a package of ours, but isn't what we wrote.
    Modified {
        /// The package.
        package: PackageName,
    },
    /// Somebody else's.
    Foreign,
}

/// One of the three.
#[derive(Debug, Clone)]
pub struct StartUpFile {
    /// Its name in site-packages.
    pub name: &'static str,
    /// What stands there.
    pub found: Found,
}

/// Looks at the three names, in the order in which they are removed.
pub(super) fn inspect(site_packages: &Path) -> io::Result<[StartUpFile; 3]> {
    let [pth, start, sitecustomize] =
        [PTH, START, SITECUSTOMIZE].map(|name| look_at(site_packages, name));
    Ok([pth?, start?, sitecustomize?])
}

fn look_at(site_packages: &Path, name: &'static str) -> io::Result<StartUpFile> {
    let path = site_packages.join(name);
    let found = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Found::Nothing,
        Err(error) => return Err(error),
        Ok(metadata) if metadata.is_file() => {
            judge(site_packages, name, &files::read_regular(&path)?)
        }
        Ok(_) => Found::Foreign,
    };
    Ok(StartUpFile { name, found })
}

fn judge(site_packages: &Path, name: &'static str, bytes: &[u8]) -> Found {
    let Some(package) = package_in(bytes) else {
        return Found::Foreign;
    };
    let sha256 = digest(bytes);
    let current = start_up_file(name, &package) == bytes;
    if current || noted(site_packages, &package, name).as_ref() == Some(&sha256) {
        Found::Ours {
            package,
            sha256,
            current,
        }
    } else {
        Found::Modified { package }
    }
}

/// What the package's manifest says about a start-up file: another version of the probe may
/// have written another content.
fn noted(site_packages: &Path, package: &PackageName, name: &str) -> Option<Sha256Hex> {
    let path = site_packages
        .join(package.as_str())
        .join(crate::payload::MANIFEST);
    let manifest = Manifest::parse(&files::read_regular(&path).ok()?)?;
    manifest.files.get(name).cloned()
}

/// What the name `sitecustomize` means in site-packages beside a `sitecustomize.py`.
#[derive(Debug, Clone, Default)]
pub(super) struct Neighbours {
    /// A package or extension module, or bytecode that isn't ours: it has the name.
    pub(super) occupant: Option<String>,
    /// Bytecode that isn't somebody else's: paths relative to site-packages.
    pub(super) bytecode: Vec<String>,
}

/// Looks for them. `ours` says that a `sitecustomize.py` is there and whether it is ours;
/// without one, bytecode is ours if it names a package of ours.
pub(super) fn neighbours(
    site_packages: &Path,
    names: &[String],
    sitecustomize: &Found,
) -> io::Result<Neighbours> {
    let mut found = Neighbours {
        occupant: names.iter().find(|name| occupies(name)).cloned(),
        bytecode: Vec::new(),
    };
    let pycache = site_packages.join(PYCACHE);
    // Where a symlink leads isn't ours to clean.
    if pycache.symlink_metadata().is_ok_and(|data| !data.is_dir()) {
        return Ok(found);
    }
    let entries = match std::fs::read_dir(&pycache) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(found),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !is_bytecode_of(SITECUSTOMIZE, &name) {
            continue;
        }
        let path = format!("{PYCACHE}/{name}");
        let ours = match sitecustomize {
            Found::Ours { .. } => true,
            Found::Nothing => {
                files::read_regular(&entry.path()).is_ok_and(|bytes| package_in(&bytes).is_some())
            }
            Found::Modified { .. } | Found::Foreign => false,
        };
        if ours {
            found.bytecode.push(path);
        } else if *sitecustomize == Found::Nothing && found.occupant.is_none() {
            found.occupant = Some(path);
        }
    }
    found.bytecode.sort();
    Ok(found)
}

/// True for what `import sitecustomize` finds beside or before `sitecustomize.py`.
pub(super) fn occupies(name: &str) -> bool {
    name == "sitecustomize"
        || name.strip_prefix("sitecustomize.").is_some_and(|rest| {
            rest == "pyc"
                || [".so", ".pyd"].iter().any(|end| name.ends_with(end)) && !rest.is_empty()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_the_name_sitecustomize() {
        for name in [
            "sitecustomize",
            "sitecustomize.so",
            "sitecustomize.abi3.so",
            "sitecustomize.cpython-312-x86_64-linux-gnu.so",
            "sitecustomize.pyc",
        ] {
            assert!(occupies(name), "{name}");
        }
        for name in [
            "sitecustomize.py",
            "sitecustomize.txt",
            "sitecustomize2.so",
            "usercustomize",
        ] {
            assert!(!occupies(name), "{name}");
        }
    }
}
