//! The families of a model: which metrics there are, with their names, units and labels.

use std::collections::{BTreeMap, HashMap};

use crate::harmless;
use crate::metrics::distribution::Distribution;
use crate::metrics::family::{Family, Kind, Sample, Value};
use crate::recording::process::State;
use crate::report::Model;
use crate::report::model::Function;

/// What was recorded, as metrics.
#[must_use]
pub fn families(model: &Model) -> Vec<Family> {
    let mut families = of_functions(model);
    families.extend(whole(model));
    families.push(processes(model));
    families.push(build());
    families.retain(|family| !family.samples.is_empty());
    families
}

/// The families that have a sample for each function of which there is a value.
fn of_functions(model: &Model) -> Vec<Family> {
    let samples = |value: &dyn Fn(&Function) -> Option<Value>| {
        let samples = model.functions.iter().filter_map(|function| {
            Some(Sample {
                labels: labels(&function.name),
                value: value(function)?,
            })
        });
        samples.collect()
    };
    let dead = calls_of_the_dead(model);
    vec![
        Family {
            name: "probe_calls",
            help: "Calls that ended.",
            kind: Kind::Counter,
            unit: None,
            samples: samples(&|it| Some(Value::Integer(it.calls))),
        },
        Family {
            name: "probe_call_errors",
            help: "Calls that ended by an exception.",
            kind: Kind::Counter,
            unit: None,
            samples: samples(&|it| Some(Value::Integer(it.errors))),
        },
        Family {
            name: "probe_call_duration_seconds",
            help: "How long calls took, from start to finish.",
            kind: Kind::Histogram,
            unit: Some("seconds"),
            samples: samples(&|it| Distribution::of(it).map(Value::Distribution)),
        },
        Family {
            name: "probe_call_self_seconds",
            help: "Time of calls without the timed functions that they called.",
            kind: Kind::Counter,
            unit: Some("seconds"),
            samples: samples(&|it| it.time?.self_ns.map(seconds)),
        },
        Family {
            name: "probe_call_active_seconds",
            help: "Time in which generators and coroutines ran, of their calls.",
            kind: Kind::Counter,
            unit: Some("seconds"),
            samples: samples(&|it| it.time?.active_ns.map(seconds)),
        },
        Family {
            name: "probe_calls_in_flight",
            help: "Calls begun and not ended, in processes that run.",
            kind: Kind::Gauge,
            unit: None,
            samples: samples(&|it| {
                let dead = dead.get(it.name.as_str()).copied().unwrap_or(0);
                Some(Value::Integer(it.in_flight.saturating_sub(dead)))
            }),
        },
    ]
}

/// `function` is the whole `module:qualname`, as in a report; `module` is there to sum by. What is
/// harmful in a name is escaped so that each name stays another's: a series must not come twice.
fn labels(name: &str) -> Vec<(&'static str, String)> {
    let module = name.split_once(':').map_or("", |(module, _)| module);
    vec![
        ("function", harmless::name(name)),
        ("module", harmless::name(module)),
    ]
}

/// Calls that killed processes were in, by function: they will never end.
fn calls_of_the_dead(model: &Model) -> HashMap<&str, u64> {
    let mut dead: HashMap<&str, u64> = HashMap::new();
    for (name, calls) in model.unfinished.iter().flat_map(|it| &it.calls) {
        let sum = dead.entry(name).or_default();
        *sum = sum.saturating_add(*calls);
    }
    dead
}

/// What is known of all processes together.
fn whole(model: &Model) -> Vec<Family> {
    let one = |name, help, kind, unit, value| Family {
        name,
        help,
        kind,
        unit,
        samples: vec![Sample {
            labels: Vec::new(),
            value,
        }],
    };
    let dropped = model.dropped;
    vec![
        one(
            "probe_overhead_seconds",
            "Time that the probe itself added to the processes.",
            Kind::Counter,
            Some("seconds"),
            seconds(model.overhead_ns),
        ),
        one(
            "probe_dropped_functions",
            "Functions without room in a recording, which no other metric has.",
            Kind::Counter,
            None,
            Value::Integer(dropped.functions),
        ),
        one(
            "probe_dropped_nodes",
            "Calls without room in the call tree; they count in their function.",
            Kind::Counter,
            None,
            Value::Integer(dropped.nodes),
        ),
        one(
            "probe_dropped_stacks",
            "Call stacks of threads that had no room or were repaired.",
            Kind::Counter,
            None,
            Value::Integer(dropped.stacks),
        ),
        one(
            "probe_unreadable_recordings",
            "Recordings that can't be read, which no other metric has.",
            Kind::Gauge,
            None,
            Value::Integer(dropped.recordings),
        ),
    ]
}

fn processes(model: &Model) -> Family {
    let mut states: BTreeMap<State, u64> = [State::Running, State::Exited, State::Killed]
        .map(|state| (state, 0))
        .into();
    for process in &model.processes {
        *states.entry(process.state).or_default() += 1;
    }
    let samples = states.into_iter().map(|(state, count)| Sample {
        labels: vec![("state", state.name().to_owned())],
        value: Value::Integer(count),
    });
    Family {
        name: "probe_processes",
        help: "Processes of which there is a recording.",
        kind: Kind::Gauge,
        unit: None,
        samples: samples.collect(),
    }
}

fn build() -> Family {
    Family {
        name: "probe_build",
        help: "The version of the probe that tells this.",
        kind: Kind::Info,
        unit: None,
        samples: vec![Sample {
            labels: vec![("version", env!("CARGO_PKG_VERSION").to_owned())],
            value: Value::Integer(1),
        }],
    }
}

fn seconds(nanoseconds: u64) -> Value {
    Value::Number(nanoseconds as f64 / 1e9)
}
