//! What `probe top` shows at a moment, and how readings and the user's wishes change it. Events
//! go in, a value comes out: nothing here reads, draws or waits.

use std::collections::{HashSet, VecDeque};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use crate::recording::process::State;
use crate::top::history::History;
use crate::top::rows::{Column, Row, rows};
use crate::top::sample::Sample;
use crate::top::window::{By, Key, Only, Question, Wanted, Window, between};

/// The longer window is of at least so many readings.
const LONG: usize = 10;

/// Which calls the latencies are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Span {
    /// Those between the last two readings.
    #[default]
    Last,
    /// Those of the last ten to twenty such windows.
    Long,
    /// All since the processes started.
    Start,
}

/// What is asked for in return for an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Nothing.
    Nothing,
    /// To leave.
    Quit,
}

/// The state.
#[derive(Debug)]
pub struct App {
    /// Whose processes these are.
    pub(super) heading: String,
    /// The time between two readings.
    pub(super) interval: Duration,
    pub(super) samples: Samples,
    history: History,
    /// The rates of what is shown of one function or process only, since it is shown.
    own_history: History,
    pub(super) by: By,
    pub(super) only: Only,
    pub(super) span: Span,
    pub(super) sort: Column,
    pub(super) reversed: bool,
    pub(super) filter: String,
    /// True while the filter is typed.
    pub(super) editing: bool,
    pub(super) paused: bool,
    pub(super) help: bool,
    selected: Option<Key>,
    /// Where it was, for when it is no more.
    place: usize,
    /// The first row that is shown.
    top: usize,
    /// Rows that there is room for.
    page: usize,
}

/// The readings that windows are made of: few, since each may hold all that processes say.
#[derive(Debug, Default)]
pub(super) struct Samples {
    latest: Option<Rc<Sample>>,
    before: Option<Rc<Sample>>,
    /// Where the longer window begins, and where the next one will.
    marks: VecDeque<Rc<Sample>>,
    since_mark: usize,
}

impl Samples {
    fn push(&mut self, sample: Sample) {
        let sample = Rc::new(sample);
        if self.marks.is_empty() || self.since_mark == LONG {
            self.marks.push_back(Rc::clone(&sample));
            self.since_mark = 0;
        }
        self.since_mark += 1;
        if self.marks.len() > 2 {
            self.marks.pop_front();
        }
        self.before = self.latest.replace(sample);
    }

    /// The reading at which a window begins.
    fn start(&self, span: Span) -> Option<&Rc<Sample>> {
        match span {
            Span::Long if self.before.is_some() => self.marks.front(),
            _ => self.before.as_ref(),
        }
    }
}

/// What is to be drawn.
#[derive(Debug)]
pub(super) struct Screen {
    /// The figures of the rows.
    pub(super) window: Window,
    /// All that the filter lets through.
    pub(super) rows: Vec<Row>,
    /// The one that is selected.
    pub(super) selected: usize,
    /// The first that is shown.
    pub(super) top: usize,
    /// All calls and errors of the window, and calls in flight, filtered or not.
    pub(super) totals: Totals,
    /// The latest reading; none before the first.
    pub(super) sample: Option<Rc<Sample>>,
}

/// Sums over all processes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) calls: u64,
    pub(super) errors: u64,
    pub(super) in_flight: u64,
    pub(super) running: usize,
    pub(super) exited: usize,
    pub(super) killed: usize,
}

impl App {
    /// Nothing has been read.
    #[must_use]
    pub fn new(heading: String, interval: Duration) -> Self {
        Self {
            heading,
            interval,
            samples: Samples::default(),
            history: History::default(),
            own_history: History::default(),
            by: By::Function,
            only: Only::default(),
            span: Span::Last,
            sort: Column::Rate,
            reversed: false,
            filter: String::new(),
            editing: false,
            paused: false,
            help: false,
            selected: None,
            place: 0,
            top: 0,
            page: 10,
        }
    }

    /// Takes in a reading.
    pub fn take(&mut self, sample: Sample) {
        if let Some(before) = &self.samples.latest {
            let all = Only::default();
            let counts = |by, only| Question {
                by,
                only,
                wanted: Wanted::None,
                among: None,
            };
            for by in [By::Function, By::Process] {
                let window = between(Some(before), &sample, counts(by, &all));
                self.history.add(&window);
            }
            if self.only.0.is_some() {
                let window = between(Some(before), &sample, counts(self.by, &self.only));
                self.own_history.add(&window);
            }
        }
        self.samples.push(sample);
    }

    /// There is room for so many rows.
    pub(super) fn resize(&mut self, page: usize) {
        self.page = page.max(1);
    }

    /// The rates of a row's past.
    pub(super) fn trend(&self, key: &Key) -> Vec<f64> {
        if self.only.0.is_some() {
            self.own_history.of(key)
        } else {
            self.history.of(key)
        }
    }

