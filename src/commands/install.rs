//! `probe install`: puts the payload with its plan into a venv's site-packages.

use serde::Serialize;
use serde_json::json;

use super::venv;
use crate::cli::{InstallArgs, PlanArgs};
use crate::exit::{Exit, Failure};
use crate::payload::Payload;
use crate::printer::Printer;
use crate::python::Venv;
use crate::recording::place;
use crate::site::{self, Done, Mode, Step};

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

/// One step, in the JSON of `install` and `uninstall`.
#[derive(Debug, Serialize)]
pub(super) struct StepAnswer {
    action: &'static str,
    path: String,
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
    let venv = venv::choose(args.venv.as_deref(), printer)?;
    let plan = plan_source(&args.plan, &venv)?;
    let payload = Payload::build(&plan);
    let mode = if args.dry_run {
        Mode::DryRun
    } else {
        Mode::Perform
    };
    let done = site::install(&venv, &payload, options(&args.plan, &venv), mode)?;
    for note in &done.plan.notes {
        printer.message(note);
    }
    let warnings = warnings(&done);
    for warning in &warnings {
        printer.warning(warning);
    }
    if mode == Mode::Perform {
        venv::note(venv::registry().add(&venv.root), printer);
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

fn warnings(done: &Done) -> Vec<String> {
    done.kept
        .iter()
        .map(|kept| format!("`{}` {} and was left alone", kept.path, kept.why))
        .collect()
}

fn summary(venv: &Venv, done: &Done, mode: Mode) -> String {
    let python = venv.version_text().unwrap_or_else(|| "unknown".to_owned());
    let place = venv.site_packages.display();
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
/// one line, since `--json` has them all.
pub(super) fn step_lines(steps: &[Step]) -> String {
    let paths: Vec<(&str, String)> = steps
        .iter()
        .map(|step| (step.action(), step.path()))
        .collect();
    paths
        .chunk_by(|(one, path), (other, next)| {
            one == other && *one == "remove" && path.contains('/') && top(path) == top(next)
        })
        .map(|row| match row {
            [(action, path)] => format!("  {action:<8} {path}\n"),
            row => {
                let (action, path) = &row[0];
                let files = row.iter().filter(|(_, path)| !path.ends_with('/')).count();
                format!("  {action:<8} {}/ ({files} files)\n", top(path))
            }
        })
        .collect()
}

/// The first part of a path.
fn top(path: &str) -> &str {
    path.split_once('/').map_or(path, |(top, _)| top)
}

/// What the manifest keeps about how the plan came about.
fn options(args: &PlanArgs, venv: &Venv) -> serde_json::Value {
    json!({
        "targets": args.targets,
        "engine": args.engine.unwrap_or_default(),
        "detail": args.detail.unwrap_or_default(),
        "data_root": site::PathText::from(place::data_root(args.data_dir.as_deref()).as_path()),
        "folder": place::folder_name(&venv.root),
    })
}

/// The text of `plan.py`.
fn plan_source(args: &PlanArgs, venv: &Venv) -> Result<String, Failure> {
    if args.targets.is_empty() {
        return Err(Failure::usage(
            "nothing says what to time",
            Some("give a target, such as `-t 'shop.**:*'`".to_owned()),
        ));
    }
    let folder = place::folder_name(&venv.root);
    let store = place::data_root(args.data_dir.as_deref()).join(&folder);
    let targets: String = args
        .targets
        .iter()
        .map(|target| {
            let (excludes, pattern) = target
                .strip_prefix('!')
                .map_or((false, target.as_str()), |rest| (true, rest));
            let (module, name) = pattern.split_once(':').unwrap_or((pattern, "**"));
            let parts = |text: &str| text.split('.').map(|part| format!("{part:?}, ")).collect();
            let (module, name): (String, String) = (parts(module), parts(name));
            let excludes = if excludes { "True" } else { "False" };
            format!("    ({target:?}, {excludes}, ({module}), ({name})),\n")
        })
        .collect();
    Ok(format!(
        "SCHEMA = 1\nDETAIL = {:?}\nENGINE = {:?}\nSTORE = {:?}\nFOLDER = {folder:?}\nVENV = {:?}\n\
         TARGETS = (\n{targets})\nMAX_FUNCTIONS = 10000\nMAX_NODES = 200000\nMAX_BYTES = 268435456\n",
        args.detail.unwrap_or_default().name(),
        args.engine.unwrap_or_default().name(),
        store.to_string_lossy(),
        venv.root.to_string_lossy(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

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
