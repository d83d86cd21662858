//! Whether an installation really fires: starts the venv's Python as its user would, and
//! asks the probe in it. Writes nothing, and no Python of ours leaves bytecode behind. Why it
//! doesn't fire is for `reasons`, which judges what was seen.

mod facts;
mod reasons;

use super::{Hiding, Inspection, agents};
use crate::python::{Question, Venv, ask};
use facts::{Described, Facts};

pub use facts::interpreter_trouble;

/// Looks for our package among the loaded modules and asks it, and gathers what decides whether
/// it can be among them.
const SCRIPT: &str = include_str!("question.py");

/// Variables of this shell that the services of the venv don't run with, or that would turn
/// off what is to be seen.
const WITHOUT: [&str; 4] = ["PYTHONPATH", "PYTHONHOME", "PROBE_RUN_DIR", "PROBE_DISABLE"];

/// What the venv's Python says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Live {
    /// Whether the probe is at work in it; none where it couldn't be asked.
    pub fires: Option<bool>,
    /// Whether it can record where it is at work; none where it isn't, or wasn't asked.
    pub records: Option<bool>,
    /// The start-up file that did it: `pth`, `start` or `sitecustomize`.
    pub how: Option<String>,
    /// `native` or `python`.
    pub engine: Option<String>,
    /// The package that is loaded.
    pub package: Option<String>,
    /// Why not, and what else is worth knowing.
    pub why: Vec<String>,
    /// The sitecustomize that this Python takes, where that isn't the one of site-packages.
    pub hidden_by: Option<Hiding>,
    /// Other agents that it has loaded.
    pub agents: Vec<agents::Agent>,
}

/// Starts the venv's Python and asks it.
#[must_use]
pub fn live(venv: &Venv, inspection: &Inspection) -> Live {
    if let Some(trouble) = interpreter_trouble(venv) {
        return cannot_tell(trouble);
    }
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
        Err(error) => {
            return cannot_tell(format!(
                "{error}; `{} -c ''` shows what it does",
                venv.interpreter.display()
            ));
        }
    };
    Live::of_answer(answer, venv, inspection)
}

impl Live {
    /// What an answer means; nothing about it is taken for granted.
    #[must_use]
    pub fn of_answer(answer: serde_json::Value, venv: &Venv, inspection: &Inspection) -> Self {
        match serde_json::from_value::<Facts>(answer) {
            Ok(facts) => understand(facts, venv, inspection),
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

fn understand(mut facts: Facts, venv: &Venv, inspection: &Inspection) -> Live {
    let described = facts.described.take().unwrap_or_default();
    let mut live = Live {
        fires: Some(described.fires),
        hidden_by: facts.hiding(venv),
        agents: agents::loaded(&facts.modules),
        ..Live::default()
    };
    if !described.fires {
        live.why = reasons::of_silence(&facts, &described, venv, inspection, &live.hidden_by);
        live.package = described.package;
        return live;
    }
    let Described {
        how,
        engine,
        package,
        why,
        can_record,
        ..
    } = described;
    live.records = Some(can_record.is_none());
    live.why = why;
    live.why
        .extend(can_record.map(|reason| reasons::of_not_recording(&reason)));
    Live {
        how,
        engine,
        package,
        ..live
    }
}
