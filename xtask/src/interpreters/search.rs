//! Where interpreters may be: names on PATH, the folders of pyenv and uv, and those that the
//! environment names. Pure but for reading folders; nothing is started here.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{SUPPORTED, Source, VARIABLE};

/// A file that may be an interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Its path, as it was found.
    pub(super) path: PathBuf,
    /// Who knew of it.
    pub(super) source: Source,
}

/// What the search looks at.
#[derive(Debug, Clone, Default)]
pub(super) struct Surroundings {
    /// Interpreters named one by one.
    pub(super) named: Option<OsString>,
    /// The search path of programs.
    pub(super) path: Option<OsString>,
    /// pyenv's folder.
    pub(super) pyenv: Option<PathBuf>,
    /// The folder of uv's interpreters.
    pub(super) uv: Option<PathBuf>,
}

impl Surroundings {
    /// Those of this process.
    pub(super) fn of_this_process() -> Self {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let home = variable("HOME").map(PathBuf::from);
        let below_home = |parts: &str| home.as_ref().map(|home| home.join(parts));
        Self {
            named: variable(VARIABLE),
            path: variable("PATH"),
            pyenv: variable("PYENV_ROOT")
                .map(PathBuf::from)
                .or_else(|| below_home(".pyenv")),
            uv: variable("UV_PYTHON_INSTALL_DIR")
                .map(PathBuf::from)
                .or_else(|| {
                    variable("XDG_DATA_HOME").map(|data| Path::new(&data).join("uv/python"))
                })
                .or_else(|| below_home(".local/share/uv/python")),
        }
    }
}

/// All candidates, each file once; named ones are listed even where there is no file.
pub(super) fn candidates(surroundings: &Surroundings) -> Vec<Candidate> {
    let split = |paths: &Option<OsString>| -> Vec<PathBuf> {
        paths.iter().flat_map(std::env::split_paths).collect()
    };
    let named = split(&surroundings.named)
        .into_iter()
        .filter(|path| !path.as_os_str().is_empty());
    let names = ["python3", "pypy3"]
        .map(str::to_owned)
        .into_iter()
        .chain(SUPPORTED.iter().map(|minor| format!("python{minor}")))
        .collect::<Vec<_>>();
    let on_path = split(&surroundings.path).into_iter().flat_map(|folder| {
        names
            .iter()
            .map(move |name| folder.join(name))
            .collect::<Vec<_>>()
    });
    let of_pyenv = subfolders(
        surroundings
            .pyenv
            .as_deref()
            .map(|root| root.join("versions")),
    )
    .into_iter()
    .map(|folder| folder.join("bin/python"));
    let of_uv = subfolders(surroundings.uv.clone())
        .into_iter()
        .map(|folder| folder.join("bin/python3"));

    let mut seen = BTreeSet::new();
    let found = with_source(Source::Path, on_path)
        .chain(with_source(Source::Pyenv, of_pyenv))
        .chain(with_source(Source::Uv, of_uv))
        .filter(|candidate| candidate.path.is_file());
    with_source(Source::Named, named)
        .chain(found)
        .filter(|candidate| seen.insert(resolved(&candidate.path)))
        .collect()
}

fn with_source(
    source: Source,
    paths: impl Iterator<Item = PathBuf>,
) -> impl Iterator<Item = Candidate> {
    paths.map(move |path| Candidate { path, source })
}

/// Two names of one file are one candidate.
fn resolved(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

fn subfolders(folder: Option<PathBuf>) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = folder
        .and_then(|folder| folder.read_dir().ok())
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn every_place_is_searched_and_a_file_comes_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for path in [
            "bin/python3.9",
            "bin/python2",
            "pyenv/versions/3.8.1/bin/python",
            "uv/cpython-3.13/bin/python3",
        ] {
            fs::create_dir_all(at(path).parent().unwrap()).unwrap();
            fs::write(at(path), "").unwrap();
        }
        symlink(at("bin/python3.9"), at("bin/python3")).unwrap();
        let found = candidates(&Surroundings {
            named: Some(format!("{}:", at("missing").display()).into()),
            path: Some(at("bin").into()),
            pyenv: Some(at("pyenv")),
            uv: Some(at("uv")),
        });
        let found: Vec<(PathBuf, Source)> = found.into_iter().map(|c| (c.path, c.source)).collect();
        assert_eq!(
            found,
            [
                (at("missing"), Source::Named),
                (at("bin/python3"), Source::Path),
                (at("pyenv/versions/3.8.1/bin/python"), Source::Pyenv),
                (at("uv/cpython-3.13/bin/python3"), Source::Uv),
            ]
        );
    }
}
