//! `probe run`: makes the plan, puts the payload into its private folder, starts the command.

use std::ffi::OsString;
use std::path::Path;

use serde_json::{Value, json};

use super::{planning, venv};
use crate::cli::RunArgs;
use crate::exit::{Exit, Failure};
use crate::harmless;
use crate::launch::Launch;
use crate::launch::folder::{self, Contents};
use crate::payload::{Payload, SITECUSTOMIZE, start_up_file};
use crate::printer::Printer;
use crate::site;
use crate::targets::{Resolved, resolve};

/// Runs `probe run`; the answer is the command's own exit code.
///
/// # Errors
/// The targets or the configuration are wrong, or the command can't be started.
pub fn run(args: &RunArgs, printer: Printer) -> Result<Exit, Failure> {
    let request = planning::request(&args.plan)?;
    let venv = venv::choose_if_any(&args.venv, printer)?;
    // Without a venv, what is recorded belongs to the folder that the command ran in.
    let owner = venv.as_ref().map_or(&request.folder, |venv| &venv.root);
    let resolved = resolve(&request, owner)?;
    let contents = contents(&Payload::build(&resolved.plan.to_python()));
    let roots = folder::roots();
    let folder = if args.dry_run {
        folder::planned(&roots, &contents)?
    } else {
        let folder = folder::prepare(&roots, &contents)?;
        if let Some(venv) = &venv {
            site::compile_in(venv, &folder, &contents.package);
        }
        folder
    };
    let launch = Launch::new(&args.command, &folder, resolved.data_root.as_deref())?;
    for note in &resolved.notes {
        printer.message(note);
    }
    for warning in overruled(|name| std::env::var_os(name)) {
        printer.warning(&warning);
    }
    planning::warn(&resolved.plan, &request.folder, venv.as_ref(), printer);
    if args.dry_run {
        if args.json {
            printer.json(&as_json(&launch, &folder, &resolved));
        } else {
            printer.data(&as_text(&launch, &resolved));
        }
        return Ok(Exit::Yes);
    }
    Ok(Exit::Child(launch.perform()?))
}

/// The files of a run: the package, and the one start-up file that PYTHONPATH can bring.
fn contents(payload: &Payload) -> Contents {
    let package = payload.package.as_str();
    let inside = payload
        .files
        .iter()
        .map(|file| (Path::new(package).join(file.name), file.bytes.clone()));
    let start_up = start_up_file(SITECUSTOMIZE, &payload.package);
    Contents {
        package: package.to_owned(),
        files: inside.chain([(SITECUSTOMIZE.into(), start_up)]).collect(),
    }
}

/// What of the environment would make the plan void in the child.
fn overruled(present: impl Fn(&str) -> Option<OsString>) -> Vec<String> {
    let set = |name: &str| present(name).filter(|value| !value.is_empty());
    let mut warnings = Vec::new();
    if set("PROBE_DISABLE").is_some_and(|value| value != "0") {
        warnings.push("`PROBE_DISABLE` is set, so nothing will be recorded".to_owned());
    }
    if let Some(targets) = set("PROBE_TARGETS") {
        warnings.push(format!(
            "`PROBE_TARGETS` is set and replaces the targets: `{}`",
            targets.display()
        ));
    }
    warnings
}

/// What would be done, for people.
fn as_text(launch: &Launch, resolved: &Resolved) -> String {
    let mut lines = vec![format!("would start {}", launch.program.path.display())];
    lines.extend(
        launch
            .arguments
            .iter()
            .map(|argument| format!("  argument {}", argument.display())),
    );
    lines.push("with".to_owned());
    lines.extend(
        launch
            .changes
            .iter()
            .map(|change| format!("  {}={}", change.name, change.after.display())),
    );
    let plan = &resolved.plan;
    lines.push("recording".to_owned());
    lines.extend(plan.targets.iter().map(|target| format!("  {target}")));
    lines.push(format!("  detail {}", plan.detail.name()));
    lines.push(format!("  engine {}", plan.engine.name()));
    lines.push(format!("into {}", plan.store.display()));
    if let Some(config) = &resolved.config {
        lines.push(format!("configured by {}", config.display()));
    }
    let lines: Vec<String> = lines.iter().map(|it| harmless::line(it)).collect();
    lines.join("\n") + "\n"
}

/// What would be done, for programs. Paths that aren't UTF-8 are shown as well as they can.
fn as_json(launch: &Launch, folder: &Path, resolved: &Resolved) -> Value {
    let plan = &resolved.plan;
    let changes: serde_json::Map<String, Value> = launch
        .changes
        .iter()
        .map(|change| {
            let before = change.before.as_ref().map(|value| value.to_string_lossy());
            let after = change.after.to_string_lossy();
            (
                change.name.to_owned(),
                json!({"before": before, "after": after}),
            )
        })
        .collect();
    let arguments = launch.arguments.iter().map(|value| value.to_string_lossy());
    json!({
        "schema": 1,
        "program": launch.program.path.to_string_lossy(),
        "argv": std::iter::once(launch.program.name.to_string_lossy())
            .chain(arguments)
            .collect::<Vec<_>>(),
        "environment": changes,
        "folder": folder.to_string_lossy(),
        "config": resolved.config.as_ref().map(|path| path.to_string_lossy()),
        "plan": {
            "targets": plan.targets.iter().map(|target| target.text()).collect::<Vec<_>>(),
            "detail": plan.detail,
            "engine": plan.engine,
            "store": plan.store.to_string_lossy(),
            "venv": plan.venv.to_string_lossy(),
            "limits": plan.limits,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_that_overrules_the_plan_is_told() {
        let with = |variable: &'static str, value: &'static str| {
            overruled(|name| (name == variable).then(|| value.into()))
        };
        assert!(with("PROBE_DISABLE", "1")[0].contains("nothing will be recorded"));
        assert!(with("PROBE_DISABLE", "0").is_empty());
        assert!(with("PROBE_DISABLE", "").is_empty());
        assert!(with("PROBE_TARGETS", "a:f,b:g")[0].contains("`a:f,b:g`"));
        assert!(with("HOME", "/root").is_empty());
    }
}
