//! `probe prune`: removes old recordings of processes that ended, by age and by size.

use serde::Serialize;

use super::scope;
use crate::cli::PruneArgs;
use crate::exit::{Exit, Failure};
use crate::harmless;
use crate::printer::Printer;
use crate::recording::clock::Moment;
use crate::recording::process::Host;
use crate::recording::retention::{self, Candidate, Limits};
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
/// No venv is found, nothing is recorded, a folder can't be read or changed, or somebody else is
/// folding its recordings (3).
pub fn run(args: &PruneArgs, printer: Printer) -> Result<Exit, Failure> {
    let scope = scope::find(&args.whose, printer)?;
    if scope.recordings.is_empty() {
        return Err(scope.nothing());
    }
    let limits = Limits {
        age_ns: args.older_than,
        bytes: args.larger_than,
    };
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
    for folder in scope.folders() {
        let candidates = retention::candidates(folder, &host)?;
        let chosen = retention::choose(&candidates, limits, now);
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
