//! `probe status`: whether what is installed is what should be there, and whether it fires.

use std::ffi::OsStr;

use serde::Serialize;

use super::venv;
use crate::cli::StatusArgs;
use crate::exit::{Exit, Failure};
use crate::harmless;
use crate::printer::Printer;
use crate::python::{self, Chosen, Venv};
use crate::site::{self, FileReport, FileState, Live, State, Verdict};

/// One venv, as the contract fixes it.
#[derive(Debug, Clone, Serialize)]
struct Answer {
    schema: u32,
    venv: String,
    installed: bool,
    state: State,
    files: Vec<FileReport>,
    fires: Option<bool>,
    how: Option<String>,
    engine: Option<String>,
    why: Vec<String>,
    /// Beside the contract: the venv's Python.
    python: Option<String>,
}

/// `--all` in `--json`.
#[derive(Debug, Serialize)]
struct AllAnswer {
    schema: u32,
    venvs: Vec<Answer>,
}

/// Runs `probe status`.
///
/// # Errors
/// There is no venv, or its site-packages can't be read.
pub fn run(args: &StatusArgs, printer: Printer) -> Result<Exit, Failure> {
    if args.all {
        return run_all(args, printer);
    }
    let venv = venv::choose(args.venv.as_deref(), printer)?;
    let answer = examine(&venv, args)?;
    if args.json {
        printer.json(&answer);
    } else {
        printer.data(&block(&answer));
    }
    Ok(exit(&answer, args))
}

fn run_all(args: &StatusArgs, printer: Printer) -> Result<Exit, Failure> {
    let known = venv::registry().read()?;
    if let Some(damage) = &known.damage {
        printer.warning(damage);
    }
    if known.entries.is_empty() {
        return Err(venv::nothing_registered());
    }
    let mut answers = Vec::new();
    for entry in &known.entries {
        let root = entry.venv();
        let examined = python::open(&root, Chosen::Registered)
            .map_err(Failure::from)
            .and_then(|venv| examine(&venv, args));
        // One venv that is gone or broken is an answer about that venv, not the end.
        answers.push(examined.unwrap_or_else(|failure| Answer {
            schema: 1,
            venv: root.display().to_string(),
            installed: false,
            state: State::Absent,
            files: Vec::new(),
            fires: None,
            how: None,
            engine: None,
            why: vec![failure.error.to_string()],
            python: None,
        }));
    }
    let worst = answers
        .iter()
        .map(|answer| exit(answer, args))
        .fold(Exit::Yes, venv::worse);
    if args.json {
        printer.json(&AllAnswer {
            schema: 1,
            venvs: answers,
        });
    } else {
        let blocks: Vec<String> = answers.iter().map(block).collect();
        printer.data(&blocks.join("\n"));
    }
    Ok(worst)
}

fn examine(venv: &Venv, args: &StatusArgs) -> Result<Answer, Failure> {
    let inspection = site::inspect(&venv.site_packages)?;
    let Verdict {
        state,
        files,
        mut why,
    } = site::verdict(&inspection, venv);
    let installed = state != State::Absent;
    let live = if args.no_start || !installed {
        Live::default()
    } else {
        site::live(venv)
    };
    if !installed {
        why.push("the probe isn't installed here".to_owned());
    }
    why.extend(live.why);
    let current = inspection.current().map(|package| package.name.as_str());
    if let Some(loaded) = &live.package
        && Some(loaded.as_str()) != current
    {
        why.push(format!(
            "`{loaded}` is loaded, which isn't what is installed"
        ));
    }
    if installed && std::env::var_os("PROBE_DISABLE").is_some_and(|value| turns_off(&value)) {
        why.push(
            "`PROBE_DISABLE` is set here: what is started from this shell isn't recorded"
                .to_owned(),
        );
    }
    Ok(Answer {
        schema: 1,
        venv: venv.root.display().to_string(),
        installed,
        state,
        files,
        fires: if installed { live.fires } else { Some(false) },
        how: live.how,
        engine: live.engine,
        why,
        python: venv.version_text(),
    })
}

/// As the payload reads it.
fn turns_off(value: &OsStr) -> bool {
    !value.is_empty() && value != "0"
}

fn exit(answer: &Answer, args: &StatusArgs) -> Exit {
    let fires = args.no_start || answer.fires == Some(true);
    if answer.state == State::Intact && fires {
        Exit::Yes
    } else {
        Exit::No
    }
}

/// A short block for people.
fn block(answer: &Answer) -> String {
    let python = answer
        .python
        .as_ref()
        .map(|version| format!(" (Python {version})"))
        .unwrap_or_default();
    let mut text = format!("{}{python}\n", harmless::line(&answer.venv));
    let mut line = |label: &str, value: &str| {
        text.push_str(&format!("  {label:<8} {}\n", harmless::line(value)));
    };
    let state = match answer.state {
        State::Absent => "nothing installed".to_owned(),
        State::Intact => format!("intact, {} files", answer.files.len()),
        state => state.name().to_owned(),
    };
    line("files", &state);
    for file in &answer.files {
        if file.state != FileState::Intact {
            line("", &format!("{} {}", word(file.state), file.path));
        }
    }
    if answer.installed {
        let fires = match (answer.fires, answer.how.as_deref()) {
            (Some(true), Some("sitecustomize")) => "yes, through sitecustomize.py".to_owned(),
            (Some(true), Some(how)) => format!("yes, through probe.{how}"),
            (Some(true), None) => "yes".to_owned(),
            (Some(false), _) => "no".to_owned(),
            (None, _) => "not known".to_owned(),
        };
        line("fires", &fires);
    }
    if let Some(engine) = &answer.engine {
        line("engine", engine);
    }
    for (number, why) in answer.why.iter().enumerate() {
        line(if number == 0 { "why" } else { "" }, why);
    }
    text
}

/// Of one width, so that the paths form a column.
fn word(state: FileState) -> &'static str {
    match state {
        FileState::Intact => "intact  ",
        FileState::Modified => "modified",
        FileState::Missing => "missing ",
        FileState::Foreign => "foreign ",
    }
}
