//! Samples: what all recordings that are watched say at one moment. A recording that hasn't
//! changed is the same value in the next sample, so that nothing is copied or compared for it.
//! Processes that had ended when they were first seen are left out: `report` is for these.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::latency::Scale;
use crate::recording::clock::Moment;
use crate::recording::fold;
use crate::recording::follow::{Follower, Found, Slots};
use crate::recording::header::Detail;
use crate::recording::process::{Host, State};
use crate::recording::{Error, Reader};
use crate::report::stacks::Look;

/// A function's name; equal names are of one function, in whatever process.
pub type Name = Rc<str>;

/// All that is watched, at one moment.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// When, by CLOCK_MONOTONIC in ns.
    pub monotonic_ns: u64,
    /// When, in ns since 1970 UTC.
    pub wall_ns: u64,
    /// The recordings, in the order of their processes' starts.
    pub readings: Vec<Rc<Reading>>,
    /// Why others can't be read.
    pub unreadable: Vec<String>,
}

/// What one recording says.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Which one it is.
    pub path: Rc<Path>,
    /// Process id.
    pub pid: u32,
    /// When the process started to record, in ns since 1970 UTC.
    pub started: u64,
    /// Its command line.
    pub argv: Vec<String>,
    /// Whether it runs.
    pub state: State,
    /// How much it records.
    pub detail: Detail,
    /// False while it is switched off.
    pub recording: bool,
    /// When it was read, by CLOCK_MONOTONIC in ns.
    pub monotonic_ns: u64,
    /// How its ticks become ns.
    pub scale: Scale,
    /// The functions that were called.
    pub functions: Vec<Counted>,
    /// The calls that its threads are in, or were when it was killed.
    pub running: Vec<InCall>,
}

/// A call on a thread's stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InCall {
    /// Its function.
    pub name: Name,
    /// The time since it began or was resumed, when it was read, in ns.
    pub age_ns: u64,
}

/// What one record of a function says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Whose it is.
    pub name: Name,
    /// Calls that ended.
    pub calls: u64,
    /// Calls that ended by an exception.
    pub errors: u64,
    /// Calls that began and haven't ended.
    pub in_flight: u64,
    /// The histogram of those that ended.
    pub slots: Rc<Slots>,
}

/// Reads one sample after the other.
#[derive(Debug)]
pub struct Sampler {
    host: Host,
    reader: Reader,
    watched: HashMap<PathBuf, Watched>,
    names: HashMap<String, Name>,
    looks: usize,
}

#[derive(Debug)]
enum Watched {
    /// Its process runs, or did when it was first seen.
    Follower(Box<Followed>, Rc<Reading>),
    /// Its process had ended.
    Past,
    /// It can't be read; that may be since it isn't finished yet.
    Unreadable(String),
}

/// A follower, and its functions' names as they were after so many openings.
#[derive(Debug)]
struct Followed {
    follower: Follower,
    openings: usize,
    names: Vec<Name>,
}

impl Sampler {
    /// A sampler on this system.
    #[must_use]
    pub fn new(host: Host) -> Self {
        Self {
            host,
            reader: Reader::default(),
            watched: HashMap::new(),
            names: HashMap::new(),
            looks: 0,
        }
    }

