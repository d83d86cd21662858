//! Adds recordings up, by the names of functions and in nanoseconds; the sum of the parts
//! that several threads made is the same whatever their order. Reads no file.

use std::collections::HashMap;
use std::io;

use crate::latency::{Latencies, Percentiles, Scale};
use crate::recording::blocks::{Record, Shape};
use crate::recording::header::{Detail, Header, Stop};
use crate::recording::process::State;
use crate::recording::{Damage, Recording};
use crate::report::model::{Dropped, Function, Hooked, Model, Process, Stopped, Time, Unfinished};
use crate::report::recorded::{self, Functions, Recorded};
use crate::report::stacks;

/// What of recordings is wanted beside the figures of functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts {
    /// Their call tree, which takes time where there are thousands of them.
    pub tree: bool,
}

/// Some recordings, added up.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// Where each function's sums are.
    names: HashMap<String, usize>,
    sums: Vec<Sums>,
    /// Everything but the functions.
    rest: Model,
}

/// One function's sums.
#[derive(Debug, Default)]
struct Sums {
    calls: u64,
    timed: u64,
    errors: u64,
    in_flight: u64,
    total_ns: u64,
    self_ns: Option<u64>,
    active_ns: Option<u64>,
    least_ns: Option<u64>,
    most_ns: u64,
    latencies: Latencies,
    /// True where some process could instrument it.
    possible: bool,
    /// How the latest process hooked it.
    hook: Hook,
}

/// How a process hooked a function.
#[derive(Debug, Default)]
struct Hook {
    started: u64,
    target: u32,
    mechanism: u32,
    reason: String,
}

impl Hook {
    /// By what the latest is the greatest.
    fn order(&self) -> (u64, u32, u32, Option<&str>) {
        order(self.started, self.target, self.mechanism, &self.reason)
    }
}

fn order(started: u64, target: u32, mechanism: u32, reason: &str) -> (u64, u32, u32, Option<&str>) {
    // To compare empty texts, which most are, can take longer than all of the rest: `memcmp` gets a
    // pointer to nothing, and what it loads from there is a fault that the processor suppresses.
    (
        started,
        target,
        mechanism,
        (!reason.is_empty()).then_some(reason),
    )
}

impl Merged {
    /// Adds a recording, or nothing of it where it is damaged.
    ///
    /// # Errors
    /// Its damage.
    pub(super) fn add(&mut self, recording: &Recording<'_>, parts: Parts) -> Result<(), Damage> {
        let header = &recording.header;
        let recorded = recorded::functions(recording, parts.tree)?;
        let (mut calls, mut unfinished) = (0_u64, Vec::new());
        let scale = Scale::of(header.clock);
        for it in &recorded.functions {
            let sums = self.sums_of(&it.function.name);
            let (ended, in_flight) = sums.add(it, header, scale, recording.state);
            calls = calls.saturating_add(ended);
            if in_flight > 0 {
                unfinished.push((it.function.name.to_string(), in_flight));
            }
        }
        if !unfinished.is_empty() {
            let calls = match recording.state {
                State::Killed => &mut self.rest.unfinished,
                State::Running | State::Exited => &mut self.rest.under_way,
            };
            calls.push(Unfinished {
                pid: header.pid,
                started: header.started_wall,
                calls: unfinished,
            });
        }
        if parts.tree {
            self.rest.tree.add(recording, &recorded);
        }
        self.rest.add(Model {
            processes: vec![process(recording, &recorded)],
            stacks: stacks::of(recording, &recorded),
            dropped: Dropped {
                functions: header.dropped_functions.saturating_add(recorded.nameless),
                nodes: header.dropped_nodes,
                recordings: 0,
                stacks: header.stack_troubles,
            },
            overhead_ns: overhead(calls, header.own_cost),
            stopped: header
                .stopped
                .iter()
                .map(|it| stopped(recording, *it))
                .collect(),
            ..Model::default()
        });
        Ok(())
    }

    /// The sums of a function. Most names are known already; only a new one is copied.
    fn sums_of(&mut self, name: &str) -> &mut Sums {
        let next = self.sums.len();
        let index = match self.names.get(name) {
            Some(index) => *index,
            None => {
                self.names.insert(name.to_owned(), next);
                self.sums.push(Sums::default());
                next
            }
        };
        &mut self.sums[index]
    }

    /// Adds an error in place of a recording.
    pub(super) fn skip(&mut self, error: crate::recording::Error) {
        self.rest.dropped.recordings += 1;
        self.rest.skipped.push(error);
    }

    /// Adds what another thread added up.
    pub(super) fn merge(&mut self, other: Self) {
        let (named, rest) = other.named();
        for (name, theirs) in named {
            self.sums_of(&name).merge(theirs);
        }
        self.rest.add(rest);
    }

