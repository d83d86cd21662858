//! `cargo xtask demo`: the whole path on a small shop, with nothing touched outside
//! `target/demo`. Every command is printed as somebody would type it there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fs_extra::dir::CopyOptions;

use crate::fingerprint::Fingerprint;
use crate::interpreters::{self, Interpreter, Source};
use crate::workspace::{self, Profile};
use crate::{console, process, venvs};

/// Arguments of `cargo xtask demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many requests the shop serves
    #[arg(long, value_name = "N", default_value_t = 200)]
    requests: u32,
}

/// The functions that the demo times: all of the shop, and what it uses of json.
const TARGETS: [&str; 3] = ["shop.**:**", "json:dumps", "json:loads"];

/// No step of the demo takes longer than this.
const LIMIT: Duration = Duration::from_secs(30);

/// Runs the demo; exits with 1 where the venv isn't as it was.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    console::line("probe, from install to uninstall; everything happens in target/demo");

    console::heading("Build");
    console::command(&workspace::build_command(Profile::Debug));
    let probe = workspace::build(Profile::Debug)?;
    let stage = Stage::set(probe)?;

    console::heading("A virtualenv and a program");
    let python = python()?;
    console::typed(&format!(
        "python{} -m venv --without-pip .venv",
        python.minor()
    ));
    venvs::bare(&python, &stage.venv())?;
    let before = Fingerprint::of(&stage.venv())?;
    console::line(&format!(
        "Python {}, {} files, {}",
        python.version,
        before.files(),
        before.short()
    ));

    console::heading("Install the probe");
    let mut install = vec!["install"];
    install.extend(TARGETS.iter().flat_map(|target| ["-t", target]));
    stage.probe(&install)?;
    stage.probe(&["status"])?;

    console::heading("Run the program, unchanged");
    stage.program(&["-m", "shop", "--requests", &args.requests.to_string()])?;

    console::heading("What happened in it");
    stage.probe(&["report"])?;
    stage.probe(&["targets"])?;

    console::heading("Uninstall");
    stage.probe(&["uninstall"])?;
    compare(&before, &Fingerprint::of(&stage.venv())?)
}

fn compare(before: &Fingerprint, after: &Fingerprint) -> Result<ExitCode> {
    let differences = before.differences(after);
    if differences.is_empty() {
        console::line(&format!(
            "the virtualenv is as it was: {} files, {}",
            after.files(),
            after.short()
        ));
        return Ok(ExitCode::SUCCESS);
    }
    console::line("the virtualenv is not as it was:");
    differences
        .iter()
        .for_each(|line| console::line(&format!("  {line}")));
    Ok(ExitCode::FAILURE)
}

/// The newest Python on PATH, else the newest that there is.
fn python() -> Result<Interpreter> {
    let mut chosen = interpreters::find_chosen()?;
    let on_path = chosen
        .iter()
        .rposition(|found| found.source == Source::Path);
    let last = chosen.len() - 1;
    Ok(chosen.swap_remove(on_path.unwrap_or(last)))
}

/// The folder in which the demo happens.
struct Stage {
    folder: PathBuf,
    probe: PathBuf,
}

impl Stage {
    /// Makes the folder anew, with the shop in it.
    fn set(probe: PathBuf) -> Result<Self> {
        let folder = workspace::target().join("demo");
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("`{}`", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("`{}`", folder.display()))?;
        let shop = workspace::root().join("tests/programs/shop");
        fs_extra::dir::copy(&shop, &folder, &CopyOptions::new())
            .with_context(|| format!("`{}` can't be copied", shop.display()))?;
        Ok(Self { folder, probe })
    }

    fn venv(&self) -> PathBuf {
        self.folder.join(".venv")
    }

    /// Runs `probe` as a user in this folder would.
    fn probe(&self, arguments: &[&str]) -> Result<()> {
        self.run(Command::new(&self.probe).args(arguments))
    }

    /// Runs the venv's Python.
    fn program(&self, arguments: &[&str]) -> Result<()> {
        self.run(Command::new(venvs::python(Path::new(".venv"))).args(arguments))
    }

    /// Runs one command in the open: in this folder, and with every folder that the probe
    /// or the program could write to inside it.
    fn run(&self, command: &mut Command) -> Result<()> {
        console::command(command);
        command.current_dir(&self.folder);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PROBE_") {
                command.env_remove(name);
            }
        }
        for name in ["VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME"] {
            command.env_remove(name);
        }
        for (name, folder) in [
            ("HOME", "home"),
            ("XDG_DATA_HOME", "home/.local/share"),
            ("XDG_STATE_HOME", "home/.local/state"),
            ("XDG_CONFIG_HOME", "home/.config"),
            ("XDG_CACHE_HOME", "home/.cache"),
        ] {
            command.env(name, self.folder.join(folder));
        }
        let status = process::status_within(command, LIMIT)?;
        if !status.success() {
            bail!("`{}` ended with {status}", console::typed_line(command));
        }
        Ok(())
    }
}
