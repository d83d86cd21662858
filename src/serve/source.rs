//! Reads what is recorded, at most so often: many scrapers cost what one does, and many pages; each
//! kind at most a tenth of the time.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::harmless;
use crate::metrics::ledger::Ledger;
use crate::metrics::steady::Steady;
use crate::metrics::{Family, families};
use crate::recording::Reader;
use crate::recording::clock::Moment;
use crate::recording::process::{Host, State};
use crate::report::collect::{self, Parts};
use crate::report::json::Report;
use crate::report::order::{Order, arrange};
use crate::report::page::{self, About};

/// What was read is true for so long, at least.
const FRESH: Duration = Duration::from_secs(1);

/// And for so many times as long as reading it took.
const SPARED: u32 = 10;

/// Lists the recordings that there are now.
pub type List = Box<dyn Fn() -> Vec<PathBuf> + Send + Sync>;

/// What is recorded.
pub struct Source {
    list: List,
    venv: Option<PathBuf>,
    metrics: Mutex<Metrics>,
    page: Mutex<Cached<Pages>>,
}

/// What was read, for a browser and for programs.
#[derive(Debug)]
pub struct Pages {
    /// The page with this data in it, which asks for newer at [`DATA`].
    pub html: String,
    /// The same data alone.
    pub data: String,
    /// What `report --json` would print, all functions.
    pub report: String,
}

/// Where the page finds newer data.
pub const DATA: &str = "/data.json";

#[derive(Default)]
struct Metrics {
    ledger: Ledger,
    steady: Steady,
    families: Cached<Vec<Family>>,
}

/// The last answer, and until when it is one.
struct Cached<T>(Option<(Arc<T>, Instant)>);

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl Source {
    /// What is in these recordings, of this venv.
    #[must_use]
    pub fn new(list: List, venv: Option<PathBuf>) -> Self {
        Self {
            list,
            venv,
            metrics: Mutex::default(),
            page: Mutex::default(),
        }
    }

    /// The metrics; their counters never fall while this lives.
    pub fn metrics(&self) -> Arc<Vec<Family>> {
        let mut metrics = self.metrics.lock().unwrap_or_else(PoisonError::into_inner);
        let Metrics {
            ledger,
            steady,
            families: cached,
        } = &mut *metrics;
        cached.get(|| {
            let (host, mut reader) = (Host::here(), Reader::default());
            let paths = (self.list)();
            ledger.keep(&paths);
            let (ended, running): (Vec<PathBuf>, Vec<PathBuf>) = paths
                .into_iter()
                .filter(|path| !ledger.has(path))
                .partition(|path| {
                    let header = reader.peek(path);
                    header.is_ok_and(|header| host.state(&header) != State::Running)
                });
            let read = |paths: &[PathBuf]| collect::read(paths, &host, Parts::default(), &|_| {});
            let ended = read(&ended);
            let mut running = read(&running);
            running.dropped.recordings += ended.dropped.recordings;
            ledger.settle(ended);
            steady.show(families(&ledger.with(&running)))
        })
    }

    /// The recordings that the metrics have counted for good, by the paths of their own files:
    /// where one of these goes, nothing that a scraper sees changes.
    pub fn counted(&self) -> HashSet<PathBuf> {
        self.metrics();
        let metrics = self.metrics.lock().unwrap_or_else(PoisonError::into_inner);
        metrics.ledger.settled().iter().cloned().collect()
    }

    /// What a browser and programs get.
    pub fn pages(&self) -> Arc<Pages> {
        let mut pages = self.page.lock().unwrap_or_else(PoisonError::into_inner);
        pages.get(|| {
            let paths = (self.list)();
            let model = collect::read(&paths, &Host::here(), Parts { tree: true }, &|_| {});
            let (functions, _) = arrange(&model.functions, Order::Total, 0);
            let report = Report::new(&model, self.venv.as_deref(), &functions);
            let venv = self.venv.as_ref().map(|it| it.display().to_string());
            let data = page::data(
                &model,
                About {
                    heading: venv.as_deref().unwrap_or("all venvs"),
                    read_at: Moment::now().wall_ns,
                },
            );
            // Plain values always have a form in JSON.
            let text = |made: Result<String, serde_json::Error>| made.unwrap_or_default();
            Pages {
                html: text(page::render_live(&data, DATA)),
                data: harmless::json(&text(serde_json::to_string(&data))),
                report: harmless::json(&text(serde_json::to_string(&report))),
            }
        })
    }
}

impl<T> Cached<T> {
    fn get(&mut self, make: impl FnOnce() -> T) -> Arc<T> {
        let now = Instant::now();
        if let Some((value, until)) = &self.0
            && now < *until
        {
            return Arc::clone(value);
        }
        let value = Arc::new(make());
        let took = now.elapsed();
        let until = Instant::now() + FRESH.max(took * SPARED);
        self.0 = Some((Arc::clone(&value), until));
        value
    }
}
