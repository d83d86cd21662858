//! What `probe run` and `probe targets` need of the modules `python`, `payload`, `site` and
//! `report`, until those are joined to it: this file goes away then.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::exit::Failure;
use crate::launch::folder::Contents;
use crate::targets::listing::Seen;

/// The venv: the one given, else the environment's, else the nearest `.venv` upwards.
pub(super) fn venv(given: Option<&Path>, folder: &Path) -> Result<Option<PathBuf>, Failure> {
    let is_venv = |path: &Path| path.join("pyvenv.cfg").is_file();
    if let Some(path) = given {
        let path = folder.join(path);
        if !is_venv(&path) {
            return Err(Failure::environment(
                format!("`{}` is no venv: it has no `pyvenv.cfg`", path.display()),
                Some("make one with `python3 -m venv`".to_owned()),
            ));
        }
        return Ok(Some(path));
    }
    let of_environment = ["VIRTUAL_ENV", "CONDA_PREFIX"]
        .into_iter()
        .filter_map(std::env::var_os)
        .find(|value: &OsString| !value.is_empty())
        .map(PathBuf::from);
    Ok(of_environment.or_else(|| {
        folder
            .ancestors()
            .map(|folder| folder.join(".venv"))
            .find(|path| is_venv(path))
    }))
}

/// The venv's folders of packages.
pub(super) fn site_packages(venv: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(venv.join("lib"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("site-packages"))
        .filter(|path| path.is_dir())
        .collect()
}

/// A payload that loads nothing.
pub(super) fn payload(plan_py: &str) -> Contents {
    let digest = Sha256::digest(plan_py.as_bytes());
    let hex: String = digest[..6]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let package = format!("_probe_{hex}");
    let inside = |name: &str| Path::new(&package).join(name);
    Contents {
        files: vec![
            (
                "sitecustomize.py".into(),
                format!("import {package}\n").into_bytes(),
            ),
            (inside("__init__.py"), b"".to_vec()),
            (inside("plan.py"), plan_py.as_bytes().to_vec()),
        ],
        package,
    }
}

/// The targets that are installed in a venv.
pub(super) fn installed_targets(
    venv: &Path,
    site_packages: &[PathBuf],
) -> Result<Vec<String>, Failure> {
    let manifest = site_packages
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("_probe_"))
        .find_map(|entry| std::fs::read(entry.path().join("install.json")).ok())
        .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
        .ok_or_else(|| {
            Failure::environment(
                format!("nothing is installed in `{}`", venv.display()),
                Some("run `probe install` first".to_owned()),
            )
        })?;
    let targets = manifest["options"]["targets"].as_array();
    Ok(targets
        .into_iter()
        .flatten()
        .filter_map(|target| target.as_str().map(str::to_owned))
        .collect())
}

/// The functions that the venv's recordings know.
pub(super) fn seen(_venv: &Path, _data_dir: Option<&Path>) -> Vec<Seen> {
    Vec::new()
}
