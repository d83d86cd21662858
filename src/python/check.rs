//! Whether the probe can and may be installed into a venv. Looks only.

use std::path::Path;

use rustix::fs::{Access, access};

use super::libraries::libraries;
use super::{OLDEST_PYPY, PythonError, SUPPORTED, Venv};

/// The version is one that the payload runs in.
pub(super) fn supported(venv: &Venv) -> Result<(), PythonError> {
    let (oldest, newest) = SUPPORTED;
    match venv.version {
        Some(version) if version < oldest || version > newest => Err(PythonError::Unsupported {
            root: venv.root.clone(),
            version,
        }),
        _ => Ok(()),
    }
}

/// It isn't free-threaded, as the name of its library folder says (`python3.13t`).
pub(super) fn has_a_lock(venv: &Venv) -> Result<(), PythonError> {
    let library = venv.site_packages.parent().and_then(Path::file_name);
    match library.and_then(std::ffi::OsStr::to_str) {
        Some(name) if name.starts_with("python") && name.ends_with('t') => {
            Err(PythonError::FreeThreaded {
                root: venv.root.clone(),
            })
        }
        _ => Ok(()),
    }
}

/// PyPy of a version that the Python engine works in.
pub(super) fn supported_pypy(root: &Path, version: Option<(u8, u8)>) -> Result<(), PythonError> {
    match version {
        Some(version) if version < OLDEST_PYPY => Err(PythonError::OldPyPy {
            root: root.to_owned(),
            version,
        }),
        _ => Ok(()),
    }
}

/// No library folder of the prefix carries the marker of PEP 668
/// (<https://peps.python.org/pep-0668/>).
pub(super) fn not_externally_managed(root: &Path) -> Result<(), PythonError> {
    let marker = libraries(root)
        .unwrap_or_default()
        .into_iter()
        .map(|(folder, _)| folder.join("EXTERNALLY-MANAGED"))
        .find(|marker| marker.exists());
    match marker {
        Some(marker) => Err(PythonError::ExternallyManaged {
            root: root.to_owned(),
            marker,
        }),
        None => Ok(()),
    }
}

/// Site-packages, symlinks resolved, lies below the venv: else what is installed there
/// would fire in other environments too.
pub(super) fn inside(venv: &Venv) -> Result<(), PythonError> {
    let real =
        std::fs::canonicalize(&venv.site_packages).map_err(|source| PythonError::Unreadable {
            path: venv.site_packages.clone(),
            source,
        })?;
    if real.starts_with(&venv.root) {
        Ok(())
    } else {
        Err(PythonError::Outside {
            site_packages: venv.site_packages.clone(),
            real,
        })
    }
}

/// Files can be made and removed in the folder by this user, as the kernel says.
///
/// # Errors
/// They can't.
pub fn check_writable(folder: &Path) -> Result<(), PythonError> {
    access(folder, Access::WRITE_OK | Access::EXEC_OK).map_err(|errno| PythonError::NotWritable {
        path: folder.to_owned(),
        source: errno.into(),
    })
}
