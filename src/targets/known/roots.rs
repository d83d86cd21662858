//! What belongs to a site-packages: the folders that its `.pth` files add, and the standard
//! library of its interpreter. Read from files; no Python is started.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders that `.pth` files add: editable installs.
pub(super) fn added_by_pth(site_packages: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(site_packages)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "pth"))
        .collect();
    files.sort();
    files
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok())
        .flat_map(|text| {
            text.lines()
                .map(|line| line.trim_end().to_owned())
                .filter(|line| !line.is_empty() && !line.starts_with(['#', ' ', '\t']))
                .filter(|line| !line.starts_with("import"))
                .collect::<Vec<_>>()
        })
        .map(|line| site_packages.join(line))
        .filter(|path| path.is_dir())
        .collect()
}

/// `lib/python3.12` beside the folder that `pyvenv.cfg` calls `home`, and its compiled modules.
pub(super) fn standard_library(site_packages: &Path) -> Vec<PathBuf> {
    let version = site_packages.parent().and_then(Path::file_name);
    let venv = site_packages.ancestors().nth(3);
    let (Some(version), Some(venv)) = (version, venv) else {
        return Vec::new();
    };
    let Ok(configuration) = fs::read_to_string(venv.join("pyvenv.cfg")) else {
        return Vec::new();
    };
    let home = configuration.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "home").then(|| PathBuf::from(value.trim()))
    });
    home.as_deref()
        .and_then(Path::parent)
        .map(|prefix| prefix.join("lib").join(version))
        .filter(|library| library.join("os.py").is_file())
        .map(|library| vec![library.clone(), library.join("lib-dynload")])
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::known::{Found, SearchPath};

    #[test]
    fn the_standard_library_is_found_from_a_venv() {
        let root = tempfile::tempdir().unwrap();
        let library = root.path().join("base/lib/python3.12");
        let site = root.path().join("venv/lib/python3.12/site-packages");
        fs::create_dir_all(&library).unwrap();
        fs::create_dir_all(&site).unwrap();
        fs::write(library.join("os.py"), "").unwrap();
        fs::write(library.join("json.py"), "").unwrap();
        let home = format!("home = {}\n", root.path().join("base/bin").display());
        fs::write(root.path().join("venv/pyvenv.cfg"), home).unwrap();
        let search = SearchPath::new(root.path(), &[site]);
        assert!(search.is_complete());
        assert_eq!(search.find("json"), Found::Source(library.join("json.py")));
        assert!(!SearchPath::new(root.path(), &[]).is_complete());
    }
}
