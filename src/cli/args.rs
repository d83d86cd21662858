//! The arguments of every command, as clap types; no behaviour.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use super::PruneArgs;
use super::export::{EXPORT_HELP, ExportArgs};
use super::stacks::{self, StacksArgs};
use super::top::{self, TopArgs};
use crate::cli::push::{self, PushArgs};
use crate::cli::serve::{self, ServeArgs};
use crate::cli::{CheckArgs, CompletionsArgs, DiffArgs, ManArgs, SnapshotArgs};
use crate::quantity::Amount;
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

const SNAPSHOT_HELP: &str = "\
Write what was recorded into one file, to compare it with later.

The file holds calls, errors and latencies of each function, apart for each process, as JSON; no \
command lines. Take one before a change and one after it, each of several processes or runs if \
you can, and compare them by `probe diff`. As recordings add up, give each run its own: with \
`--run last`, or with another `--data-dir`.";

const DIFF_HELP: &str = "\
Compare two snapshots: which functions got slower, faster, or fail more often.

A change is that of the typical time of a call (the mean of the middle 80 % of all calls), or of \
the fast one (from the 1st to the 10th percentile), without what all functions have in common, \
which is the machine's. A function is called slower or faster only where its change is beyond the \
threshold and surely, by a t-test, beyond half of it; `unclear` where the figures don't tell. \
Errors are compared by Fisher's exact test. Counts of calls, p50, p99 and totals are shown, not \
tested.

Exits with 0 also where something changed, unless --exit-code is given.";

const CHECK_HELP: &str = "\
Hold what was recorded against budgets, and fail where a function exceeds one.

Made for CI: run the tests or a benchmark in a venv with the probe, then `probe check`. Exits with \
0 where all is within, with 1 where a function exceeds its budget, and also where a target matches \
nothing that was called, since a budget that checks nothing would pass for ever; --allow-missing \
lets that pass. Percentiles are exact to 3.2 %, all other figures are exact.

Budgets may also stand in probe.toml, or in [tool.probe] of pyproject.toml:
  budgets = [\"shop.**:* p99 < 20ms\", \"shop:pay error_rate <= 1%\"]";

const ON_HELP: &str = "\
Make running processes record again, after `probe off`.

Each process goes on where it was: what it recorded before `probe off` is kept, what was called \
in between is in no figure.";

const COMPLETIONS_HELP: &str = "\
Print the script that teaches a shell to complete `probe`.

  bash        probe completions bash > ~/.local/share/bash-completion/completions/probe
  zsh         probe completions zsh > a folder of your $fpath/_probe
  fish        probe completions fish > ~/.config/fish/completions/probe.fish
  powershell  probe completions powershell | Out-String | Invoke-Expression
  elvish      eval (probe completions elvish | slurp)";

const MAN_HELP: &str = "\
Print the manual page, or write one for each command.

  probe man | man -l -                    read it
  probe man ~/.local/share/man/man1       install them: `man probe-install` shows one";

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
    /// Write what was recorded in the format of another tool
    #[command(long_about = EXPORT_HELP)]
    Export(ExportArgs),
    /// Serve what is recorded over HTTP: a live page, and metrics for Prometheus
    #[command(long_about = serve::HELP)]
    Serve(ServeArgs),
    /// Send what is recorded to an OpenTelemetry collector, as OTLP metrics
    #[command(long_about = push::HELP)]
    Push(PushArgs),
    /// Write what was recorded into one file, to compare it with later
    #[command(long_about = SNAPSHOT_HELP)]
    Snapshot(SnapshotArgs),
    /// Compare two snapshots: which functions got slower, faster, or fail more often
    #[command(long_about = DIFF_HELP)]
    Diff(DiffArgs),
    /// Hold what was recorded against budgets, and fail where a function exceeds one
    #[command(long_about = CHECK_HELP)]
    Check(CheckArgs),
    /// Make running processes record again, after `probe off`
    #[command(long_about = ON_HELP)]
    On(SwitchArgs),
    /// Make running processes pause recording, without restarting them
    #[command(long_about = OFF_HELP)]
    Off(SwitchArgs),
    /// Remove old recordings of processes that ended, by age and by size
    #[command(long_about = super::prune::HELP)]
    Prune(PruneArgs),
    /// Print the script that teaches a shell to complete `probe`
    #[command(long_about = COMPLETIONS_HELP)]
    Completions(CompletionsArgs),
    /// Print the manual page, or write one for each command
    #[command(long_about = MAN_HELP)]
    Man(ManArgs),
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
    /// Keep recordings for so long: a number and s, m, h, d or w [default: for ever]
    ///
    /// Since their process gave its last sign of life. Whoever reads removes those that are older,
    /// once they were shown; what a running process records stays. `probe prune` says more.
    #[arg(long, value_name = "AGE", value_parser = Amount::age)]
    pub keep_for: Option<Amount>,
    /// Keep no more recordings than this, the youngest, such as 500MB or 2GiB [default: all]
    #[arg(long, value_name = "SIZE", value_parser = Amount::size)]
    pub keep_size: Option<Amount>,
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
