//! The arguments of `probe stacks`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// What `probe stacks --help` says.
pub(super) const HELP: &str = "\
Show what is running now in each thread, and what killed processes were in.

One block a process, one paragraph a thread, the outermost call first, each with the time since it \
began. It is read from the recordings: the processes aren't stopped, asked or traced, and it needs \
no root. Of a process that was killed, it is what was running when it died, and had been running \
for at least the time that is told.

Generators and coroutines that are suspended lie on no thread's stack and are told apart. Stacks \
are recorded in detail `tree`, the default; of others only the calls that haven't ended are known.";

/// Arguments of `probe stacks`.
#[derive(Debug, Clone, Args)]
pub struct StacksArgs {
    /// The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub venv: Option<PathBuf>,
    /// Root folder of the recordings; without a venv, all venvs below it
    #[arg(long, value_name = "DIR", env = "PROBE_DATA_DIR", value_hint = ValueHint::DirPath)]
    pub data_dir: Option<PathBuf>,
    /// Which recordings: `last` (the last command's processes), `all`, or a process id
    #[arg(long, value_name = "last|all|PID", default_value = "all")]
    pub run: String,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
