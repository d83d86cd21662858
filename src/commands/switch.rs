//! `probe on` and `probe off`: finds the running processes that record, and switches them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::scope::{self, Scope};
use crate::cli::SwitchArgs;
use crate::exit::{Exit, Failure, sentence};
use crate::harmless;
use crate::printer::Printer;
use crate::recording::control::{self, Live};
use crate::recording::process::Host;
use crate::report::units::plural;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    schema: u32,
    venv: Option<String>,
    recording: bool,
    dry_run: bool,
    processes: &'a [Process],
}

/// A process; it has several recordings where it has subinterpreters, or became another
/// program by `exec`.
#[derive(Debug, Serialize)]
struct Process {
    pid: u32,
    argv: Vec<String>,
    engine: &'static str,
    /// False where it was so before.
    changed: bool,
}

/// Runs `probe on` (`record`) or `probe off`.
///
/// # Errors
/// No venv is found, no process runs that records, or one can't be switched (3).
pub fn run(args: &SwitchArgs, record: bool, printer: Printer) -> Result<Exit, Failure> {
    let scope = scope::find(&args.whose, printer)?;
    let (live, unreadable) = control::live(&scope.recordings, &Host::here());
    for error in &unreadable {
        printer.warning(&sentence(error));
    }
    if live.is_empty() {
        return Err(Failure::environment(
            format!("no running process records into `{}`", scope.places()),
            "a process is reached once it has imported a module that has targets; \
             `probe report` shows those that ended"
                .to_owned(),
        ));
    }
    let mut failure = None;
    let mut switched = Vec::new();
    for recording in live {
        let changed = recording.header.recording != record;
        let result = if changed && !args.dry_run {
            control::switch(&recording, record)
        } else {
            Ok(())
        };
        match result {
            Ok(()) => switched.push((recording, changed)),
            // The others are switched all the same.
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    let processes = processes(switched);
    if args.json {
        printer.json(&Answer {
            schema: 1,
            venv: scope.venv.as_ref().map(|it| it.display().to_string()),
            recording: record,
            dry_run: args.dry_run,
            processes: &processes,
        });
    } else {
        printer.data(&as_text(args, record, &scope, &processes));
    }
    failure.map_or(Ok(Exit::Yes), |error| Err(error.into()))
}

/// The recordings as processes, in the order of their starts.
fn processes(switched: Vec<(Live, bool)>) -> Vec<Process> {
    let mut processes: Vec<Process> = Vec::new();
    let mut places = BTreeMap::new();
    for (Live { header, .. }, changed) in switched {
        let known = (header.pid_namespace, header.pid);
        match places.get(&known) {
            Some(&place) => {
                let process: &mut Process = &mut processes[place];
                process.changed |= changed;
                process.argv = header.argv;
            }
            None => {
                places.insert(known, processes.len());
                processes.push(Process {
                    pid: header.pid,
                    argv: header.argv,
                    engine: header.engine.name(),
                    changed,
                });
            }
        }
    }
    processes
}

/// How many, and a line for each.
fn as_text(args: &SwitchArgs, record: bool, scope: &Scope, processes: &[Process]) -> String {
    let word = if record { "on" } else { "off" };
    let changed = processes.iter().filter(|it| it.changed).count();
    let number = format!("{changed} {}", plural(changed as u64, "process"));
    let whose = match &scope.venv {
        Some(venv) => format!("of {}", venv.display()),
        None => format!("below {}", scope.places()),
    };
    let whose = harmless::line(&whose);
    let verb = if args.dry_run {
        "would switch"
    } else {
        "switched"
    };
    let mut text = format!("{verb} {word} {number} {whose}\n");
    let width = processes
        .iter()
        .map(|it| it.pid.to_string().len())
        .max()
        .unwrap_or(0);
    for process in processes {
        let command = harmless::line(&process.argv.join(" "));
        let note = match process.changed {
            true => String::new(),
            false => format!(" (was {word} before)"),
        };
        text.push_str(&format!("  {:>width$}  {command}{note}\n", process.pid));
    }
    text
}
