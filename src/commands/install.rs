//! `probe install`: puts the payload with its plan into a venv's site-packages.

use serde::Serialize;
use serde_json::json;

use super::{planning, venv};
use crate::cli::InstallArgs;
use crate::exit::{Exit, Failure};
use crate::harmless;
use crate::payload::Payload;
use crate::printer::Printer;
use crate::python::Venv;
use crate::recording::keep::Keep;
use crate::site::{self, Done, Mode, Step};
use crate::targets::{Plan, resolve};

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    schema: u32,
    venv: String,
    site_packages: String,
    package: &'a str,
    python: Option<String>,
    dry_run: bool,
    steps: Vec<StepAnswer>,
    notes: &'a [String],
    warnings: Vec<String>,
}

/// One step, in the JSON of `install`, `uninstall` and `status --fix`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct StepAnswer {
    action: &'static str,
    path: String,
}

impl StepAnswer {
    /// The steps that were done in `place`, the venv or a former Python's site-packages of it;
    /// there the paths are whole.
    pub(super) fn all(venv: &Venv, place: &Venv, done: &Done) -> Vec<Self> {
        let mut steps: Vec<Self> = done.plan.steps.iter().map(Self::from).collect();
        if place.site_packages != venv.site_packages {
            for step in &mut steps {
                step.path = format!("{}/{}", place.site_packages.display(), step.path);
            }
        }
        steps
    }
}

impl From<&Step> for StepAnswer {
    fn from(step: &Step) -> Self {
        Self {
            action: step.action(),
            path: step.path(),
        }
    }
}

/// Runs `probe install`.
///
/// # Errors
/// There is no venv, it can't be installed into, or nothing says what to time.
pub fn run(args: &InstallArgs, printer: Printer) -> Result<Exit, Failure> {
    let venv = venv::choose(&args.venv, printer)?;
    let mut request = planning::request(&args.plan)?;
    request.keep = Keep {
        age: args.keep_for.clone(),
        size: args.keep_size.clone(),
    };
    let resolved = resolve(&request, &venv.root)?;
    let payload = Payload::build(&resolved.plan.to_python());
    let mode = Mode::of(args.dry_run);
    let done = site::install(
        &venv,
        &payload,
        options(&resolved.plan, &resolved.keep),
        mode,
    )?;
    for note in resolved.notes.iter().chain(&done.plan.notes) {
        printer.message(note);
    }
    planning::warn(&resolved.plan, &request.folder, Some(&venv), printer);
    let warnings = warnings(&venv, &done);
    for warning in &warnings {
        printer.warning(warning);
    }
    if mode == Mode::Perform {
        let data_root = resolved.plan.store.parent();
        venv::note(venv::registry().add(&venv.root, data_root), printer);
    }
    if args.json {
        printer.json(&Answer {
            schema: 1,
            venv: venv.root.display().to_string(),
            site_packages: venv.site_packages.display().to_string(),
            package: payload.package.as_str(),
            python: venv.version_text(),
            dry_run: args.dry_run,
            steps: done.plan.steps.iter().map(StepAnswer::from).collect(),
            notes: &done.plan.notes,
            warnings,
        });
    } else {
        printer.data(&summary(&venv, &done, mode));
    }
    Ok(Exit::Yes)
}

fn warnings(venv: &Venv, done: &Done) -> Vec<String> {
    let mut warnings: Vec<String> = done.kept.iter().map(ToString::to_string).collect();
    // It can be installed all the same: the files alone tell where.
    warnings.extend(site::interpreter_trouble(venv));
    warnings
}

fn summary(venv: &Venv, done: &Done, mode: Mode) -> String {
    let python = venv.version_text().unwrap_or_else(|| "unknown".to_owned());
    let place = harmless::line(&venv.site_packages.display().to_string());
    if done.plan.steps.is_empty() {
        return format!("already installed for Python {python}, nothing to change in {place}\n");
    }
    let head = match mode {
        Mode::Perform => "installed",
        Mode::DryRun => "would install",
    };
    format!(
        "{head} for Python {python}, in {place}\n{}",
        step_lines(&done.plan.steps)
    )
}

/// One line a step, the actions in a column of their own; a row of removals in one folder is
/// one line that names the deepest folder they share, since `--json` has them all.
pub(super) fn step_lines(steps: &[Step]) -> String {
    let paths: Vec<(&str, String)> = steps
        .iter()
        .map(|step| (step.action(), harmless::line(&step.path())))
        .collect();
    paths
        .chunk_by(|(one, path), (other, next)| {
            one == other && *one == "remove" && path.contains('/') && top(path) == top(next)
        })
        .map(|row| match row {
            [(action, path)] => format!("  {action:<8} {path}\n"),
            row => {
                let (action, path) = &row[0];
                let folder = row.iter().fold(folder(path), |shared, (_, path)| {
                    common_folder(shared, folder(path))
                });
                let files = row.iter().filter(|(_, path)| !path.ends_with('/')).count();
                format!("  {action:<8} {folder}/ ({files} files)\n")
            }
        })
        .collect()
}

/// The first part of a path.
fn top(path: &str) -> &str {
    path.split_once('/').map_or(path, |(top, _)| top)
}

/// The folder that a path is in; a folder's own path names itself.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The deepest folder that both are, or are in.
fn common_folder<'a>(one: &'a str, other: &str) -> &'a str {
    let holds = |shared: &str| other == shared || other.starts_with(&format!("{shared}/"));
    let mut shared = one;
    while !shared.is_empty() && !holds(shared) {
        shared = folder(shared);
    }
    shared
}

/// What the manifest keeps about how the plan came about.
pub(super) fn options(plan: &Plan, keep: &Keep) -> serde_json::Value {
    let targets: Vec<String> = plan.targets.iter().map(ToString::to_string).collect();
    let mut options = json!({
        "targets": targets,
        "engine": plan.engine,
        "detail": plan.detail,
        "data_root": plan.store.parent().map(site::PathText::from),
        "data_root_given": plan.root_given,
        "folder": plan.folder,
    });
    site::note_keep(&mut options, keep);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_go_are_named_by_the_folder_they_share() {
        let remove = |path: &str| Step::Remove {
            path: path.into(),
            sha256: None,
        };
        let lines =
            |paths: &[&str]| step_lines(&paths.iter().map(|it| remove(it)).collect::<Vec<_>>());
        assert_eq!(
            lines(&["_probe_1/__pycache__/a.pyc", "_probe_1/__pycache__/b.pyc"]),
            "  remove   _probe_1/__pycache__/ (2 files)\n"
        );
        assert_eq!(
            lines(&["_probe_1/__pycache__/a.pyc", "_probe_1/a.py"]),
            "  remove   _probe_1/ (2 files)\n"
        );
        assert_eq!(
            lines(&["_probe_1/ab/c.py", "_probe_1/a/c.py"]),
            "  remove   _probe_1/ (2 files)\n"
        );
    }

    #[test]
    fn a_folder_that_goes_is_one_line() {
        let remove = |path: &str| Step::Remove {
            path: path.into(),
            sha256: None,
        };
        let folder = |path: &str| Step::RemoveFolder { path: path.into() };
        let steps = [
            remove("probe.pth"),
            remove("probe.start"),
            remove("_probe_1/a.py"),
            remove("_probe_1/__pycache__/a.pyc"),
            folder("_probe_1/__pycache__"),
            folder("_probe_1"),
            folder("_probe_2"),
        ];
        assert_eq!(
            step_lines(&steps),
            "  remove   probe.pth\n  remove   probe.start\n  remove   _probe_1/ (2 files)\n  remove   _probe_2/\n"
        );
    }
}
