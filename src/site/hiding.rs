//! Who has, or takes, the name `sitecustomize` before the one in the venv's site-packages. The
//! probe does without it: `probe.pth` and `probe.start` are enough.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Inspection;
use super::start_up::occupies;
use crate::payload::SITECUSTOMIZE;

/// A sitecustomize that comes first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hiding {
    /// It, or the folder that is it.
    pub path: String,
    /// `PYTHONPATH`, `site-packages`, `standard library` or `sys.path`.
    #[serde(rename = "where")]
    pub place: &'static str,
}

/// Who does on this PYTHONPATH.
#[must_use]
pub fn on_python_path(python_path: &OsStr) -> Vec<Hiding> {
    std::env::split_paths(python_path)
        .filter(|folder| folder.is_absolute())
        .filter_map(|folder| first_in(&folder))
        .map(|path| Hiding {
            path: path.display().to_string(),
            place: "PYTHONPATH",
        })
        .collect()
}

fn first_in(folder: &Path) -> Option<PathBuf> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name == SITECUSTOMIZE || occupies(name))
        .collect();
    names.sort();
    Some(folder.join(names.first()?))
}

/// Who does in site-packages itself, told from the files.
#[must_use]
pub fn in_site_packages(site_packages: &Path, inspection: &Inspection) -> Option<Hiding> {
    Some(Hiding {
        path: site_packages
            .join(inspection.who_has_sitecustomize()?)
            .display()
            .to_string(),
        place: "site-packages",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_on_python_path_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let folder = folder.path().join(name.replace('/', "-"));
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
            folder
        };
        let folders = [
            make("sitecustomize.py"),
            make("sitecustomize/__init__.py"),
            make("sitecustomize.abi3.so"),
            make("other.py"),
        ];
        let path =
            std::env::join_paths(folders.iter().chain([&PathBuf::from("relative")])).unwrap();
        let found: Vec<PathBuf> = on_python_path(&path)
            .into_iter()
            .map(|it| PathBuf::from(it.path))
            .collect();
        assert_eq!(
            found,
            [
                folders[0].join("sitecustomize.py"),
                folders[1].join("sitecustomize"),
                folders[2].join("sitecustomize.abi3.so"),
            ]
        );
    }
}
