//! The arguments of `probe push`.

use clap::{Args, ValueEnum, ValueHint};

use super::recordings::WhoseArgs;

/// What `probe push --help` says first.
pub(super) const HELP: &str = "\
Send what is recorded to an OpenTelemetry collector, as OTLP metrics.

Each process is a resource of its own, with exponential histograms and sums that are cumulative \
since it started to record. Processes that run are sent at each interval, those that ended until \
they were accepted once. A collector that is busy or away is tried again, later each time; nothing \
piles up meanwhile, since newer figures take the place of older ones.

What no option says, the variables of OpenTelemetry's exporters say, those for metrics alone first: \
`OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`, then `OTEL_EXPORTER_OTLP_ENDPOINT`; and so `_PROTOCOL`, \
`_HEADERS`, `_COMPRESSION`, `_TIMEOUT`, `_CERTIFICATE`, `_CLIENT_CERTIFICATE` and `_CLIENT_KEY`. \
`OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` describe the processes; `HTTPS_PROXY`, \
`HTTP_PROXY` and `NO_PROXY` say how the collector is reached. See docs/metrics.md.

Every ten minutes it makes room as a report does: folds recordings, and removes those beyond the \
virtualenv's `keep-for` and `keep-size`, once they were accepted.

With --once it exits with 0 where all was accepted, and with 3 where the collector couldn't be \
reached within a minute or refused it.";

/// Arguments of `probe push`.
#[derive(Debug, Clone, Args)]
pub struct PushArgs {
    /// Whose recordings.
    #[command(flatten)]
    pub whose: WhoseArgs,
    /// The collector, such as http://localhost:4318, or http://localhost:4317 for grpc [default: what
    /// the variables say]
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub otlp: Option<String>,
    /// How the collector is spoken to [default: http/protobuf]
    #[arg(long, value_enum, value_name = "PROTOCOL")]
    pub protocol: Option<PushProtocol>,
    /// How requests are made smaller [default: none]
    #[arg(long, value_enum, value_name = "COMPRESSION")]
    pub compression: Option<PushCompression>,
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

/// How requests are made smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum PushCompression {
    Gzip,
    None,
}
