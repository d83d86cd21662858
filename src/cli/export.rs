//! The arguments of `probe export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::recordings::{WhichArgs, WhoseArgs};

/// What `probe export --help` says first.
pub(super) const HELP: &str = "\
Write what was recorded in the format of another tool, to stdout or into a file.

  probe export html -o page.html          one file for a browser, which needs no network
  probe export flamegraph -o time.svg     open it in a browser
  probe export pstats -o run.pstats       python -m pstats run.pstats, snakeviz, gprof2dot
  probe export speedscope -o run.json     https://www.speedscope.app
  probe export callgrind -o callgrind.out kcachegrind, callgrind_annotate
  probe export pprof -o run.pb.gz         go tool pprof
  probe export csv                        a spreadsheet

Formats of a call tree need recordings of detail `tree`, which is the default. Of recordings of \
detail `time` each function is a root, whose self time is its total; of detail `count` there are \
calls and no times, so no flame graph.";

/// Arguments of `probe export`.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// What to write
    #[arg(value_name = "FORMAT", value_enum)]
    pub format: ExportFormat,
    /// Whose recordings.
    #[command(flatten)]
    pub whose: WhoseArgs,
    /// Which of them.
    #[command(flatten)]
    pub which: WhichArgs,
    /// Write into this file, in one go, instead of to stdout
    ///
    /// Whoever reads it meanwhile sees the old file or the new one. It gets the permissions of any
    /// new file, or keeps those that it has; a symlink is not followed, but refused.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

/// What `export` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// The document of `report --json`
    Json,
    /// A line for each function, for spreadsheets
    Csv,
    /// Metrics in Prometheus's text format
    Prometheus,
    /// Metrics in OpenMetrics's text format
    Openmetrics,
    /// As cProfile dumps it, for Python's pstats
    Pstats,
    /// For KCachegrind and callgrind_annotate
    Callgrind,
    /// For speedscope
    Speedscope,
    /// For pprof, gzipped
    Pprof,
    /// Collapsed stacks, for flame graphs of other tools
    Collapsed,
    /// A flame graph as SVG
    Flamegraph,
    /// A page for a browser, in one file: table, histograms, flame graph, processes over time
    Html,
}

impl ExportFormat {
    /// Its name, as it is typed.
    #[must_use]
    pub fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |it| it.get_name().to_owned())
    }
}