    /// Reads these recordings.
    pub fn sample(&mut self, paths: &[PathBuf]) -> Sample {
        self.looks += 1;
        let mut watched = HashMap::with_capacity(paths.len());
        let mut sample = Sample::default();
        for path in paths {
            let before = self.watched.remove(path);
            let Some(now) = self.look(path, before) else {
                continue;
            };
            match &now {
                Watched::Follower(_, reading) => sample.readings.push(Rc::clone(reading)),
                Watched::Past => {}
                Watched::Unreadable(why) => sample.unreadable.push(why.clone()),
            }
            watched.insert(path.clone(), now);
        }
        self.watched = watched;
        let order = |it: &Rc<Reading>| (it.started, it.pid);
        sample
            .readings
            .sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.path.cmp(&b.path)));
        let now = Moment::now();
        (sample.monotonic_ns, sample.wall_ns) = (now.monotonic_ns, now.wall_ns);
        sample
    }

    fn look(&mut self, path: &Path, before: Option<Watched>) -> Option<Watched> {
        let looked = match before {
            None | Some(Watched::Unreadable(_)) => self.first_look(path),
            Some(Watched::Past) => Ok(Watched::Past),
            Some(Watched::Follower(mut it, reading)) => {
                match it.follower.look(&mut self.reader, &self.host) {
                    Ok(Found::Nothing) => Ok(Watched::Follower(it, reading)),
                    Ok(Found::Change) => Ok(self.follow(it)),
                    Err(error) => Err(error),
                }
            }
        };
        match looked {
            Ok(watched) => Some(watched),
            // Removed since it was listed, or not finished yet: nobody's fault.
            Err(Error::Unreadable { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                None
            }
            Err(Error::Unfinished { .. }) => None,
            Err(error) => Some(Watched::Unreadable(error.to_string())),
        }
    }

    fn first_look(&mut self, path: &Path) -> Result<Watched, Error> {
        if fold::is_folded(path) {
            return Ok(Watched::Past);
        }
        let is_first_sample = self.looks == 1;
        let header = Reader::header(path)?;
        // One that came and ended between two samples is news.
        if is_first_sample && self.host.state(&header) != State::Running {
            return Ok(Watched::Past);
        }
        let follower = Follower::open(path, &mut self.reader, &self.host)?;
        Ok(self.follow(Box::new(Followed {
            follower,
            openings: 0,
            names: Vec::new(),
        })))
    }

    fn follow(&mut self, mut it: Box<Followed>) -> Watched {
        if it.openings != it.follower.openings() {
            it.openings = it.follower.openings();
            let functions = it.follower.functions().iter();
            it.names = functions
                .map(|function| self.name(&function.name))
                .collect();
        }
        let reading = Rc::new(reading(&it.follower, &it.names));
        Watched::Follower(it, reading)
    }

    /// The one value for all equal names.
    fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.names.get(text) {
            return Rc::clone(name);
        }
        let name: Name = Rc::from(text);
        self.names.insert(text.to_owned(), Rc::clone(&name));
        name
    }
}

fn reading(follower: &Follower, names: &[Name]) -> Reading {
    let header = follower.header();
    let ended = follower.state() == State::Exited;
    let threads = if ended {
        Vec::new()
    } else {
        follower.threads()
    };
    let mut frames = vec![0_u64; names.len()];
    for (_, function) in threads.iter().flat_map(|it| &it.frames) {
        frames[*function] += 1;
    }
    let functions = follower.figures().map(|it| {
        let timed = it.slots.counts.iter();
        let calls = timed.fold(it.counted, |sum, count| sum.saturating_add(*count));
        // As in a report: a writer of detail `tree` counts no beginnings of plain functions.
        let in_flight = match it.begun {
            _ if ended => 0,
            0 => std::mem::take(&mut frames[it.function]),
            begun => begun.saturating_sub(calls),
        };
        Counted {
            name: Rc::clone(&names[it.function]),
            calls,
            errors: it.errors,
            in_flight,
            slots: it.slots,
        }
    });
    let functions: Vec<Counted> = functions.collect();
    let look = Look {
        header,
        state: follower.state(),
        read_at: follower.read_at(),
        modified_wall: follower.modified_wall(),
    };
    let begins = threads.iter().flat_map(|it| &it.frames);
    let age = look.ages(begins.map(|frame| frame.0).max());
    let frames = threads.iter().flat_map(|it| &it.frames);
    let running = frames.map(|(since, function)| InCall {
        name: Rc::clone(&names[*function]),
        age_ns: age(*since),
    });
    Reading {
        path: Rc::from(follower.path()),
        pid: header.pid,
        started: header.started_wall,
        argv: header.argv.clone(),
        state: follower.state(),
        detail: header.detail,
        recording: header.recording,
        monotonic_ns: follower.read_at().monotonic_ns,
        scale: Scale::of(header.clock),
        functions,
        running: running.collect(),
    }
}
