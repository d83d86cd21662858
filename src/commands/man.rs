//! `probe man`: prints the manual page of the program, or writes those of all commands into a
//! folder.

use std::fs;
use std::path::Path;

use crate::cli::{self, ManArgs};
use crate::exit::{Exit, Failure};
use crate::files;
use crate::harmless;
use crate::printer::Printer;

/// Anybody may read a manual.
const MODE: u32 = 0o644;

/// Runs `probe man`.
///
/// # Errors
/// The folder can't be made or written (3).
pub fn run(args: &ManArgs, printer: Printer) -> Result<Exit, Failure> {
    let pages = cli::pages().map_err(|error| Failure::environment(error, None))?;
    let Some(folder) = &args.folder else {
        if let Some(page) = pages.first() {
            printer.data(&page.text);
        }
        return Ok(Exit::Yes);
    };
    if !args.dry_run {
        make(folder)?;
    }
    let verb = if args.dry_run { "would write" } else { "wrote" };
    for page in &pages {
        let path = folder.join(&page.file);
        if !args.dry_run {
            files::replace(&path, page.text.as_bytes(), MODE)?;
        }
        let path = path.display().to_string();
        printer.data(&format!("{verb} {}\n", harmless::line(&path)));
    }
    Ok(Exit::Yes)
}

fn make(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| {
        Failure::environment(
            format!("the folder `{}` can't be made: {error}", folder.display()),
            "give a folder that you can write, such as ~/.local/share/man/man1".to_owned(),
        )
    })
}
