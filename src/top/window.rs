//! What happened between two samples: calls, errors and latencies by function or by process.
//! Pure. No figure is ever negative: a counter that went back, as that of a damaged file or of
//! words of different moments may, counts as one that stood still.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use crate::latency::{Latencies, Percentiles};
use crate::recording::follow::Slots;
use crate::recording::process::State;
use crate::top::sample::{Counted, Name, Reading, Sample};

/// What figures are grouped by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A function, in all processes that are looked at.
    Function(Name),
    /// A recording's process.
    Process(Rc<Path>),
}

/// How figures are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// By function.
    #[default]
    Function,
    /// By process.
    Process,
}

/// The figures of a function or a process.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Calls that ended in the window.
    pub calls: u64,
    /// Those of them that ended by an exception.
    pub errors: u64,
    /// How long they took.
    pub latencies: Latencies,
    /// Calls that ended since the processes started.
    pub all_calls: u64,
    /// Those of them that ended by an exception.
    pub all_errors: u64,
    /// Calls that are running or suspended now, or were when a process was killed.
    pub in_flight: u64,
    /// The time since the oldest call on a stack began, in ns.
    pub oldest_ns: Option<u64>,
}

impl Figures {
    /// Percentiles of the latencies in ns.
    #[must_use]
    pub fn percentiles(&self) -> Option<Percentiles> {
        Percentiles::of(&self.latencies, 0, u64::MAX)
    }
}

/// What happened in a stretch of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Window {
    /// How long it was, in seconds; 0 where there was no earlier sample.
    pub seconds: f64,
    /// The figures.
    pub figures: HashMap<Key, Figures>,
}

impl Window {
    /// So many a second; none where the window has no length.
    #[must_use]
    pub fn rate(&self, number: u64) -> Option<f64> {
        (self.seconds > 0.0).then(|| number as f64 / self.seconds)
    }
}

/// Which of the calls are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Only(pub Option<Key>);

impl Only {
    fn has_process(&self, reading: &Reading) -> bool {
        match &self.0 {
            Some(Key::Process(path)) => *path == reading.path,
            _ => true,
        }
    }

    fn has_function(&self, name: &Name) -> bool {
        match &self.0 {
            Some(Key::Function(only)) => only == name,
            _ => true,
        }
    }
}

/// What happened between two samples. Without the earlier one, or where `since_start` is wanted,
/// latencies are those of all calls since the processes started; counts are of the window still.
#[must_use]
pub fn between(
    before: Option<&Sample>,
    after: &Sample,
    by: By,
    only: &Only,
    since_start: bool,
) -> Window {
    let mut window = Window {
        seconds: before.map_or(0.0, |before| seconds(before, after)),
        figures: HashMap::new(),
    };
    let known: HashMap<&Path, &Rc<Reading>> = before
        .iter()
        .flat_map(|sample| &sample.readings)
        .map(|reading| (&*reading.path, reading))
        .collect();
    for reading in &after.readings {
        if !only.has_process(reading) {
            continue;
        }
        let earlier = match (known.get(&*reading.path), before) {
            (Some(earlier), _) => Earlier::Known(earlier),
            // It came in between: all of its calls are of the window.
            (None, Some(before)) if reading.started >= before.wall_ns => Earlier::None,
            // Its calls may be older than the window.
            (None, _) => Earlier::Unknown,
        };
        add(&mut window, reading, &earlier, by, only, since_start);
        add_oldest(&mut window, reading, after, by, only);
    }
    window
}

/// The time between two samples, in seconds.
fn seconds(before: &Sample, after: &Sample) -> f64 {
    let nanoseconds = after.monotonic_ns.saturating_sub(before.monotonic_ns);
    nanoseconds as f64 / 1e9
}

/// What was known of a recording at the window's start.
enum Earlier<'a> {
    Known(&'a Rc<Reading>),
    None,
    Unknown,
}

