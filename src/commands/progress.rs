//! A progress bar for work that takes longer than anybody likes to wait: on stderr, if that
//! is a terminal, and only after a second.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Work shorter than this shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar that appears when the work turns out to be long; it goes away when dropped.
pub(super) struct Progress {
    begun: Instant,
    total: u64,
    what: &'static str,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    /// A bar for `total` steps of what is named.
    pub(super) fn new(what: &'static str, total: usize) -> Self {
        Self {
            begun: Instant::now(),
            total: total as u64,
            what,
            bar: OnceLock::new(),
        }
    }

    /// Says how many steps are done; from any thread.
    pub(super) fn done(&self, steps: usize) {
        if self.begun.elapsed() >= PATIENCE {
            let bar = self.bar.get_or_init(|| {
                // indicatif draws on stderr, and not at all where that is no terminal.
                let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
                let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
                ProgressBar::new(self.total)
                    .with_style(style)
                    .with_message(self.what)
            });
            bar.set_position(steps as u64);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