    /// What is to be drawn now; the selection stays with its row, and is in what is shown.
    pub(super) fn screen(&mut self) -> Screen {
        let Some(after) = self.samples.latest.clone() else {
            return Screen {
                window: Window::default(),
                rows: Vec::new(),
                selected: 0,
                top: 0,
                totals: Totals::default(),
                sample: None,
            };
        };
        let before = self.samples.start(self.span).cloned();
        let wanted = match self.span {
            Span::Last | Span::Long => Wanted::Window,
            Span::Start => Wanted::All,
        };
        let by_latency = matches!(self.sort, Column::P50 | Column::P99);
        let question = Question {
            by: self.by,
            only: &self.only,
            wanted: if by_latency { wanted } else { Wanted::None },
            among: None,
        };
        let window = between(before.as_deref(), &after, question);
        let mut rows = rows(&window, &after, &self.filter, self.sort, self.reversed);
        let known = self.selected.as_ref();
        let found = known.and_then(|key| rows.iter().position(|row| row.key == *key));
        let last = rows.len().saturating_sub(1);
        let selected = found.unwrap_or(self.place).min(last);
        self.place = selected;
        let most = rows.len().saturating_sub(self.page);
        let least = (selected + 1).saturating_sub(self.page);
        self.top = self.top.clamp(least, selected.max(least)).min(most);
        if !by_latency {
            let end = (self.top + self.page).min(rows.len());
            let visible = &mut rows[self.top.min(end)..end];
            let keys: HashSet<Key> = visible.iter().map(|row| row.key.clone()).collect();
            let question = Question {
                wanted,
                among: Some(&keys),
                ..question
            };
            let window = between(before.as_deref(), &after, question);
            for row in visible {
                if let Some(figures) = window.figures.get(&row.key) {
                    row.take_latencies(figures);
                }
            }
        }
        Screen {
            totals: totals(&window, &after),
            window,
            rows,
            selected,
            top: self.top,
            sample: Some(after),
        }
    }

    /// Selects the row that lies so many rows further down.
    pub(super) fn move_by(&mut self, rows: isize) {
        let screen = self.screen();
        let last = screen.rows.len().saturating_sub(1);
        let place = screen.selected.saturating_add_signed(rows).min(last);
        self.place = place;
        // Until something is selected, the first row is, whichever it is.
        self.selected = screen.rows.get(place).map(|row| row.key.clone());
    }

    /// The rows of a page.
    pub(super) fn page(&self) -> isize {
        isize::try_from(self.page).unwrap_or(isize::MAX)
    }

    /// Shows functions by process, or processes by function.
    pub(super) fn switch_view(&mut self) {
        self.by = match self.by {
            By::Function => By::Process,
            By::Process => By::Function,
        };
        self.show_only(None);
    }

    /// Shows the selected row alone: a process's functions, or the processes of a function.
    pub(super) fn enter(&mut self) {
        if self.only.0.is_some() {
            return;
        }
        let screen = self.screen();
        let Some(row) = screen.rows.get(screen.selected) else {
            return;
        };
        self.by = match row.key {
            Key::Function(_) => By::Process,
            Key::Process(_) => By::Function,
        };
        self.filter.clear();
        self.show_only(Some(row.key.clone()));
    }

    /// Shows all again; false where all is shown.
    pub(super) fn leave(&mut self) -> bool {
        let Some(key) = self.only.0.take() else {
            return false;
        };
        self.by = match key {
            Key::Function(_) => By::Function,
            Key::Process(_) => By::Process,
        };
        self.show_only(None);
        self.selected = Some(key);
        true
    }

    fn show_only(&mut self, key: Option<Key>) {
        self.only = Only(key);
        self.own_history = History::default();
        (self.selected, self.place, self.top) = (None, 0, 0);
    }

    /// Stops reading, or goes on. What happened in between belongs to no window.
    pub(super) fn pause(&mut self) {
        self.paused = !self.paused;
        if !self.paused {
            self.samples = Samples::default();
        }
    }

    /// Sorts by the column that lies so many further to the right.
    pub(super) fn sort_further(&mut self, columns: isize) {
        let place = Column::ALL.iter().position(|it| *it == self.sort);
        let length = Column::ALL.len();
        let place = place.unwrap_or(0) as isize + columns;
        self.sort_by(Column::ALL[place.rem_euclid(length as isize) as usize]);
    }

    /// Sorts by this column, the first row first.
    pub(super) fn sort_by(&mut self, column: Column) {
        (self.sort, self.reversed) = (column, false);
        (self.selected, self.place, self.top) = (None, 0, 0);
    }

    /// The next kind of window.
    pub(super) fn next_span(&mut self) {
        self.span = match self.span {
            Span::Last => Span::Long,
            Span::Long => Span::Start,
            Span::Start => Span::Last,
        };
    }
}

fn totals(window: &Window, sample: &Sample) -> Totals {
    let number = |state| {
        let readings = sample.readings.iter();
        readings.filter(|it| it.state == state).count()
    };
    let mut totals = Totals {
        running: number(State::Running),
        exited: number(State::Exited),
        killed: number(State::Killed),
        ..Totals::default()
    };
    let readings = sample.readings.iter();
    let ended: HashSet<&Rc<Path>> = readings
        .filter(|it| it.state != State::Running)
        .map(|it| &it.path)
        .collect();
    for (key, it) in &window.figures {
        totals.calls = totals.calls.saturating_add(it.calls);
        totals.errors = totals.errors.saturating_add(it.errors);
        // What a killed process was in is told in its row only.
        if !matches!(key, Key::Process(path) if ended.contains(path)) {
            totals.in_flight = totals.in_flight.saturating_add(it.in_flight);
        }
    }
    totals
}
