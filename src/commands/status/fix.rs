//! `status --fix`: performs what `site::plan_repair` says, with the plan that is installed.

use super::answer::Examined;
use crate::commands::install::{StepAnswer, options, step_lines};
use crate::commands::venv;
use crate::exit::Failure;
use crate::harmless;
use crate::payload::Payload;
use crate::printer::Printer;
use crate::python::Venv;
use crate::recording::keep::Keep;
use crate::recording::place;
use crate::site::{self, Done, Mode, Repair, Source};
use crate::targets::Plan;

/// What was done, or would be.
#[derive(Debug, Default)]
pub(super) struct Fixed {
    pub(super) steps: Vec<StepAnswer>,
    /// The steps for people.
    pub(super) text: String,
}

/// Repairs one venv.
///
/// # Errors
/// The venv can't be installed into or written.
pub(super) fn fix(
    venv: &Venv,
    examined: &Examined,
    mode: Mode,
    printer: Printer,
) -> Result<Fixed, Failure> {
    let mut fixed = Fixed::default();
    match &examined.repair {
        Repair::Absent | Repair::ByHand(_) => return Ok(fixed),
        Repair::Nothing => {}
        Repair::TakeAway => {
            let done = site::uninstall(venv, mode)?;
            fixed.add(venv, venv, &done, mode, printer);
        }
        Repair::InstallAgain(source) => {
            let plan = plan(source, venv).ok_or_else(|| no_plan(venv))?;
            install_again(venv, source, &plan, mode, printer, &mut fixed)?;
        }
    }
    for other in &examined.elsewhere {
        let done = site::uninstall(other, mode)?;
        fixed.add(venv, other, &done, mode, printer);
    }
    Ok(fixed)
}

/// Neither `plan.py` nor the manifest's notes can be understood: a later version's, say.
fn no_plan(venv: &Venv) -> Failure {
    Failure::environment(
        format!(
            "what was installed in `{}` doesn't say which functions it timed",
            venv.root.display()
        ),
        "install it again with `probe install -t TARGET`".to_owned(),
    )
}

/// The plan that is to be installed: for where the venv is now.
fn plan(source: &Source, venv: &Venv) -> Option<Plan> {
    let installed = source.plan.as_deref().and_then(Plan::from_python);
    if let Some(plan) = installed {
        let here = plan.venv == venv.root;
        return Some(if here {
            plan
        } else {
            plan.moved_to(&venv.root)
        });
    }
    let options = source.options.as_ref()?;
    let root = site::noted_data_root(options).unwrap_or_else(|| place::data_root(None));
    Plan::from_options(options, &venv.root, &root)
}

/// How much of the recordings is to be kept, as it was; all where nobody knows any more.
fn keep(source: &Source) -> Keep {
    source
        .options
        .as_ref()
        .map(site::noted_keep)
        .unwrap_or_default()
}

fn install_again(
    venv: &Venv,
    source: &Source,
    plan: &Plan,
    mode: Mode,
    printer: Printer,
    fixed: &mut Fixed,
) -> Result<(), Failure> {
    let payload = Payload::build(&plan.to_python());
    let done = site::install(venv, &payload, options(plan, &keep(source)), mode)?;
    for note in &done.plan.notes {
        printer.message(note);
    }
    fixed.add(venv, venv, &done, mode, printer);
    if let Some(then) = &source.moved_from {
        let old = plan.store.with_file_name(place::folder_name(then));
        printer.message(&format!(
            "the virtualenv was at `{}`: it records to `{}` from now on, and what was recorded \
             before stays in `{}`",
            then.display(),
            plan.store.display(),
            old.display()
        ));
    }
    if mode == Mode::Perform {
        let data_root = plan.store.parent();
        venv::note(venv::registry().add(&venv.root, data_root), printer);
        if let Some(then) = source.moved_from.as_ref().filter(|then| !then.exists()) {
            venv::note(venv::registry().remove(then), printer);
        }
    }
    Ok(())
}

impl Fixed {
    /// Adds what was done in one site-packages, `place`.
    fn add(&mut self, venv: &Venv, place: &Venv, done: &Done, mode: Mode, printer: Printer) {
        for kept in &done.kept {
            printer.warning(&kept.to_string());
        }
        if done.plan.steps.is_empty() {
            return;
        }
        let folder = harmless::line(&place.site_packages.display().to_string());
        let head = match mode {
            Mode::Perform => "repaired",
            Mode::DryRun => "would repair",
        };
        self.text.push_str(&format!("{head} {folder}\n"));
        self.text.push_str(&step_lines(&done.plan.steps));
        self.steps.extend(StepAnswer::all(venv, place, done));
    }
}
