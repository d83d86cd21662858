//! `status --all`: every venv of the registry, those that are gone included.

use std::path::Path;

use serde::Serialize;

use super::answer::Answer;
use super::{one, text};
use crate::cli::StatusArgs;
use crate::commands::venv;
use crate::exit::{Exit, Failure};
use crate::printer::Printer;
use crate::python::{self, Chosen};
use crate::site::State;

/// `--all` in `--json`.
#[derive(Debug, Serialize)]
struct AllAnswer {
    schema: u32,
    venvs: Vec<Answer>,
    /// With `--fix`: the venvs that the registry forgot, or would.
    #[serde(skip_serializing_if = "Option::is_none")]
    forgotten: Option<Vec<String>>,
}

/// Runs it.
///
/// # Errors
/// No venv is known, or the registry can't be read.
pub(super) fn run(args: &StatusArgs, printer: Printer) -> Result<Exit, Failure> {
    let known = venv::registry().read()?;
    if let Some(damage) = &known.damage {
        printer.warning(damage);
    }
    if known.entries.is_empty() {
        return Err(venv::nothing_registered());
    }
    let mut answers = Vec::new();
    let mut forgotten = Vec::new();
    let mut worst = Exit::Yes;
    for entry in &known.entries {
        let root = entry.venv();
        let (answer, exit) = look_at(&root, args, printer);
        let gone = !root.exists() || (answer.state == State::Absent && answer.fires.is_some());
        if gone && args.fix {
            forget(&root, args, printer);
            forgotten.push(root.display().to_string());
            if !args.dry_run {
                continue;
            }
        }
        worst = venv::worse(worst, exit);
        answers.push(answer);
    }
    if args.json {
        printer.json(&AllAnswer {
            schema: 1,
            venvs: answers,
            forgotten: args.fix.then_some(forgotten),
        });
    } else {
        let blocks: Vec<String> = answers.iter().map(text::block).collect();
        printer.data(&blocks.join("\n"));
    }
    Ok(worst)
}

/// One venv that is gone or broken is an answer about that venv, not the end.
fn look_at(root: &Path, args: &StatusArgs, printer: Printer) -> (Answer, Exit) {
    if !root.exists() {
        let why = "the virtualenv is gone; `probe status --all --fix` or `probe uninstall --all` \
                   forgets it";
        return (Answer::of_nothing(root, why.to_owned()), Exit::No);
    }
    let examined = python::open(root, Chosen::Registered)
        .map_err(Failure::from)
        .and_then(|venv| one(&venv, args, printer));
    match examined {
        Ok((mut answer, exit)) => {
            if answer.state == State::Absent {
                answer.why.push(
                    "`probe status --all --fix` or `probe uninstall --all` forgets it".to_owned(),
                );
            }
            (answer, exit)
        }
        Err(failure) => {
            let mut why = format!("{:#}", failure.error);
            if let Some(hint) = &failure.hint {
                why.push_str(&format!("; {hint}"));
            }
            let exit = if args.fix { failure.exit } else { Exit::No };
            (Answer::of_nothing(root, why), exit)
        }
    }
}

fn forget(root: &Path, args: &StatusArgs, printer: Printer) {
    let root_text = root.display();
    if args.dry_run {
        printer.message(&format!("would forget the virtualenv `{root_text}`"));
    } else {
        venv::note(venv::registry().remove(root), printer);
        printer.message(&format!(
            "forgot the virtualenv `{root_text}`, where nothing is installed any more"
        ));
    }
}