    /// Each function's name and sums, and everything else.
    fn named(self) -> (Vec<(String, Sums)>, Model) {
        let mut names: Vec<(String, usize)> = self.names.into_iter().collect();
        names.sort_unstable_by_key(|it| it.1);
        let names = names.into_iter().map(|it| it.0);
        (names.zip(self.sums).collect(), self.rest)
    }

    /// The finished model.
    pub(super) fn finish(self) -> Model {
        let (mut named, mut model) = self.named();
        named.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (name, mut sums) in named {
            if sums.calls > 0 || sums.in_flight > 0 {
                model.functions.push(sums.function(&name));
            }
            model.hooked.push(sums.hooked(name));
        }
        model
            .processes
            .sort_by(|a, b| (a.started, a.pid, &a.path).cmp(&(b.started, b.pid, &b.path)));
        model.stopped.sort_unstable();
        model.stacks.sort_unstable();
        model.tree = model.tree.sorted();
        model.unfinished.sort_unstable();
        model.under_way.sort_unstable();
        model.skipped.sort_by_cached_key(ToString::to_string);
        model
    }
}

impl Model {
    /// Adds everything of another model but its functions.
    fn add(&mut self, other: Self) {
        self.processes.extend(other.processes);
        self.stopped.extend(other.stopped);
        self.unfinished.extend(other.unfinished);
        self.under_way.extend(other.under_way);
        self.stacks.extend(other.stacks);
        self.tree.merge(&other.tree);
        self.skipped.extend(other.skipped);
        self.dropped.add(other.dropped);
        self.overhead_ns = self.overhead_ns.saturating_add(other.overhead_ns);
    }
}

impl Sums {
    /// Adds one recording's function; returns its calls that ended and those that didn't.
    fn add(
        &mut self,
        it: &Recorded<'_>,
        header: &Header,
        scale: Scale,
        state: State,
    ) -> (u64, u64) {
        let clock = header.clock;
        self.possible |= !it.function.impossible;
        let function = &it.function;
        let started = header.started_wall;
        if order(
            started,
            function.target,
            function.mechanism,
            &function.reason,
        ) > self.hook.order()
        {
            self.hook = Hook {
                started,
                target: function.target,
                mechanism: function.mechanism,
                reason: function.reason.to_string(),
            };
        }
        if it.records().next().is_none() {
            return (0, 0);
        }
        let mut timed = 0_u64;
        for record in it.records().filter(|it| !it.slots().is_empty()) {
            let histogram = self.latencies.at(scale);
            for (first, counts) in record.counts() {
                timed = timed.saturating_add(histogram.add_slots(first, counts));
            }
        }
        let ended = saturate(it.sum(Record::counted)).saturating_add(timed);
        // Of a process that exited, what was begun and never ended (a generator that nobody
        // exhausted) is no longer on its way.
        let in_flight = match state {
            State::Exited => 0,
            State::Running | State::Killed => saturate(it.in_flight(ended)),
        };
        self.merge(Self {
            calls: ended,
            timed,
            errors: saturate(it.sum(Record::errors)),
            in_flight,
            total_ns: clock.nanoseconds_of_sum(it.total()),
            self_ns: (header.detail == Detail::Tree).then(|| clock.nanoseconds_of_sum(it.own())),
            active_ns: (it.function.shape != Shape::Function)
                .then(|| clock.nanoseconds_of_sum(it.sum(Record::active))),
            least_ns: it.least().map(|ticks| clock.nanoseconds(ticks)),
            most_ns: it.most().map_or(0, |ticks| clock.nanoseconds(ticks)),
            ..Self::default()
        });
        (ended, in_flight)
    }

    fn merge(&mut self, other: Self) {
        for (mine, theirs) in [
            (&mut self.calls, other.calls),
            (&mut self.timed, other.timed),
            (&mut self.errors, other.errors),
            (&mut self.in_flight, other.in_flight),
            (&mut self.total_ns, other.total_ns),
        ] {
            *mine = mine.saturating_add(theirs);
        }
        self.self_ns = either(self.self_ns, other.self_ns, u64::saturating_add);
        self.active_ns = either(self.active_ns, other.active_ns, u64::saturating_add);
        self.least_ns = either(self.least_ns, other.least_ns, u64::min);
        self.most_ns = self.most_ns.max(other.most_ns);
        self.latencies.merge(&other.latencies);
        self.possible |= other.possible;
        if other.hook.order() > self.hook.order() {
            self.hook = other.hook;
        }
    }

    fn function(&mut self, name: &str) -> Function {
        // A live or hostile file may tell a least that is more than its most.
        let min_ns = self.least_ns.unwrap_or(0).min(self.most_ns);
        let percentiles = Percentiles::of(&self.latencies, min_ns, self.most_ns);
        Function {
            name: name.to_owned(),
            calls: self.calls,
            errors: self.errors,
            in_flight: self.in_flight,
            time: percentiles.map(|percentiles| Time {
                total_ns: self.total_ns,
                self_ns: self.self_ns,
                active_ns: self.active_ns,
                min_ns,
                max_ns: self.most_ns,
                mean_ns: self.total_ns as f64 / self.timed as f64,
                percentiles,
            }),
            latencies: std::mem::take(&mut self.latencies),
        }
    }

