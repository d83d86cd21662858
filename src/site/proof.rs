//! What of the probe a Python still starts: the proof of a removal. Asks the interpreter as it
//! starts from this shell, PYTHONPATH included, since that too can bring the probe.

use std::path::{Path, PathBuf};

use super::interpreter_trouble;
use crate::python::{self, Asked, Question, Venv};

/// Each loaded package of the probe: its name, the start-up file, its file.
const SCRIPT: &str = "\
import sys
answer = []
for name in [name for name in list(sys.modules) if name.startswith('_probe_') and len(name) == 19]:
    module = sys.modules[name]
    how = getattr(module, 'STATE', {}).get('how')
    answer.append([name, how, getattr(module, '__file__', None) or ''])
";

/// A package of the probe that is at work in a Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    /// What brings it, as a part of a sentence.
    pub through: String,
}

/// A Python that was started to prove it, or why it can't be.
#[derive(Debug)]
pub struct Proof(Result<Asked, String>);

impl Proof {
    /// Starts the venv's Python.
    #[must_use]
    pub fn begin(venv: &Venv) -> Self {
        if let Some(trouble) = interpreter_trouble(venv) {
            return Self(Err(trouble));
        }
        let question = Question {
            interpreter: &venv.interpreter,
            script: SCRIPT,
            options: &["-B"],
            without: &["PROBE_DISABLE"],
            // What still fires must not leave a recording of this.
            with: &[("PROBE_TARGETS", "_probe_nothing:nothing")],
        };
        Self(python::begin(&question).map_err(|error| error.to_string()))
    }

    /// What fires in it.
    ///
    /// # Errors
    /// It can't be asked; the text says why.
    pub fn firing(self, venv: &Venv) -> Result<Vec<Firing>, String> {
        let answer = self.0?.answer().map_err(|error| error.to_string())?;
        let loaded: Vec<(String, Option<String>, PathBuf)> = serde_json::from_value(answer)
            .map_err(|error| format!("its answer can't be understood: {error}"))?;
        let run_folder = std::env::var_os("PROBE_RUN_DIR").map(PathBuf::from);
        Ok(loaded
            .into_iter()
            .map(|(name, how, file)| Firing {
                through: through(venv, run_folder.as_deref(), &name, how.as_deref(), &file),
            })
            .collect())
    }
}

fn through(
    venv: &Venv,
    run_folder: Option<&Path>,
    name: &str,
    how: Option<&str>,
    file: &Path,
) -> String {
    // `<folder>/<package>/__init__.py`
    let folder = file.parent().and_then(Path::parent);
    let start_up = match how {
        Some("sitecustomize") => "sitecustomize.py".to_owned(),
        Some(how) => format!("probe.{how}"),
        None => format!("an import of `{name}`"),
    };
    match folder {
        Some(folder) if run_folder == Some(folder) => format!(
            "`probe run`, whose folder `{}` is on the PYTHONPATH of this shell",
            folder.display()
        ),
        Some(folder) if folder == venv.site_packages => format!("`{start_up}`"),
        Some(folder) => format!("`{}`", folder.join(start_up).display()),
        None => format!("`{start_up}`"),
    }
}
