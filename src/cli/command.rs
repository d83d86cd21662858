//! The program and its commands, as `probe --help` lists them.

use clap::{Parser, Subcommand};

use super::check::{self, CheckArgs};
use super::diff::{self, DiffArgs};
use super::export::{self, ExportArgs};
use super::install::InstallArgs;
use super::prune::{self, PruneArgs};
use super::push::{self, PushArgs};
use super::report::ReportArgs;
use super::run::RunArgs;
use super::serve::{self, ServeArgs};
use super::shell::{self, CompletionsArgs, ManArgs};
use super::snapshot::{self, SnapshotArgs};
use super::stacks::{self, StacksArgs};
use super::status::StatusArgs;
use super::switch::{self, SwitchArgs};
use super::targets::TargetsArgs;
use super::top::{self, TopArgs};
use super::uninstall::UninstallArgs;

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
    #[command(long_about = export::HELP)]
    Export(ExportArgs),
    /// Serve what is recorded over HTTP: a live page, and metrics for Prometheus
    #[command(long_about = serve::HELP)]
    Serve(ServeArgs),
    /// Send what is recorded to an OpenTelemetry collector, as OTLP metrics
    #[command(long_about = push::HELP)]
    Push(PushArgs),
    /// Write what was recorded into one file, to compare it with later
    #[command(long_about = snapshot::HELP)]
    Snapshot(SnapshotArgs),
    /// Compare two snapshots: which functions got slower, faster, or fail more often
    #[command(long_about = diff::HELP)]
    Diff(DiffArgs),
    /// Hold what was recorded against budgets, and fail where a function exceeds one
    #[command(long_about = check::HELP)]
    Check(CheckArgs),
    /// Make running processes record again, after `probe off`
    #[command(long_about = switch::ON_HELP)]
    On(SwitchArgs),
    /// Make running processes pause recording, without restarting them
    #[command(long_about = switch::OFF_HELP)]
    Off(SwitchArgs),
    /// Remove old recordings of processes that ended, by age and by size
    #[command(long_about = prune::HELP)]
    Prune(PruneArgs),
    /// Print the script that teaches a shell to complete `probe`
    #[command(long_about = shell::COMPLETIONS_HELP)]
    Completions(CompletionsArgs),
    /// Print the manual page, or write one for each command
    #[command(long_about = shell::MAN_HELP)]
    Man(ManArgs),
}
