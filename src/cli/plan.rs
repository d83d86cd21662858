//! The arguments that `probe install` and `probe run` share.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};

use crate::targets::{Detail, Engine};

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
