//! `probe snapshot`: reads the recordings that are meant, and writes what they say into one file.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::reading;
use crate::cli::SnapshotArgs;
use crate::compare::codec;
use crate::compare::taking::{Taken, take};
use crate::exit::{Exit, Failure};
use crate::files;
use crate::harmless;
use crate::printer::Printer;
use crate::recording::clock::Moment;
use crate::recording::process::Host;
use crate::report::units::plural;

/// As private as the recordings.
const MODE: u32 = 0o600;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Answer {
    schema: u32,
    path: String,
    bytes: usize,
    processes: u64,
    functions: usize,
    missing: u64,
    dry_run: bool,
}

/// Runs `probe snapshot`.
///
/// # Errors
/// `--run` isn't one (2); no venv is found, nothing is recorded, or the file can't be
/// written (3).
pub fn run(args: &SnapshotArgs, printer: Printer) -> Result<Exit, Failure> {
    let target = target(&args.file)?;
    let meant = reading::find(&args.whose, &args.which, printer)?;
    let venv = meant.scope.venv.as_ref();
    let taken = meant.read(|recordings, progress| {
        take(
            recordings,
            &Host::here(),
            venv.map(|it| it.display().to_string()),
            Moment::now().wall_ns,
            &|done| progress.done(done),
        )
    });
    meant.check(&taken.rest, printer)?;
    let text = codec::write(&taken.snapshot).map_err(|error| Failure::environment(error, None))?;
    if !args.dry_run {
        files::replace(&target, text.as_bytes(), MODE)?;
    }
    answer(args, &taken, text.len(), printer);
    meant.scope.tidy(printer);
    Ok(Exit::Yes)
}

fn answer(args: &SnapshotArgs, taken: &Taken, bytes: usize, printer: Printer) {
    let snapshot = &taken.snapshot;
    let (processes, functions) = (snapshot.processes(), snapshot.functions.len());
    let path = args.file.display().to_string();
    if args.json {
        printer.json(&Answer {
            schema: 1,
            path,
            bytes,
            processes,
            functions,
            missing: snapshot.missing,
            dry_run: args.dry_run,
        });
        return;
    }
    let verb = if args.dry_run { "would write" } else { "wrote" };
    printer.data(&format!(
        "{verb} `{}`: {functions} {} of {processes} {}, {} KiB\n",
        harmless::line(&path),
        plural(functions as u64, "function"),
        plural(processes, "process"),
        bytes.div_ceil(1024),
    ));
}

/// The file that is to be written: behind a symlink, what it points at.
fn target(path: &Path) -> Result<PathBuf, Failure> {
    let refused = |why: String| {
        Failure::usage(
            format!("`{}` can't be written: {why}", path.display()),
            Some("give the path of a file, such as `before.json`".to_owned()),
        )
    };
    match path.metadata() {
        Ok(about) if about.is_file() => path
            .canonicalize()
            .map_err(|error| refused(error.to_string())),
        Ok(_) => Err(refused("it isn't a file".to_owned())),
        Err(_) if path.symlink_metadata().is_ok() => Err(refused(
            "it is a symlink to nothing that can be seen".to_owned(),
        )),
        Err(_) if path.file_name().is_none() => Err(refused("it isn't a file's name".to_owned())),
        Err(_) => {
            let path = std::path::absolute(path).map_err(|error| refused(error.to_string()))?;
            match path.parent() {
                Some(folder) if !folder.is_dir() => Err(Failure::environment(
                    format!("there is no folder `{}`", folder.display()),
                    "make it, or give a path in a folder that is there".to_owned(),
                )),
                _ => Ok(path),
            }
        }
    }
}
