//! What happened between two samples: calls, errors and latencies by function or by process.
//! Pure. No figure is ever negative: a counter that went back, as that of a damaged file or of
//! words of different moments may, counts as one that stood still.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::marker::PhantomData;
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
    /// Calls that are running or suspended now; of a process that was killed, then.
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

/// Which calls' latencies are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// None: counts are cheaper.
    None,
    /// Those of the window.
    Window,
    /// Those of all calls since the processes started.
    All,
}

/// What is asked of two samples.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// How figures are grouped.
    pub by: By,
    /// Which calls are looked at.
    pub only: &'a Only,
    /// Which of them have latencies.
    pub wanted: Wanted,
    /// The groups that are of interest; none for all.
    pub among: Option<&'a HashSet<Key>>,
}

impl Question<'_> {
    fn has_process(&self, reading: &Reading) -> bool {
        let is_it = match &self.only.0 {
            Some(Key::Process(path)) => *path == reading.path,
            _ => true,
        };
        let is_among = match (self.by, self.among) {
            (By::Process, Some(keys)) => keys.contains(&Key::Process(Rc::clone(&reading.path))),
            _ => true,
        };
        is_it && is_among
    }

    fn has_function(&self, name: &Name) -> bool {
        match &self.only.0 {
            Some(Key::Function(only)) => only == name,
            _ => true,
        }
    }

    /// Whether a function's group is of interest.
    fn is_among(&self, name: &Name) -> bool {
        match (self.by, self.among) {
            (By::Function, Some(keys)) => keys.contains(&Key::Function(Rc::clone(name))),
            _ => true,
        }
    }
}

/// What happened between two samples; without the earlier one, only what is now.
#[must_use]
pub fn between(before: Option<&Sample>, after: &Sample, question: Question<'_>) -> Window {
    let mut window = Window {
        seconds: before.map_or(0.0, |before| seconds(before, after)),
        figures: HashMap::new(),
    };
    let mut groups = Groups::default();
    let known: HashMap<&Path, &Rc<Reading>> = before
        .iter()
        .flat_map(|sample| &sample.readings)
        .map(|reading| (&*reading.path, reading))
        .collect();
    for reading in &after.readings {
        if !question.has_process(reading) {
            continue;
        }
        let earlier = match (known.get(&*reading.path), before) {
            (Some(earlier), _) => Earlier::Known(earlier),
            // It came in between: all of its calls are of the window.
            (None, Some(before)) if reading.started >= before.wall_ns => Earlier::None,
            // Its calls may be older than the window.
            (None, _) => Earlier::Unknown,
        };
        add(&mut groups, reading, &earlier, question);
        add_oldest(&mut groups, reading, after, question);
    }
    window.figures = groups.figures.into_iter().collect();
    window
}

/// Figures by their keys. The sampler gives equal names as one value, so that most are found
/// by where they are, which is much cheaper than by what they say.
#[derive(Default)]
struct Groups<'a> {
    figures: Vec<(Key, Figures)>,
    by_key: HashMap<Key, usize>,
    /// None for those that aren't of interest.
    by_place: HashMap<usize, Option<usize>, BuildHasherDefault<PlaceHasher>>,
    /// The names outlive this: else others could take their places.
    names: PhantomData<&'a Name>,
}

impl<'a> Groups<'a> {
    /// The figures of a function, if it is of interest.
    fn of_function(&mut self, name: &'a Name, question: Question<'_>) -> Option<&mut Figures> {
        let place = name.as_ptr().addr();
        let index = match self.by_place.get(&place) {
            Some(index) => *index,
            None => {
                let key = || Key::Function(Rc::clone(name));
                let index = question.is_among(name).then(|| self.index(key()));
                self.by_place.insert(place, index);
                index
            }
        };
        Some(&mut self.figures[index?].1)
    }

    fn of_process(&mut self, reading: &Reading) -> &mut Figures {
        let index = self.index(Key::Process(Rc::clone(&reading.path)));
        &mut self.figures[index].1
    }