fn add(
    window: &mut Window,
    reading: &Rc<Reading>,
    earlier: &Earlier<'_>,
    by: By,
    only: &Only,
    since_start: bool,
) {
    let is_same = matches!(earlier, Earlier::Known(it) if Rc::ptr_eq(it, reading));
    let mut old = match earlier {
        Earlier::Known(it) if !is_same => Old::new(&it.functions),
        _ => Old::new(&[]),
    };
    for (index, counted) in reading.functions.iter().enumerate() {
        if !only.has_function(&counted.name) {
            continue;
        }
        let key = match by {
            By::Function => Key::Function(Rc::clone(&counted.name)),
            By::Process => Key::Process(Rc::clone(&reading.path)),
        };
        let figures = window.figures.entry(key).or_default();
        let plus = |sum: &mut u64, number: u64| *sum = sum.saturating_add(number);
        plus(&mut figures.all_calls, counted.calls);
        plus(&mut figures.all_errors, counted.errors);
        plus(&mut figures.in_flight, counted.in_flight);
        let before = match earlier {
            _ if is_same => None,
            Earlier::Unknown => None,
            Earlier::None => Some(None),
            Earlier::Known(_) => Some(old.take(index, &counted.name)),
        };
        if let Some(before) = before {
            let (calls, errors) = before.map_or((0, 0), |it| (it.calls, it.errors));
            plus(&mut figures.calls, counted.calls.saturating_sub(calls));
            plus(&mut figures.errors, counted.errors.saturating_sub(errors));
            if !since_start {
                let before = before.map(|it| &it.slots);
                add_difference(figures, reading, &counted.slots, before);
            }
        }
        if since_start {
            add_difference(figures, reading, &counted.slots, None);
        }
    }
    // A process that has called nothing is a process still.
    if by == By::Process && only.0.is_none() {
        let key = Key::Process(Rc::clone(&reading.path));
        window.figures.entry(key).or_default();
    }
}

/// Adds the counts that are new since `before`.
fn add_difference(
    figures: &mut Figures,
    reading: &Reading,
    after: &Rc<Slots>,
    before: Option<&Rc<Slots>>,
) {
    if after.counts.is_empty() || before.is_some_and(|it| Rc::ptr_eq(it, after)) {
        return;
    }
    let histogram = figures.latencies.at(reading.scale);
    match before {
        None => histogram.add_counts(after.first, &after.counts),
        Some(before) => {
            let new: Vec<u64> = (after.first..)
                .zip(&after.counts)
                .map(|(slot, count)| {
                    let place = slot.checked_sub(before.first);
                    let old = place.and_then(|place| before.counts.get(place));
                    count.saturating_sub(old.copied().unwrap_or(0))
                })
                .collect();
            histogram.add_counts(after.first, &new);
        }
    }
}

/// The earlier counts of a recording's functions, mostly at the same places.
struct Old<'a> {
    counted: &'a [Counted],
    /// Made when something isn't at its place: of a name there may be several.
    by_name: Option<HashMap<Name, Vec<&'a Counted>>>,
}

impl<'a> Old<'a> {
    fn new(counted: &'a [Counted]) -> Self {
        Self {
            counted,
            by_name: None,
        }
    }

    fn take(&mut self, index: usize, name: &Name) -> Option<&'a Counted> {
        if self.by_name.is_none() {
            match self.counted.get(index) {
                Some(it) if Rc::ptr_eq(&it.name, name) || it.name == *name => return Some(it),
                _ => {}
            }
            let mut by_name: HashMap<Name, Vec<&Counted>> = HashMap::new();
            // Those before have been taken; of a name, the first is taken first.
            for it in self.counted.iter().skip(index).rev() {
                by_name.entry(Rc::clone(&it.name)).or_default().push(it);
            }
            self.by_name = Some(by_name);
        }
        self.by_name.as_mut()?.get_mut(name)?.pop()
    }
}

fn add_oldest(window: &mut Window, reading: &Reading, after: &Sample, by: By, only: &Only) {
    // What hasn't changed since has become older; in a process that was killed nothing does.
    let since = match reading.state {
        State::Running => after.monotonic_ns.saturating_sub(reading.monotonic_ns),
        _ => 0,
    };
    for frame in reading.stacks.iter().flat_map(|stack| &stack.frames) {
        let name: Name = Rc::from(&*frame.name);
        if !only.has_function(&name) {
            continue;
        }
        let key = match by {
            By::Function => Key::Function(name),
            By::Process => Key::Process(Rc::clone(&reading.path)),
        };
        if let Some(figures) = window.figures.get_mut(&key) {
            let age = frame.age_ns.saturating_add(since);
            figures.oldest_ns = figures.oldest_ns.max(Some(age));
        }
    }
}
