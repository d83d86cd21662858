//! The model as metric families, by the conventions of Prometheus and OpenMetrics
//! (<https://prometheus.io/docs/practices/naming/>,
//! <https://prometheus.io/docs/specs/om/open_metrics_spec/>): base units, one name a family, labels
//! that tell its series apart. Plain values; how they are written down is the encoders' matter.

mod distribution;
mod family;

pub use distribution::{BOUNDS, Distribution};
pub use family::{Family, Kind, Label, Sample, Unit, Value};

use crate::harmless;
use crate::recording::process::State;
use crate::report::model::{Dropped, Function, Model};

/// All families of a model; `version` is that of the program that tells them.
///
/// Each function has a series in every family that says something of it: no histogram where its
/// calls were only counted.
#[must_use]
pub fn families(model: &Model, version: &str) -> Vec<Family> {
    vec![
        Family {
            name: "probe_build",
            help: "The program that tells these metrics",
            kind: Kind::Info,
            unit: Unit::None,
            samples: vec![Sample::new(
                vec![("version", version.to_owned())],
                Value::Count(1),
            )],
        },
        processes(model),
        of_functions(
            model,
            ("probe_calls", "Calls that ended"),
            Kind::Counter,
            |it| Some(Value::Count(it.calls)),
        ),
        of_functions(
            model,
            ("probe_call_errors", "Calls that ended by an exception"),
            Kind::Counter,
            |it| Some(Value::Count(it.errors)),
        ),
        of_functions(
            model,
            (
                "probe_calls_in_flight",
                "Calls begun and not ended, in processes that run or were killed",
            ),
            Kind::Gauge,
            |it| Some(Value::Count(it.in_flight)),
        ),
        of_functions(
            model,
            ("probe_call_duration", "Calls from start to finish"),
            Kind::Histogram,
            |it| Distribution::of(it).map(Value::Distribution),
        )
        .in_seconds(),
        of_functions(
            model,
            (
                "probe_call_self",
                "Time of calls without the timed functions that they called",
            ),
            Kind::Counter,
            |it| Some(Value::Nanoseconds(it.time?.self_ns?)),
        )
        .in_seconds(),
        of_functions(
            model,
            (
                "probe_call_active",
                "Time in which generators and coroutines ran, of their calls",
            ),
            Kind::Counter,
            |it| Some(Value::Nanoseconds(it.time?.active_ns?)),
        )
        .in_seconds(),
    ]
    .into_iter()
    .chain(dropped(model.dropped))
    .chain([Family {
        name: "probe_overhead",
        help: "Time that the probe itself added to the processes",
        kind: Kind::Counter,
        unit: Unit::Seconds,
        samples: vec![Sample::new(
            Vec::new(),
            Value::Nanoseconds(model.overhead_ns),
        )],
    }])
    .collect()
}

fn processes(model: &Model) -> Family {
    let number = |state| {
        model
            .processes
            .iter()
            .filter(|it| it.state == state)
            .count()
    };
    let states = [State::Running, State::Exited, State::Killed];
    let sample = |state: State| {
        let label = ("state", state.name().to_owned());
        Sample::new(vec![label], Value::Count(number(state) as u64))
    };
    Family {
        name: "probe_processes",
        help: "Processes whose recordings were read",
        kind: Kind::Gauge,
        unit: Unit::None,
        samples: states.map(sample).into(),
    }
}

fn dropped(dropped: Dropped) -> impl Iterator<Item = Family> {
    [
        (
            "probe_dropped_functions",
            "Functions without room in a recording, which no other metric has",
            dropped.functions,
        ),
        (
            "probe_dropped_nodes",
            "Calls without room in the call tree, which alone lacks them",
            dropped.nodes,
        ),
        (
            "probe_dropped_recordings",
            "Recordings that could not be read, which no other metric has",
            dropped.recordings,
        ),
        (
            "probe_dropped_stacks",
            "Call stacks of threads that had no room or were repaired",
            dropped.stacks,
        ),
    ]
    .into_iter()
    .map(|(name, help, number)| Family {
        name,
        help,
        kind: Kind::Counter,
        unit: Unit::None,
        samples: vec![Sample::new(Vec::new(), Value::Count(number))],
    })
}

/// A family with a sample for each function of which there is a value.
fn of_functions(
    model: &Model,
    (name, help): (&'static str, &'static str),
    kind: Kind,
    value: impl Fn(&Function) -> Option<Value>,
) -> Family {
    let sample = |it: &Function| Some(Sample::new(labels(&it.name), value(it)?));
    Family {
        name,
        help,
        kind,
        unit: Unit::None,
        samples: model.functions.iter().filter_map(sample).collect(),
    }
}

/// `function` is the whole `module:qualname`, as in a report; `module` is there to sum by.
fn labels(name: &str) -> Vec<Label> {
    let module = name.split_once(':').map_or("", |(module, _)| module);
    vec![
        ("function", harmless::name(name)),
        ("module", harmless::name(module)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{model_of, shop};

    fn family<'a>(families: &'a [Family], name: &str) -> &'a Family {
        families.iter().find(|it| it.name == name).unwrap()
    }

    #[test]
    fn each_function_has_its_figures() {
        let model = model_of(&shop());
        let families = families(&model, "1.2.3");
        for (name, of) in [
            ("probe_calls", (|it| it.calls) as fn(&Function) -> u64),
            ("probe_call_errors", |it| it.errors),
            ("probe_calls_in_flight", |it| it.in_flight),
        ] {
            let samples = &family(&families, name).samples;
            assert_eq!(samples.len(), model.functions.len());
            for (sample, function) in samples.iter().zip(&model.functions) {
                assert_eq!(sample.value, Value::Count(of(function)));
                assert_eq!(sample.labels[0], ("function", function.name.clone()));
                let (_, module) = &sample.labels[1];
                assert!(function.name.starts_with(&format!("{module}:")));
            }
        }
        let durations = &family(&families, "probe_call_duration").samples;
        for (sample, function) in durations.iter().zip(&model.functions) {
            let Value::Distribution(found) = &sample.value else {
                panic!("{sample:?}");
            };
            let time = function.time.unwrap();
            assert_eq!(found.count(), function.calls);
            assert_eq!(found.sum_ns, time.total_ns);
        }
        let states: Vec<(&str, &Value)> = family(&families, "probe_processes")
            .samples
            .iter()
            .map(|it| (&*it.labels[0].1, &it.value))
            .collect();
        let one = Value::Count(1);
        assert_eq!(
            states,
            [("running", &one), ("exited", &one), ("killed", &one)]
        );
    }

    #[test]
    fn names_differ_and_are_those_of_metrics() {
        let families = families(&Model::default(), "1");
        let mut names: Vec<&str> = families.iter().map(|it| it.name).collect();
        let count = names.len();
        for name in &names {
            assert!(name.starts_with("probe_"));
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
            // The encoders add it.
            assert!(!name.ends_with("_total") && !name.ends_with("_seconds"));
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
