//! What the commands that show what was recorded share: finding the recordings that are meant,
//! reading them, and warning of what is missing.

use std::path::PathBuf;

use super::progress::Progress;
use super::scope::{self, Scope};
use crate::cli::{WhichArgs, WhoseArgs};
use crate::exit::{Failure, sentence};
use crate::printer::Printer;
use crate::recording::Error;
use crate::recording::process::Host;
use crate::report::Model;
use crate::report::collect::{self, Parts};
use crate::report::select::{Run, select};

/// More warnings say nothing new, if each kind has its turn.
const MOST_WARNINGS: usize = 10;

/// The recordings that are meant.
pub(super) struct Meant {
    /// Whose they are.
    pub(super) scope: Scope,
    run: Run,
    recordings: Vec<PathBuf>,
}

/// Finds them.
///
/// # Errors
/// The run isn't one (2); no venv is found, a folder is another user's, or nothing is recorded (3).
pub(super) fn find(
    whose: &WhoseArgs,
    which: &WhichArgs,
    printer: Printer,
) -> Result<Meant, Failure> {
    let run: Run = which.run.parse()?;
    let scope = scope::find(whose, printer)?;
    if scope.recordings.is_empty() {
        return Err(scope.nothing());
    }
    let recordings = select(run, scope.recordings.clone());
    Ok(Meant {
        scope,
        run,
        recordings,
    })
}

impl Meant {
    /// Hands them to what reads them, with what it tells how many are done.
    pub(super) fn read<T>(&self, read: impl FnOnce(&[PathBuf], &Progress) -> T) -> T {
        let progress = Progress::new("reading recordings", self.recordings.len());
        read(&self.recordings, &progress)
    }

    /// Warns of what is missing in what was read.
    ///
    /// # Errors
    /// It is of no process (3).
    pub(super) fn check(&self, model: &Model, printer: Printer) -> Result<(), Failure> {
        warn(model, printer);
        match self.run {
            _ if !model.processes.is_empty() => Ok(()),
            Run::Process(pid) => Err(Failure::environment(
                format!(
                    "no recording in `{}` is of process {pid}",
                    self.scope.places()
                ),
                "choose another process, or see all of them with `--run all`".to_owned(),
            )),
            Run::All | Run::Last => Err(self.scope.nothing()),
        }
    }
}

/// Reads the recordings that are meant into a model.
///
/// # Errors
/// Those of [`find`] and [`Meant::check`].
pub(super) fn read(
    whose: &WhoseArgs,
    which: &WhichArgs,
    parts: Parts,
    printer: Printer,
) -> Result<(Scope, Model), Failure> {
    let meant = find(whose, which, printer)?;
    let model = meant.read(|recordings, progress| {
        let progress = |done| progress.done(done);
        collect::read(recordings, &Host::here(), parts, &progress)
    });
    meant.check(&model, printer)?;
    Ok((meant.scope, model))
}

/// Warns of recordings that are missing or incomplete.
fn warn(model: &Model, printer: Printer) {
    let skipped = each_kind_first(&model.skipped);
    let skipped = skipped.into_iter().map(sentence).collect();
    let stopped = model.stopped.iter().map(|it| {
        format!(
            "recording of process {} stopped early: {} (`{}`)",
            it.pid,
            it.why,
            it.path.display()
        )
    });
    for warnings in [skipped, stopped.collect::<Vec<String>>()] {
        for warning in warnings.iter().take(MOST_WARNINGS) {
            printer.warning(warning);
        }
        if warnings.len() > MOST_WARNINGS {
            let more = warnings.len() - MOST_WARNINGS;
            printer.warning(&format!("and {more} more recordings like these"));
        }
    }
}

/// The first of each kind of error, then the second of each, and so on.
fn each_kind_first(errors: &[Error]) -> Vec<&Error> {
    let mut kinds: Vec<Vec<&Error>> = Vec::new();
    for error in errors {
        match kinds.iter_mut().find(|kind| kind[0].is_like(error)) {
            Some(kind) => kind.push(error),
            None => kinds.push(vec![error]),
        }
    }
    let most = kinds.iter().map(Vec::len).max().unwrap_or(0);
    let turns = (0..most).flat_map(|turn| kinds.iter().filter_map(move |kind| kind.get(turn)));
    turns.copied().collect()
}
