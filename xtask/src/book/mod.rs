//! `cargo xtask book`: runs the commands in the chapters of `docs`, on the shop of the demo, and
//! writes what they print into the chapters. A command that fails where the chapter doesn't say
//! so (`# exits with 1` behind it) fails the task. With `--check` nothing is written: times differ
//! from run to run, so only that everything still runs is looked at.

mod page;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fs_extra::dir::CopyOptions;

use crate::interpreters::{self, Minor};
use crate::stage::Stage;
use crate::workspace::{self, Profile};
use crate::{console, process, venvs};

/// The chapters, in the order in which they are read and run.
const CHAPTERS: [&str; 4] = [
    "1-start-here.md",
    "2-choosing-targets.md",
    "3-reading-the-report.md",
    "4-production.md",
];

/// The Python that the chapters show.
const PYTHON: Minor = Minor(3, 12);

/// What a command that isn't to end with 0 has behind it.
const EXITS: &str = "  # exits with ";

/// The width of a page, in cells.
const WIDTH: &str = "100";

/// No command of a chapter takes longer.
const LIMIT: Duration = Duration::from_secs(60);

/// Arguments of `cargo xtask book`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Run the commands, and write nothing
    #[arg(long)]
    check: bool,
}

/// Runs it; exits with 1 where a command didn't end as its chapter says.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let python = interpreters::find_these(&[PYTHON])?.swap_remove(0);
    let stage = Stage::set("book", workspace::build(Profile::Release)?)?;
    let home = stage.folder().join("home");
    let shop = home.join("shop");
    fs::create_dir_all(&shop)?;
    let program = workspace::root().join("tests/programs/shop");
    fs_extra::dir::copy(&program, &shop, &CopyOptions::new())
        .with_context(|| format!("`{}` can't be copied", program.display()))?;
    venvs::bare(&python, &shop.join(".venv"))?;
    let bin = stage.folder().join("bin");
    fs::create_dir(&bin)?;
    fs::copy(stage.program(), bin.join("probe"))?;
    for chapter in CHAPTERS {
        let path = workspace::root().join("docs").join(chapter);
        let text = fs::read_to_string(&path).with_context(|| format!("`{}`", path.display()))?;
        console::heading(chapter);
        let filled = page::filled(&text, |command| typed(&stage, &home, &bin, command))
            .with_context(|| chapter.to_owned())?;
        if !args.check {
            fs::write(&path, filled)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs a command as somebody in the shop's folder would, whose virtualenv is active. Gives what
/// it printed, its messages first.
fn typed(stage: &Stage, home: &Path, bin: &Path, line: &str) -> Result<String> {
    console::typed(line);
    let (command, expected) = match line.split_once(EXITS) {
        Some((command, code)) => (command, code.parse()?),
        None => (line, 0),
    };
    let shop = home.join("shop");
    let mut shell = stage.command(Path::new("bash"));
    let path: Vec<PathBuf> = [bin.to_owned(), shop.join(".venv/bin")]
        .into_iter()
        .chain(std::env::split_paths(
            &std::env::var_os("PATH").unwrap_or_default(),
        ))
        .collect();
    shell
        .args(["-c", command])
        .current_dir(&shop)
        .env("PATH", std::env::join_paths(path)?)
        .env("VIRTUAL_ENV", shop.join(".venv"))
        .env("HOME", home)
        .env("COLUMNS", WIDTH)
        .env("NO_COLOR", "1")
        .env_remove("PROBE_DATA_DIR");
    for (name, folder) in [
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_DATA_HOME", ".local/share"),
    ] {
        shell.env(name, home.join(folder));
    }
    let output = process::output_within(&mut shell, LIMIT)?;
    let code = output.status.code();
    let text = [&output.stderr[..], &output.stdout[..]].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    ensure!(
        code == Some(expected),
        "`{command}` ended with {}, not {expected}:\n{text}",
        output.status
    );
    Ok(text.replace(&home.display().to_string(), "/home/ann"))
}
