//! Which recordings a command is about: of which venv, below which data root, and which of them.
//! The arguments that many commands share.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

/// The venv that is meant.
#[derive(Debug, Clone, Args)]
pub struct VenvArgs {
    /// The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    venv: Option<PathBuf>,
}

impl VenvArgs {
    /// The folder that was given; none leaves it to the environment.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.venv.as_deref()
    }
}

/// Whose recordings are meant.
#[derive(Debug, Clone, Args)]
pub struct WhoseArgs {
    /// Those of this venv.
    #[command(flatten)]
    pub venv: VenvArgs,
    /// Root folder of the recordings; without a venv, all venvs below it
    #[arg(long, value_name = "DIR", env = "PROBE_DATA_DIR", value_hint = ValueHint::DirPath)]
    pub data_dir: Option<PathBuf>,
}

/// Which of them are meant.
#[derive(Debug, Clone, Args)]
pub struct WhichArgs {
    /// Which recordings: `last` (the last command's processes), `all`, or a process id
    #[arg(long, value_name = "last|all|PID", default_value = "all")]
    pub run: String,
}
