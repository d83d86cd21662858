//! The arguments of `probe on` and `probe off`.

use clap::Args;

use super::recordings::WhoseArgs;

/// What `probe on --help` says first.
pub(super) const ON_HELP: &str = "\
Make running processes record again, after `probe off`.

Each process goes on where it was: what it recorded before `probe off` is kept, what was called \
in between is in no figure.";

/// What `probe off --help` says first.
pub(super) const OFF_HELP: &str = "\
Make running processes pause recording, without restarting them.

Holds for the processes of the venv that are recording at this moment, from their next call on; \
what they recorded so far is kept, and `probe on` makes them go on. It isn't remembered: \
processes that start later record as ever, also those that a running one forks. To keep the \
probe out of what starts later set `PROBE_DISABLE=1` there, or uninstall it.

While it is off, a call costs next to nothing with the native engine. The Python engine still \
follows calls and only leaves them out of the figures, so it costs what it costs when on.";

/// Arguments of `probe on` and `probe off`.
#[derive(Debug, Clone, Args)]
pub struct SwitchArgs {
    /// Whose recordings.
    #[command(flatten)]
    pub whose: WhoseArgs,
    /// Say which processes would be switched, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
