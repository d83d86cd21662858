//! The folders of a venv: which of `lib/pythonX.Y/site-packages` is its site-packages. Read
//! from the files; the interpreter is asked only where they don't agree, because a
//! `pyvenv.cfg` can lie (a venv made again with another Python keeps both folders).

use std::path::{Path, PathBuf};

use super::ask::{Question, ask};
use super::libraries::{libraries, library_version};
use super::{Chosen, PythonError, Venv, check, config};

/// A folder that may be the venv's site-packages.
#[derive(Debug, Clone)]
struct Candidate {
    /// As it is reached from the root.
    path: PathBuf,
    /// The same without symlinks.
    real: PathBuf,
    /// `python3.12`, `pypy3.10`, or `Lib`.
    library: String,
    /// From the library folder's name.
    version: Option<(u8, u8)>,
}

/// Prints the folders where this interpreter looks for packages.
const WHICH: &str = "import site\nanswer = site.getsitepackages()";

/// Reads the venv at `folder`.
pub(super) fn read(folder: &Path, chosen: Chosen) -> Result<Venv, PythonError> {
    let root = std::fs::canonicalize(folder).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => PythonError::Missing {
            path: folder.to_owned(),
            chosen,
        },
        _ => PythonError::Unreadable {
            path: folder.to_owned(),
            source,
        },
    })?;
    let stated = stated_version(&root, chosen)?;
    let candidates = candidates(&root)?;
    let interpreter = interpreter(&root);
    let candidate = match candidates.as_slice() {
        [] => return Err(PythonError::NoSitePackages { root }),
        [only] if agree(only.version, stated) => only.clone(),
        several => ask_which(&root, &interpreter, several)?,
    };
    if candidate.library.starts_with("pypy") {
        check::supported_pypy(&root, candidate.version)?;
    }
    Ok(Venv {
        root,
        site_packages: candidate.path,
        interpreter,
        version: candidate.version.or(stated),
        chosen,
    })
}

/// The version that `pyvenv.cfg` names; an error where the folder is no venv at all.
fn stated_version(root: &Path, chosen: Chosen) -> Result<Option<(u8, u8)>, PythonError> {
    let path = root.join("pyvenv.cfg");
    match std::fs::read(&path) {
        Ok(bytes) => Ok(config::version(&String::from_utf8_lossy(&bytes))),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
            if root.join("conda-meta").is_dir() {
                return Ok(None);
            }
            check::not_externally_managed(root)?;
            Err(PythonError::NotAVenv {
                root: root.to_owned(),
                chosen,
            })
        }
        Err(source) if source.kind() == std::io::ErrorKind::NotADirectory => {
            Err(PythonError::NotAVenv {
                root: root.to_owned(),
                chosen,
            })
        }
        Err(source) => Err(PythonError::Unreadable { path, source }),
    }
}

fn candidates(root: &Path) -> Result<Vec<Candidate>, PythonError> {
    let mut folders: Vec<(PathBuf, String)> = libraries(root)?;
    folders.push((root.join("Lib"), "Lib".to_owned()));
    let mut found: Vec<Candidate> = Vec::new();
    for (folder, library) in folders {
        let path = folder.join("site-packages");
        let Ok(real) = std::fs::canonicalize(&path) else {
            continue;
        };
        // `lib64` is usually a symlink to `lib`.
        if real.is_dir() && found.iter().all(|other| other.real != real) {
            let version = library_version(&library);
            found.push(Candidate {
                path,
                real,
                library,
                version,
            });
        }
    }
    Ok(found)
}

/// Without a version from either source nothing says which Python this is.
fn agree(library: Option<(u8, u8)>, stated: Option<(u8, u8)>) -> bool {
    match (library, stated) {
        (Some(library), Some(stated)) => library == stated,
        (library, stated) => library.or(stated).is_some(),
    }
}

fn ask_which(
    root: &Path,
    interpreter: &Path,
    candidates: &[Candidate],
) -> Result<Candidate, PythonError> {
    let unclear = |reason: String| PythonError::Unclear {
        root: root.to_owned(),
        libraries: candidates
            .iter()
            .map(|candidate| candidate.library.clone())
            .collect(),
        reason,
    };
    let answer =
        ask(&Question::isolated(interpreter, WHICH)).map_err(|error| unclear(error.to_string()))?;
    let folders: Vec<PathBuf> = serde_json::from_value(answer)
        .map_err(|error| unclear(format!("it gave no list of folders: {error}")))?;
    folders
        .iter()
        .filter_map(|folder| std::fs::canonicalize(folder).ok())
        .find_map(|real| candidates.iter().find(|candidate| candidate.real == real))
        .cloned()
        .ok_or_else(|| unclear("it looks for packages somewhere else".to_owned()))
}

/// Where interpreters are: those of venvs and conda environments, then those of Windows, where
/// a conda environment has it beside its folders.
const INTERPRETERS: [&str; 4] = [
    "bin/python",
    "bin/python3",
    "Scripts/python.exe",
    "python.exe",
];

/// The venv's interpreter: the first of the usual names that is there, be it as a symlink
/// that leads nowhere.
fn interpreter(root: &Path) -> PathBuf {
    INTERPRETERS
        .into_iter()
        .map(|name| root.join(name))
        .find(|path| path.symlink_metadata().is_ok())
        .unwrap_or_else(|| root.join(INTERPRETERS[0]))
}
