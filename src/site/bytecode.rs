//! Compiles the payload once, with the venv's own Python, so that no start of it has to:
//! many containers set PYTHONDONTWRITEBYTECODE or run as a user that can't write there, and
//! compiling at each start costs some 5 ms. So others must be able to read it, whatever the
//! umask. A help only: where it fails, Python compiles.

use std::path::Path;

use super::package::PYCACHE;
use crate::payload::{PackageName, SITECUSTOMIZE, package_in};
use crate::python::{Question, Venv, ask};

/// `get_code` of the standard loader writes the `.pyc` as an import would, and runs nothing.
const SCRIPT: &str = "\
import os, sys
from importlib.machinery import SourceFileLoader
sys.dont_write_bytecode = False
os.umask(0o022)
answer = 0
for name, path in NAMES:
    if os.path.exists(path):
        SourceFileLoader(name, path).get_code(name)
        answer += 1
";

/// Compiles an installed package, and our `sitecustomize.py` where it is there.
pub fn compile(venv: &Venv, package: &PackageName) {
    compile_in(venv, &venv.site_packages, package.as_str());
}

/// The same in the folder of a run.
pub fn compile_in(venv: &Venv, folder: &Path, package: &str) {
    let Some(names) = names(folder, package) else {
        return;
    };
    let script = format!("NAMES = {names}\n{SCRIPT}");
    // Its own start-up loads the probe, and writes nothing: only the script has the right umask.
    let _ = ask(&Question::isolated(&venv.interpreter, &script));
}

/// The modules and their files as a Python list; none where there is nothing to do, or a path
/// isn't UTF-8 (JSON's strings are Python's as well).
fn names(folder: &Path, package: &str) -> Option<String> {
    let mut names = Vec::new();
    let start_up = folder.join(SITECUSTOMIZE);
    // A user's own isn't ours to compile.
    let ours = std::fs::read(&start_up)
        .ok()
        .and_then(|bytes| package_in(&bytes));
    // Nor is what a symlink leads to.
    let somewhere_else = folder.join(PYCACHE).is_symlink();
    if !somewhere_else && ours.is_some_and(|ours| ours.as_str() == package) {
        names.push(("sitecustomize".to_owned(), start_up));
    }
    let inside = folder.join(package);
    if inside.join(PYCACHE).symlink_metadata().is_ok() {
        return None;
    }
    for entry in std::fs::read_dir(&inside).ok()?.flatten() {
        let path = entry.path();
        let stem = path.file_stem()?.to_str()?.to_owned();
        if path.extension().is_some_and(|extension| extension == "py") {
            let module = match stem.as_str() {
                "__init__" => package.to_owned(),
                stem => format!("{package}.{stem}"),
            };
            names.push((module, path));
        }
    }
    let pairs: Option<Vec<(String, &str)>> = names
        .iter()
        .map(|(module, path)| Some((module.clone(), path.to_str()?)))
        .collect();
    serde_json::to_string(&pairs?).ok()
}
