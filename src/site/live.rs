//! Whether an installation really fires: starts the venv's Python as its user would, and
//! asks the probe in it. Writes nothing, and no Python of ours leaves bytecode behind.

use serde::Deserialize;

use crate::python::{Question, Venv, ask};

/// Looks for our package among the loaded modules and asks it; else says where Python looks
/// for packages, which tells why ours isn't loaded.
const SCRIPT: &str = "\
import sys
answer = {'path': [part for part in sys.path if isinstance(part, str)], 'no_site': bool(sys.flags.no_site)}
for name in [name for name in list(sys.modules) if name.startswith('_probe_') and len(name) == 19]:
    try:
        described = dict(sys.modules[name].describe())
    except BaseException as error:
        described = {'fires': False, 'why': ['asking the probe failed: %r' % (error,)]}
    described.setdefault('package', name)
    if 'described' not in answer or described.get('fires'):
        answer['described'] = described
";

/// Variables of this shell that the services of the venv don't run with, or that would turn
/// off what is to be seen.
const WITHOUT: [&str; 4] = ["PYTHONPATH", "PYTHONHOME", "PROBE_RUN_DIR", "PROBE_DISABLE"];

/// What the venv's Python says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Live {
    /// Whether the probe is at work in it; none where it couldn't be asked.
    pub fires: Option<bool>,
    /// The start-up file that did it: `pth`, `start` or `sitecustomize`.
    pub how: Option<String>,
    /// `native` or `python`.
    pub engine: Option<String>,
    /// The package that is loaded.
    pub package: Option<String>,
    /// Why not, and what else is worth knowing.
    pub why: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    path: Vec<std::path::PathBuf>,
    #[serde(default)]
    no_site: bool,
    described: Option<Described>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Described {
    fires: bool,
    how: Option<String>,
    engine: Option<String>,
    package: Option<String>,
    why: Vec<String>,
    can_record: Option<String>,
}

/// Starts the venv's Python and asks it.
#[must_use]
pub fn live(venv: &Venv) -> Live {
    let question = Question {
        interpreter: &venv.interpreter,
        script: SCRIPT,
        // Looking must not change the venv.
        options: &["-B"],
        without: &WITHOUT,
        // Nor must it leave a recording of itself.
        with: &[("PROBE_TARGETS", "_probe_nothing:nothing")],
    };
    let answer = match ask(&question) {
        Ok(answer) => answer,
        Err(error) => return cannot_tell(error.to_string()),
    };
    Live::of_answer(answer, venv)
}

impl Live {
    /// What an answer means; nothing about it is taken for granted.
    #[must_use]
    pub fn of_answer(answer: serde_json::Value, venv: &Venv) -> Self {
        match serde_json::from_value::<Answer>(answer) {
            Ok(answer) => understand(answer, venv),
            Err(error) => cannot_tell(format!("the probe's answer can't be understood: {error}")),
        }
    }
}

fn cannot_tell(why: String) -> Live {
    Live {
        why: vec![why],
        ..Live::default()
    }
}

fn understand(answer: Answer, venv: &Venv) -> Live {
    let Some(described) = answer.described else {
        let why = if answer.no_site {
            "the virtualenv's Python starts without its `site` module"
        } else if looks_into(&answer.path, venv) {
            "the virtualenv's Python starts without the probe"
        } else {
            "the virtualenv's Python doesn't look into its site-packages"
        };
        return Live {
            fires: Some(false),
            why: vec![why.to_owned()],
            ..Live::default()
        };
    };
    let mut why = described.why;
    why.extend(
        described
            .can_record
            .map(|reason| format!("nothing can be recorded: {reason}")),
    );
    if !described.fires && why.is_empty() {
        why.push("the probe in the virtualenv's Python doesn't say why it is off".to_owned());
    }
    Live {
        fires: Some(described.fires),
        how: described.how.filter(|_| described.fires),
        engine: described.engine,
        package: described.package,
        why,
    }
}

fn looks_into(path: &[std::path::PathBuf], venv: &Venv) -> bool {
    let real = std::fs::canonicalize(&venv.site_packages).ok();
    path.iter()
        .any(|part| std::fs::canonicalize(part).ok() == real)
}
