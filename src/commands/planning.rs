//! What `install` and `run` do alike: from clap's arguments to a request for a plan.

use std::path::{Path, PathBuf};

use crate::cli::PlanArgs;
use crate::exit::Failure;
use crate::printer::Printer;
use crate::python::Venv;
use crate::recording::keep::Keep;
use crate::targets::reach::out_of_reach;
use crate::targets::{Plan, PlanRequest, known};

/// The request that the arguments make, in the current folder.
///
/// # Errors
/// The current folder isn't there any more.
pub(super) fn request(args: &PlanArgs) -> Result<PlanRequest, Failure> {
    Ok(PlanRequest {
        targets: args.targets.clone(),
        config: args.config.clone(),
        engine: args.engine,
        detail: args.detail,
        data_dir: args.data_dir.clone(),
        keep: Keep::default(),
        folder: current_folder()?,
    })
}

/// Warns of targets that seem to name nothing, or nothing that this Python can time.
pub(super) fn warn(plan: &Plan, project: &Path, venv: Option<&Venv>, printer: Printer) {
    let site_packages = venv.map(|venv| std::slice::from_ref(&venv.site_packages));
    let search = known::SearchPath::new(project, site_packages.unwrap_or_default());
    for pattern in &plan.targets {
        if let Some(why) = out_of_reach(pattern, venv.and_then(|venv| venv.version)) {
            printer.warning(&format!("the target `{pattern}` chooses nothing: {why}"));
        }
        if let Some(warning) = known::check(pattern, &search) {
            printer.warning(&warning.to_string());
        }
    }
}

/// The current folder.
///
/// # Errors
/// It isn't there any more.
pub(super) fn current_folder() -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(|error| {
        Failure::environment(
            format!("the current folder can't be found: {error}"),
            Some("change into a folder that is there".to_owned()),
        )
    })
}
