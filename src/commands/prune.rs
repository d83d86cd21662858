//! `probe prune`: removes old recordings of processes that ended, by age and by size: as it is told,
//! else as the installation of their virtualenv was.

use serde::Serialize;

use super::scope::{self, Scope};
use crate::cli::PruneArgs;
use crate::exit::{Exit, Failure};
use crate::harmless;
use crate::printer::Printer;
use crate::recording::clock::Moment;
use crate::recording::keep::Keep;
use crate::recording::process::Host;
use crate::recording::retention::{self, Candidate};
use crate::recording::store::Folder;
use crate::report::units::plural;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Answer {
    schema: u32,
    venv: Option<String>,
    dry_run: bool,
    /// Recordings that went.
    removed: usize,
    /// Their bytes.
    removed_bytes: u64,
    /// Recordings that stay.
    kept: usize,
    /// Their bytes.
    kept_bytes: u64,
}

/// Runs `probe prune`.
///
/// # Errors
/// Nothing says what is to be kept (2); no venv is found, nothing is recorded, a folder can't be
/// read or changed, or somebody else is folding its recordings (3).
pub fn run(args: &PruneArgs, printer: Printer) -> Result<Exit, Failure> {
    let scope = scope::find(&args.whose, printer)?;
    let keeps = keeps(args, &scope, printer)?;
    if scope.recordings.is_empty() {
        return Err(scope.nothing());
    }
    let mut answer = Answer {
        schema: 1,
        venv: scope.venv.as_ref().map(|it| it.display().to_string()),
        dry_run: args.dry_run,
        removed: 0,
        removed_bytes: 0,
        kept: 0,
        kept_bytes: 0,
    };
    let (host, now) = (Host::here(), Moment::now().wall_ns);
    for (folder, keep) in scope.folders().iter().zip(&keeps) {
        let candidates = retention::candidates(folder, &host)?;
        let chosen = retention::choose(&candidates, keep.limits(), now);
        if !args.dry_run && !chosen.is_empty() {
            remove(folder, &chosen)?;
        }
        let bytes = |of: &mut dyn Iterator<Item = &Candidate>| of.map(|it| it.bytes).sum::<u64>();
        let removed_bytes = bytes(&mut chosen.iter().copied());
        answer.removed += chosen.len();
        answer.removed_bytes += removed_bytes;
        answer.kept += candidates.len() - chosen.len();
        answer.kept_bytes += bytes(&mut candidates.iter()) - removed_bytes;
    }
    if args.json {
        printer.json(&answer);
    } else {
        printer.data(&as_text(&answer, &scope.places()));
    }
    Ok(Exit::Yes)
}

/// How much of each of the scope's folders is to be kept.
fn keeps(args: &PruneArgs, scope: &Scope, printer: Printer) -> Result<Vec<Keep>, Failure> {
    let given = Keep {
        age: args.older_than.clone(),
        size: args.larger_than.clone(),
    };
    let folders = scope.folders();
    if !given.is_all() {
        return Ok(vec![given; folders.len()]);
    }
    let keeps = scope.tidying().settings(folders);
    let mut settings: Vec<&Keep> = keeps.iter().filter(|it| !it.is_all()).collect();
    settings.dedup();
    if settings.is_empty() {
        return Err(Failure::usage(
            "nothing says what is to be kept",
            "give a limit, such as `--older-than 30d` or `--larger-than 1GB`; or install with \
             `--keep-for 30d` or `--keep-size 1GB`, and reports remove what is old by themselves"
                .to_owned(),
        ));
    }
    for keep in settings {
        printer.message(&format!("using the virtualenv's settings: {keep}"));
    }
    Ok(keeps)
}

fn remove(folder: &Folder, chosen: &[&Candidate]) -> Result<(), Failure> {
    match retention::remove(&folder.path, chosen)? {
        Some(_) => Ok(()),
        None => Err(Failure::environment(
            format!(
                "another process is changing the recordings in `{}`",
                folder.path.display()
            ),
            "try again in a moment".to_owned(),
        )),
    }
}

fn as_text(answer: &Answer, places: &str) -> String {
    let verb = match answer.dry_run {
        true => "would remove",
        false => "removed",
    };
    let count = |number: usize| format!("{number} {}", plural(number as u64, "recording"));
    format!(
        "{verb} {} ({}) of {}, kept {} ({})\n",
        count(answer.removed),
        megabytes(answer.removed_bytes),
        harmless::line(places),
        count(answer.kept),
        megabytes(answer.kept_bytes),
    )
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
