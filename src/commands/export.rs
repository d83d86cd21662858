//! `probe export`: finds the recordings that are meant, reads them, and writes the model in a
//! format that others read.

use std::path::Path;

use jiff::Timestamp;

use super::progress::Progress;
use super::scope;
use crate::cli::{ExportArgs, ExportFormat};
use crate::exit::{Exit, Failure};
use crate::files;
use crate::printer::Printer;
use crate::recording::process::Host;
use crate::report::collect::{self, Parts};
use crate::report::page::{self, About};
use crate::report::select::{Run, select};

/// Permissions of the file: whoever may read the folder, as of other files.
const MODE: u32 = 0o644;

/// Runs `probe export`.
///
/// # Errors
/// `--run` isn't one (2); no venv is found, nothing is recorded, or the file can't be written (3).
pub fn run(args: &ExportArgs, printer: Printer) -> Result<Exit, Failure> {
    let run: Run = args.run.parse()?;
    let scope = scope::find(args.venv.as_deref(), args.data_dir.as_deref(), printer)?;
    let recordings = select(run, scope.recordings.clone());
    if recordings.is_empty() {
        return Err(scope.nothing());
    }
    let progress = Progress::new("reading recordings", recordings.len());
    let parts = Parts { tree: true };
    let model = collect::read(&recordings, &Host::here(), parts, &|done| {
        progress.done(done)
    });
    drop(progress);
    if model.processes.is_empty() {
        return Err(scope.nothing());
    }
    let heading = match &scope.venv {
        Some(venv) => venv.display().to_string(),
        None => format!("all venvs recorded below {}", scope.places()),
    };
    let text = match args.format {
        ExportFormat::Html => {
            let about = About {
                heading: &heading,
                read_at: now(),
            };
            let rendered = page::render(&page::data(&model, about));
            rendered.map_err(|error| Failure::environment(error, None))?
        }
    };
    match &args.output {
        None => printer.data(&text),
        Some(path) => {
            let path = Path::new(".").join(path);
            files::replace(&path, text.as_bytes(), MODE)?;
        }
    }
    Ok(Exit::Yes)
}

/// Now, in ns since 1970.
fn now() -> u64 {
    u64::try_from(Timestamp::now().as_nanosecond()).unwrap_or_default()
}