    fn hooked(self, name: String) -> Hooked {
        Hooked {
            name,
            why_impossible: (!self.possible).then_some(self.hook.reason),
            target_index: self.hook.target,
            hooked_at: self.hook.started,
            mechanism: self.hook.mechanism,
            calls: self.calls,
        }
    }
}

/// Both joined where both are known, else the one that is.
fn either(a: Option<u64>, b: Option<u64>, join: impl Fn(u64, u64) -> u64) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(join(a, b)),
        (a, b) => a.or(b),
    }
}

fn saturate(sum: u128) -> u64 {
    u64::try_from(sum).unwrap_or(u64::MAX)
}

/// What the probe added to a process, in ns, from its cost in 1/1000 ns a call.
fn overhead(calls: u64, own_cost: u64) -> u64 {
    saturate(u128::from(calls) * u128::from(own_cost) / 1000)
}

fn process(recording: &Recording<'_>, recorded: &Functions<'_>) -> Process {
    let header = &recording.header;
    let lived = stacks::lived(recording, recorded);
    let seen = header
        .exited_wall
        .unwrap_or(header.started_wall.saturating_add(lived));
    Process {
        pid: header.pid,
        parent: header.parent,
        host: header.host.clone(),
        started: header.started_wall,
        ended: header.exited_wall,
        seen: seen.max(header.started_wall),
        state: recording.state,
        python: header.python,
        engine: header.engine,
        detail: header.detail,
        argv: header.argv.clone(),
        path: recording.path.clone(),
    }
}

fn stopped(recording: &Recording<'_>, stop: Stop) -> Stopped {
    Stopped {
        path: recording.path.clone(),
        pid: recording.header.pid,
        why: match stop {
            Stop::NoSpace => "no space left on the device".to_owned(),
            Stop::Limit => "it reached its limit on bytes".to_owned(),
            Stop::Other(0) => "an unknown error".to_owned(),
            Stop::Other(errno) => io::Error::from_raw_os_error(errno).to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::recording::header::Engine;
    use crate::recording::testing::{Description, NodeDescription};
    use crate::report::tests::{model_of, named};

    #[test]
    fn ticks_of_a_counter_become_nanoseconds() {
        // The same calls by a counter of 2.4 GHz and by one of 24 MHz (a tick is 41.7 ns), and by
        // the system's clock: 1 ms, 2 ms and 10 ms, and in a coroutine that ran for half of them.
        let at = |hertz: u64| {
            let ticks = |milliseconds: u64| milliseconds * hertz / 1000;
            let mut it = Description {
                clock_multiplier: (1_000_000_000 << 32) / hertz,
                clock_shift: 32,
                engine: 2,
                ..Description::default()
            };
            it.called("a:f", &[ticks(1), ticks(2), ticks(10)]).active = ticks(13) / 2;
            it.functions[0].shape = 2;
            it.functions[0].mechanism = 6;
            it.nodes.push(NodeDescription {
                parent: None,
                function: 0,
                calls: 3,
                total: ticks(13),
                own: ticks(4),
            });
            (it.records[0].total, it.records[0].own) = (0, 0);
            it
        };
        let near = |found: f64, right: f64, error: f64| {
            assert!(
                (found - right).abs() <= right * error,
                "{found} for {right}"
            );
        };
        let clocks = [2_400_000_000, 24_000_000, 1_000_000_000];
        for descriptions in [
            vec![at(clocks[0])],
            vec![at(clocks[1])],
            clocks.map(at).to_vec(),
        ] {
            let processes = descriptions.len() as f64;
            let model = model_of(&descriptions);
            assert_eq!(model.processes[0].engine, Engine::Native);
            assert_eq!(model.hooked[0].mechanism, 6);
            let f = named(&model, "a:f");
            let time = f.time.unwrap();
            assert_eq!(f.calls, 3 * descriptions.len() as u64);
            near(time.min_ns as f64, 1e6, 1e-6);
            near(time.max_ns as f64, 1e7, 1e-6);
            near(time.total_ns as f64, 13e6 * processes, 1e-6);
            near(time.self_ns.unwrap() as f64, 4e6 * processes, 1e-6);
            near(time.active_ns.unwrap() as f64, 6.5e6 * processes, 1e-6);
            near(time.mean_ns, 13e6 / 3.0, 1e-6);
            near(time.percentiles.p50, 2e6, 0.032);
            near(time.percentiles.p90, 1e7, 0.032);
            near(time.percentiles.p99, 1e7, 0.032);
        }
    }
}
