//! The arguments of every command, as clap types; no behaviour.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use super::stacks::{self, StacksArgs};
use super::top::{self, TopArgs};
use crate::targets::{Detail, Engine};

/// Times the functions you choose in every Python process of a virtualenv, with no change to the code.
#[derive(Debug, Parser)]
#[command(name = "probe", version, max_term_width = 100, propagate_version = true, after_help = AFTER_HELP)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "\
Start here:
  probe install --venv .venv -t 'shop.**:*'   time all functions of the package shop
  python -m shop                              run it as ever
  probe report                                see calls, errors and latencies
  probe uninstall                             leave the venv as it was

Exit codes: 0 done or yes, 1 the answer is no, 2 wrong usage, 3 the environment prevents it.";

const ON_HELP: &str = "\
Make running processes record again, after `probe off`.

Each process goes on where it was: what it recorded before `probe off` is kept, what was called \
in between is in no figure.";

const OFF_HELP: &str = "\
Make running processes pause recording, without restarting them.

Holds for the processes of the venv that are recording at this moment, from their next call on; \
what they recorded so far is kept, and `probe on` makes them go on. It isn't remembered: \
processes that start later record as ever, also those that a running one forks. To keep the \
probe out of what starts later set `PROBE_DISABLE=1` there, or uninstall it.

While it is off, a call costs next to nothing with the native engine. The Python engine still \
follows calls and only leaves them out of the figures, so it costs what it costs when on.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make every Python process of a venv record the chosen functions
    Install(InstallArgs),
    /// Take the probe out of a venv, leaving site-packages as it was
    Uninstall(UninstallArgs),
    /// Say whether what is installed is what should be there, and whether it fires
    Status(StatusArgs),
    /// Run one command with the probe, without installing anything
    Run(RunArgs),
    /// Show which functions the targets chose, and what became of each
    Targets(TargetsArgs),
    /// Show calls, errors and latencies of what was recorded
    Report(ReportArgs),
    /// Watch live how often functions are called, how long they take and what is stuck
    #[command(long_about = top::HELP)]
    Top(TopArgs),
    /// Show what is running now in each thread, and what killed processes were in
    #[command(long_about = stacks::HELP)]
    Stacks(StacksArgs),
    /// Make running processes record again, after `probe off`
    #[command(long_about = ON_HELP)]
    On(SwitchArgs),
    /// Make running processes pause recording, without restarting them
    #[command(long_about = OFF_HELP)]
    Off(SwitchArgs),
}

/// What `install` and `run` share: which functions, and how to record them.
#[derive(Debug, Clone, Default, Args)]
pub struct PlanArgs {
    /// Functions to time, as module:qualname with * and **; a leading ! excludes. May be repeated
    ///
    /// `hello:sleep` is one function, `shop.db:Session.*` the methods of a class, `shop.**:*`
    /// all functions of a package, `shop.**:**` its methods and nested functions too. A module
    /// without `:` means all that is defined in it. Later targets win over earlier ones.
    /// Targets given here replace those of the configuration file; its `exclude` still holds.
    #[arg(
        short,
        long = "target",
        value_name = "TARGET",
        allow_hyphen_values = true
    )]
    pub targets: Vec<String>,

    /// Read targets and options from this file [default: the nearest probe.toml or pyproject.toml]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// What does the timing in the process [default: auto]
    #[arg(long, value_parser = PossibleValuesParser::new(Engine::NAMES).try_map(|name| name.parse::<Engine>()))]
    pub engine: Option<Engine>,

    /// How much to record about each call [default: tree]
    #[arg(long, value_parser = PossibleValuesParser::new(Detail::NAMES).try_map(|name| name.parse::<Detail>()))]
    pub detail: Option<Detail>,

    /// Root folder of the recordings; each venv has its own folder below it
    #[arg(long, value_name = "DIR", env = "PROBE_DATA_DIR", value_hint = ValueHint::DirPath)]
    pub data_dir: Option<PathBuf>,
}

/// Arguments of `probe install`.
#[derive(Debug, Clone, Args)]
pub struct InstallArgs {
    /// The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub venv: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub plan: PlanArgs,
    /// Say what would be done, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `probe uninstall`.
#[derive(Debug, Clone, Args)]
pub struct UninstallArgs {
    /// The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]
    #[arg(long, value_name = "DIR", conflicts_with = "all", value_hint = ValueHint::DirPath)]
    pub venv: Option<PathBuf>,
    /// All venvs that the probe was installed into
    #[arg(long)]
    pub all: bool,
    /// Remove the recordings too; with --all also those of venvs that are gone
    #[arg(long)]
    pub purge: bool,
    /// Don't start the venv's Python to see that nothing fires any more
    #[arg(long)]
    pub no_start: bool,
    /// Say what would be done, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `probe status`.
#[derive(Debug, Clone, Args)]
pub struct StatusArgs {
    /// The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]
    #[arg(long, value_name = "DIR", conflicts_with = "all", value_hint = ValueHint::DirPath)]
    pub venv: Option<PathBuf>,
    /// All venvs that the probe was installed into
    #[arg(long)]
    pub all: bool,
    /// Compare the files only; don't start the venv's Python
    #[arg(long)]
    pub no_start: bool,
    /// Make it whole again with the plan that is installed; what you changed stays
    #[arg(long)]
    pub fix: bool,
    /// With --fix, say what would be done, and change nothing
    #[arg(long, requires = "fix")]
    pub dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `probe run`.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub venv: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub plan: PlanArgs,
    /// Say what would be started with which environment, and start nothing
    #[arg(long)]
    pub dry_run: bool,
    /// With --dry-run, print it as JSON
    #[arg(long, requires = "dry_run")]
    pub json: bool,
    /// The command and its arguments, after --
    #[arg(last = true, required = true, value_name = "COMMAND", value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}

/// Arguments of `probe targets`.
#[derive(Debug, Clone, Args)]
pub struct TargetsArgs {
    /// The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub venv: Option<PathBuf>,
    /// Root folder of the recordings
    #[arg(long, value_name = "DIR", env = "PROBE_DATA_DIR", value_hint = ValueHint::DirPath)]
    pub data_dir: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `probe report`.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub venv: Option<PathBuf>,
    /// Root folder of the recordings; without a venv, all venvs below it
    #[arg(long, value_name = "DIR", env = "PROBE_DATA_DIR", value_hint = ValueHint::DirPath)]
    pub data_dir: Option<PathBuf>,
    /// Which recordings: `last` (the last command's processes), `all`, or a process id
    #[arg(long, value_name = "last|all|PID", default_value = "all")]
    pub run: String,
    /// Sort by this column, greatest first
    #[arg(long, value_enum, value_name = "KEY", default_value = "total")]
    pub sort: SortKey,
    /// Show at most this many functions; 0 shows all [default: 40, with --json all]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `probe on` and `probe off`.
#[derive(Debug, Clone, Args)]
pub struct SwitchArgs {
    /// The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub venv: Option<PathBuf>,
    /// Root folder of the recordings; without a venv, all venvs below it
    #[arg(long, value_name = "DIR", env = "PROBE_DATA_DIR", value_hint = ValueHint::DirPath)]
    pub data_dir: Option<PathBuf>,
    /// Say which processes would be switched, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// The columns that `report` can sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum SortKey {
    Name,
    Calls,
    Errors,
    Total,
    #[value(name = "self")]
    SelfTime,
    Mean,
    Min,
    P50,
    P90,
    P99,
    Max,
}
