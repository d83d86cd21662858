//! What was seen of a venv's Python: the answer to `question.py`, and what the interpreter's
//! file is. Judges nothing.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::payload::SITECUSTOMIZE;
use crate::python::Venv;
use crate::site::Hiding;

/// The answer to `question.py`; what an odd Python leaves out counts as unremarkable.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Facts {
    pub(super) path: Vec<PathBuf>,
    pub(super) no_site: bool,
    pub(super) prefix: PathBuf,
    pub(super) version: Option<(u8, u8)>,
    pub(super) implementation: String,
    pub(super) free_threaded: bool,
    /// A file of the standard library.
    pub(super) library: Option<PathBuf>,
    pub(super) sitecustomize: Option<PathBuf>,
    pub(super) modules: Vec<String>,
    pub(super) described: Option<Described>,
}

/// What our package says of itself; docs/payload.md lists it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Described {
    pub(super) fires: bool,
    pub(super) how: Option<String>,
    pub(super) engine: Option<String>,
    pub(super) package: Option<String>,
    pub(super) why: Vec<String>,
    pub(super) can_record: Option<String>,
}

impl Facts {
    /// Whether this Python looks for packages in the venv's site-packages.
    pub(super) fn looks_into(&self, venv: &Venv) -> bool {
        let real = std::fs::canonicalize(&venv.site_packages).ok();
        self.path
            .iter()
            .any(|part| std::fs::canonicalize(part).ok() == real)
    }

    /// Whether it is this venv's Python at all.
    pub(super) fn is_of(&self, venv: &Venv) -> bool {
        std::fs::canonicalize(&self.prefix).is_ok_and(|prefix| prefix == venv.root)
    }

    /// The sitecustomize that it takes, where that isn't the one in the venv's site-packages.
    pub(super) fn hiding(&self, venv: &Venv) -> Option<Hiding> {
        let path = self.sitecustomize.clone()?;
        let folder = std::fs::canonicalize(path.parent()?).ok();
        let place = if folder == std::fs::canonicalize(&venv.site_packages).ok() {
            if path.file_name()? == SITECUSTOMIZE {
                return None;
            }
            "site-packages"
        } else if self.library.as_deref().and_then(Path::parent) == path.parent() {
            "standard library"
        } else {
            "sys.path"
        };
        Some(Hiding {
            path: path.display().to_string(),
            place,
        })
    }
}

/// What an interpreter's file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A program, or a link to one.
    Program,
    /// Begins with `#!`.
    Script,
    /// Begins with `#!` and is a zip archive behind that.
    Archive,
}

/// Looks at the interpreter's file.
pub(super) fn kind(interpreter: &Path) -> Kind {
    let mut start = Vec::new();
    let Ok(file) = std::fs::File::open(interpreter) else {
        return Kind::Program;
    };
    // A zip archive's first entry follows the first line.
    if file.take(4096).read_to_end(&mut start).is_err() || !start.starts_with(b"#!") {
        return Kind::Program;
    }
    let rest = start.iter().position(|byte| *byte == b'\n');
    let rest = rest.map_or(&[][..], |end| &start[end + 1..]);
    if rest.starts_with(b"PK\x03\x04") {
        Kind::Archive
    } else {
        Kind::Script
    }
}

/// What is wrong with the interpreter's file, where that can be told without starting it.
#[must_use]
pub fn interpreter_trouble(venv: &Venv) -> Option<String> {
    let interpreter = &venv.interpreter;
    if interpreter.exists() {
        return None;
    }
    let what = match std::fs::read_link(interpreter) {
        Ok(target) => format!("leads to `{}`, which isn't there", target.display()),
        Err(_) => "is missing".to_owned(),
    };
    Some(format!(
        "the interpreter `{}` {what}; {}",
        interpreter.display(),
        bring_back(venv)
    ))
}

/// How the venv gets its own interpreter again. Upgrading leaves links and files that are there
/// as they are (measured with 3.11 to 3.13), so they have to go first.
pub(super) fn bring_back(venv: &Venv) -> String {
    format!(
        "to bring it back, remove `{0}/bin/python*` and run `python{1} -m venv --upgrade {0}`",
        venv.root.display(),
        venv.version_text().unwrap_or_else(|| "3".to_owned())
    )
}
