//! The arguments of `probe top`.

use std::time::Duration;

use clap::Args;

use super::recordings::WhoseArgs;

/// What `probe top --help` says.
pub(super) const HELP: &str = "\
Watch live how often functions are called, how long they take and what is stuck.

It shows all processes of the venv together, or each alone (Tab): calls a second, p50 and p99 of \
the calls since the last reading, errors a second, calls in flight, and how long the oldest call \
on a stack has been running. It reads the recordings only: nothing is traced, stopped or asked, \
and it needs no root. Press `?` in it for its keys; `q` leaves it.

Processes that had ended when it started are left out: `probe report` shows these.

With --once it takes two readings an interval apart, prints one table and ends; with --json too, \
it prints what `probe report --json` prints, with the rates.";

/// Arguments of `probe top`.
#[derive(Debug, Clone, Args)]
pub struct TopArgs {
    /// Whose recordings.
    #[command(flatten)]
    pub whose: WhoseArgs,
    /// Take two readings, print one table and end
    #[arg(long)]
    pub once: bool,
    /// Time between two readings
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub interval: Duration,
    /// With --once, print the result as JSON
    #[arg(long, requires = "once")]
    pub json: bool,
}

/// An interval from 0.1 seconds to a day.
fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=86_400.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("give seconds between 0.1 and 86400".to_owned()),
    }
}
