//! The arguments of `probe push`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

/// What `probe push --help` says first.
pub(super) const HELP: &str = "\
Send what is recorded to an OpenTelemetry collector, as OTLP metrics.

Each process is a resource of its own, with exponential histograms and sums that are cumulative \
since it started to record. Processes that run are sent at each interval, those that ended until \
they were accepted once. A collector that is busy or away is tried again, later each time; nothing \
piles up meanwhile, since newer figures take the place of older ones.

`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_EXPORTER_OTLP_HEADERS` and \
`OTEL_EXPORTER_OTLP_CERTIFICATE` mean what they mean elsewhere. See docs/metrics.md.

Every ten minutes it makes room as a report does: folds recordings, and removes those beyond the \
virtualenv's `keep-for` and `keep-size`, once they were accepted.

With --once it exits with 0 where all was accepted, and with 3 where the collector couldn't be \
reached within a minute or refused it.";

/// Arguments of `probe push`.
#[derive(Debug, Clone, Args)]
pub struct PushArgs {
    /// The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub venv: Option<PathBuf>,
    /// Root folder of the recordings; without a venv, all venvs below it
    #[arg(long, value_name = "DIR", env = "PROBE_DATA_DIR", value_hint = ValueHint::DirPath)]
    pub data_dir: Option<PathBuf>,
    /// The collector, such as http://localhost:4318, or http://localhost:4317 for grpc
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_hint = ValueHint::Url)]
    pub otlp: String,
    /// How the collector is spoken to
    #[arg(
        long,
        value_enum,
        value_name = "PROTOCOL",
        env = "OTEL_EXPORTER_OTLP_PROTOCOL",
        default_value = "http/protobuf"
    )]
    pub protocol: PushProtocol,
    /// A header for the collector, such as an API key. May be repeated
    #[arg(long = "header", value_name = "KEY=VALUE")]
    pub headers: Vec<String>,
    /// Seconds from one time to the next
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "60",
        conflicts_with = "once"
    )]
    pub interval: f64,
    /// Send everything once, and end
    #[arg(long)]
    pub once: bool,
    /// Send the processes' command lines too, which may hold secrets
    #[arg(long)]
    pub command_args: bool,
}

/// How a collector is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum PushProtocol {
    #[value(name = "http/protobuf")]
    HttpProtobuf,
    #[value(name = "grpc")]
    Grpc,
}