    fn index(&mut self, key: Key) -> usize {
        let next = self.figures.len();
        let index = *self.by_key.entry(key.clone()).or_insert(next);
        if index == next {
            self.figures.push((key, Figures::default()));
        }
        index
    }
}

/// Spreads places in memory.
#[derive(Default)]
struct PlaceHasher(u64);

impl Hasher for PlaceHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize(usize::from(*byte));
        }
    }

    fn write_usize(&mut self, place: usize) {
        // Fibonacci hashing: the upper bits are the well spread ones, and hashbrown uses both.
        let spread = (self.0 ^ place as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = spread ^ spread >> 32;
    }
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

fn add<'a>(
    groups: &mut Groups<'a>,
    reading: &'a Rc<Reading>,
    earlier: &Earlier<'_>,
    question: Question<'_>,
) {
    let Question {
        by, only, wanted, ..
    } = question;
    let is_same = matches!(earlier, Earlier::Known(it) if Rc::ptr_eq(it, reading));
    let mut old = match earlier {
        Earlier::Known(it) if !is_same => Old::new(&it.functions),
        _ => Old::new(&[]),
    };
    // A process that has called nothing is a process still.
    if by == By::Process && only.0.is_none() {
        groups.of_process(reading);
    }
    let plus = |sum: &mut u64, number: u64| *sum = sum.saturating_add(number);
    let mut of_process = Figures::default();
    let mut has_any = false;
    for (index, counted) in reading.functions.iter().enumerate() {
        if !question.has_function(&counted.name) {
            continue;
        }
        has_any = true;
        let figures = match by {
            By::Function => match groups.of_function(&counted.name, question) {
                Some(figures) => figures,
                None => continue,
            },
            By::Process => &mut of_process,
        };
        plus(&mut figures.all_calls, counted.calls);
        plus(&mut figures.all_errors, counted.errors);
        // What a process was in that was killed is in flight no more, but it tells of that process.
        if by == By::Process || reading.state == State::Running {
            plus(&mut figures.in_flight, counted.in_flight);
        }
        if wanted == Wanted::All {
            add_difference(figures, reading, &counted.slots, None);
        }
        let before = match earlier {
            _ if is_same => continue,
            Earlier::Unknown => continue,
            Earlier::None => None,
            Earlier::Known(_) => old.take(index, &counted.name),
        };
        let (calls, errors) = before.map_or((0, 0), |it| (it.calls, it.errors));
        plus(&mut figures.calls, counted.calls.saturating_sub(calls));
        plus(&mut figures.errors, counted.errors.saturating_sub(errors));
        if wanted == Wanted::Window {
            let before = before.map(|it| &it.slots);
            add_difference(figures, reading, &counted.slots, before);
        }
    }
    if by == By::Process && has_any {
        *groups.of_process(reading) = of_process;
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
    let Some(before) = before else {
        histogram.add_counts(after.first, after.counts.iter().copied());
        return;
    };
    let new = (after.first..).zip(&after.counts).map(|(slot, count)| {
        let place = slot.checked_sub(before.first);
        let old = place.and_then(|place| before.counts.get(place));
        count.saturating_sub(old.copied().unwrap_or(0))
    });
    histogram.add_counts(after.first, new);
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

fn add_oldest<'a>(
    groups: &mut Groups<'a>,
    reading: &'a Reading,
    after: &Sample,
    question: Question<'_>,
) {
    let by = question.by;
    let is_running = reading.state == State::Running;
    if !is_running && by == By::Function {
        return;
    }
    // What hasn't changed since has become older; in a process that was killed nothing does.
    let since = match is_running {
        true => after.monotonic_ns.saturating_sub(reading.monotonic_ns),
        false => 0,
    };
    for call in &reading.running {
        if !question.has_function(&call.name) {
            continue;
        }
        let figures = match by {
            By::Function => match groups.of_function(&call.name, question) {
                Some(figures) => figures,
                None => continue,
            },
            By::Process => groups.of_process(reading),
        };
        let age = call.age_ns.saturating_add(since);
        figures.oldest_ns = figures.oldest_ns.max(Some(age));
    }
}
