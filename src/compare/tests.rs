//! Comparing snapshots that are made here, with changes and chance that are known.

use std::path::Path;

use proptest::prelude::*;

use super::codec;
use super::snapshot::{Entry, Group, Part, Snapshot, Times};
use super::verdict::{Compared, Comparison, Errors, Options, Verdict};
use super::{Sparse, compare};
use crate::latency::{Latencies, Scale};
use crate::recording::clock::Clock;

const USUAL: Options = Options {
    threshold: 5.0,
    without_drift: true,
};

/// A sequence that looks like chance, between 0 and 1, the same each time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// What is to be in a snapshot.
#[derive(Clone)]
struct Scene {
    functions: usize,
    processes: usize,
    calls: usize,
    /// How much slower the machine is, in each process.
    machine: Vec<f64>,
    /// Functions that are slower or faster than usual.
    changed: Vec<(usize, f64)>,
    seed: u64,
}

impl Scene {
    fn new(functions: usize, processes: usize) -> Self {
        Self {
            functions,
            processes,
            calls: 300,
            machine: vec![1.0],
            changed: Vec::new(),
            seed: 1,
        }
    }

    fn snapshot(&self) -> Snapshot {
        let mut chance = Chance(self.seed);
        let entry = |function: usize| {
            let usual = 10_000.0 * (1.0 + function as f64 / 7.0);
            let change = self.changed.iter().find(|it| it.0 == function);
            let usual = usual * change.map_or(1.0, |it| it.1);
            let parts = (0..self.processes).map(|process| {
                let machine = self.machine[process % self.machine.len()];
                let calls = (0..self.calls).map(|_| {
                    let noise = 1.0 + 0.04 * chance.next();
                    // One call of a hundred is interrupted for long.
                    let pause = if chance.next() < 0.01 {
                        3e6 * chance.next()
                    } else {
                        0.0
                    };
                    (usual * noise * machine + pause) as u64
                });
                part(process, &calls.collect::<Vec<u64>>(), 0)
            });
            Entry {
                name: name(function),
                parts: parts.collect(),
            }
        };
        Snapshot {
            groups: vec![Group::default(); self.processes],
            functions: (0..self.functions).map(entry).collect(),
            ..Snapshot::default()
        }
    }
}

fn name(function: usize) -> String {
    format!("work:f{function:02}")
}

fn part(group: usize, calls: &[u64], errors: u64) -> Part {
    let mut latencies = Latencies::default();
    for call in calls {
        latencies.at(Scale::of(Clock::NANOSECONDS)).add(*call);
    }
    Part {
        group,
        calls: calls.len() as u64,
        errors,
        times: calls.first().map(|_| Times {
            total_ns: calls.iter().sum(),
            self_ns: None,
            min_ns: *calls.iter().min().unwrap(),
            max_ns: *calls.iter().max().unwrap(),
            latencies: Sparse::of(&latencies),
        }),
    }
}

fn of<'a>(comparison: &'a Comparison, name: &str) -> &'a Compared {
    comparison
        .functions
        .iter()
        .find(|it| it.name == name)
        .unwrap()
}

fn changed(comparison: &Comparison) -> Vec<(&str, Verdict)> {
    let changed = comparison.functions.iter().filter(|it| it.changed());
    changed.map(|it| (it.name.as_str(), it.verdict)).collect()
}

#[test]
fn the_one_that_is_slower_is_named_and_no_other() {
    for processes in [1, 2, 5] {
        for seed in 1..6 {
            let before = Scene::new(50, processes);
            let mut after = before.clone();
            after.seed = 100 + seed;
            // Another machine, and in each process another one.
            after.machine = vec![1.2, 1.3, 0.9];
            let same = compare(&before.snapshot(), &after.snapshot(), USUAL);
            assert_eq!(changed(&same), [], "{processes} processes, seed {seed}");
            after.changed = vec![(17, 1.1)];
            let one = compare(&before.snapshot(), &after.snapshot(), USUAL);
            assert_eq!(changed(&one), [("work:f17", Verdict::Slower)]);
            let share = of(&one, "work:f17").change.unwrap().share();
            assert!((share - 0.1).abs() < 0.02, "{share}");
            assert_eq!(one.functions[0].name, "work:f17");
            // 10 % of 300 calls of 34 µs in each process.
            let right = 0.1 * 300.0 * processes as f64 * 34_285.0;
            assert!((one.functions[0].impact_ns / right - 1.0).abs() < 1.5);
        }
    }
}

#[test]
fn what_all_have_in_common_is_the_machines_unless_it_is_wanted() {
    let before = Scene::new(20, 3);
    let mut after = before.clone();
    after.machine = vec![1.2];
    after.seed = 2;
    let (before, after) = (before.snapshot(), after.snapshot());
    let usual = compare(&before, &after, USUAL);
    assert!((usual.drift.unwrap() - 1.2).abs() < 0.01);
    assert_eq!(changed(&usual), []);
    let kept = compare(
        &before,
        &after,
        Options {
            without_drift: false,
            ..USUAL
        },
    );
    assert_eq!(kept.drift, None);
    assert_eq!(changed(&kept).len(), 20);
}

/// CPython specialises code by its first calls, and not always alike.
#[test]
fn one_lucky_process_is_no_change() {
    let before = Scene::new(50, 5);
    let mut after = before.clone();
    after.seed = 3;
    let (before, mut after) = (before.snapshot(), after.snapshot());
    let lucky = Scene {
        changed: vec![(9, 0.7)],
        ..Scene::new(50, 5)
    };
    after.functions[9].parts[2] = lucky.snapshot().functions[9].parts[2].clone();
    let comparison = compare(&before, &after, USUAL);
    assert_eq!(changed(&comparison), []);
    assert_eq!(of(&comparison, "work:f09").verdict, Verdict::Unclear);
}

#[test]
fn few_functions_tell_only_of_great_changes() {
    let before = Scene::new(3, 1);
    for (factor, verdict) in [
        (1.1, Verdict::Unclear),
        (2.0, Verdict::Slower),
        (0.5, Verdict::Faster),
    ] {
        let mut after = before.clone();
        after.changed = vec![(1, factor)];
        let comparison = compare(&before.snapshot(), &after.snapshot(), USUAL);
        assert!(comparison.noise_assumed);
        assert_eq!(comparison.drift, None);
        assert_eq!(of(&comparison, "work:f01").verdict, verdict, "{factor}");
    }
}

#[test]
fn small_changes_are_the_same_until_the_threshold_is_smaller() {
    let before = Scene::new(50, 5);
    let mut after = before.clone();
    after.seed = 7;
    after.changed = vec![(5, 1.03)];
    let (before, after) = (before.snapshot(), after.snapshot());
    assert_eq!(
        of(&compare(&before, &after, USUAL), "work:f05").verdict,
        Verdict::Same
    );
    let sharper = compare(
        &before,
        &after,
        Options {
            threshold: 1.0,
            ..USUAL
        },
    );
    assert_eq!(changed(&sharper), [("work:f05", Verdict::Slower)]);
}

#[test]
fn new_gone_rare_and_untimed_ones_are_told_apart() {
    let one = |name: &str, part: Part| Entry {
        name: name.to_owned(),
        parts: vec![part],
    };
    let counted = Part {
        calls: 50,
        ..Part::default()
    };
    let snapshot = |functions: Vec<Entry>| Snapshot {
        groups: vec![Group::default()],
        functions,
        ..Snapshot::default()
    };
    let before = snapshot(vec![
        one("a:counted", counted.clone()),
        one("a:gone", part(0, &[1000; 50], 0)),
        one("a:rare", part(0, &[1000; 3], 0)),
    ]);
    let after = snapshot(vec![
        one("a:counted", counted),
        one("a:idle", Part::default()),
        one("a:new", part(0, &[2000; 50], 0)),
        one("a:rare", part(0, &[9000; 3], 0)),
    ]);
    let comparison = compare(&before, &after, USUAL);
    let verdicts: Vec<(&str, Verdict)> = (comparison.functions.iter())
        .map(|it| (it.name.as_str(), it.verdict))
        .collect();
    assert_eq!(
        verdicts,
        [
            ("a:new", Verdict::New),
            ("a:gone", Verdict::Gone),
            ("a:counted", Verdict::Untimed),
            ("a:rare", Verdict::TooFew),
        ]
    );
    assert_eq!(of(&comparison, "a:new").impact_ns, 100_000.0);
    assert_eq!(of(&comparison, "a:gone").impact_ns, -50_000.0);
}

#[test]
fn errors_are_compared_by_their_share() {
    let snapshot = |errors: [u64; 3]| Snapshot {
        groups: vec![Group::default()],
        functions: (errors.into_iter().enumerate())
            .map(|(index, errors)| Entry {
                name: name(index),
                parts: vec![part(0, &[1000; 1000], errors)],
            })
            .collect(),
        ..Snapshot::default()
    };
    let comparison = compare(&snapshot([0, 100, 10]), &snapshot([20, 40, 12]), USUAL);
    let errors = |index| of(&comparison, &name(index)).errors;
    assert!(matches!(errors(0), Errors::More { chance } if chance < 1e-4));
    assert!(matches!(errors(1), Errors::Fewer { chance } if chance < 1e-4));
    assert_eq!(errors(2), Errors::Same);
    assert!(of(&comparison, &name(0)).worse());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn backwards_is_the_opposite(
        functions in 1_usize..20, processes in (1_usize..5, 1_usize..5), factor in 0.3..3.0_f64,
        machine in 0.5..2.0_f64, seed: u64,
    ) {
        let mut before = Scene::new(functions, processes.0);
        before.calls = 40;
        let mut after = Scene::new(functions, processes.1);
        after.calls = 40;
        after.machine = vec![machine, 1.0];
        after.changed = vec![(0, factor)];
        after.seed = seed;
        let (before, after) = (before.snapshot(), after.snapshot());
        let (there, back) = (compare(&before, &after, USUAL), compare(&after, &before, USUAL));
        for one in &there.functions {
            let other = of(&back, &one.name);
            let (a, b) = (one.change.unwrap(), other.change.unwrap());
            prop_assert!((a.log + b.log).abs() < 1e-9, "{} {}", a.log, b.log);
            prop_assert!((a.error - b.error).abs() < 1e-9);
            let opposite = match one.verdict {
                Verdict::Slower => Verdict::Faster,
                Verdict::Faster => Verdict::Slower,
                other => other,
            };
            prop_assert_eq!(other.verdict, opposite);
        }
    }

    #[test]
    fn what_was_written_is_read(
        names in proptest::collection::btree_set(any::<String>(), 0..8),
        numbers in proptest::collection::vec((any::<u64>(), 0_u32..64), 30),
        slots in proptest::collection::btree_set(0_u16..752, 1..30),
        scale in -65_536_i32..=65_536,
    ) {
        let mut numbers = numbers.into_iter().cycle().map(|(number, shift)| number >> shift);
        let mut number = || numbers.next().unwrap_or(0);
        let groups = (0..3).map(|index| Group {
            processes: number(),
            started: number(),
            ended: (index == 1).then(&mut number),
            hosts: names.clone(),
            ..Group::default()
        });
        let groups: Vec<Group> = groups.collect();
        let functions = names.iter().map(|name| Entry {
            name: name.clone(),
            parts: (0..2).map(|group| Part {
                group,
                calls: number(),
                errors: number(),
                times: (group == 0).then(|| Times {
                    total_ns: number(),
                    self_ns: Some(number()),
                    min_ns: number(),
                    max_ns: number(),
                    latencies: Sparse {
                        by_scale: vec![(
                            Scale::from_number(scale).unwrap(),
                            slots.iter().map(|slot| (*slot, number().max(1))).collect(),
                        )],
                    },
                }),
            }).collect(),
        });
        let functions: Vec<Entry> = functions.collect();
        let snapshot = Snapshot { taken: number(), venv: names.first().cloned(), groups, functions, missing: number() };
        let text = codec::write(&snapshot).unwrap();
        let back = codec::read(text.as_bytes(), Path::new("x")).unwrap();
        prop_assert_eq!(&back, &snapshot);
        // Whatever it says, it can be compared.
        let comparison = compare(&back, &Scene::new(9, 1).snapshot(), USUAL);
        prop_assert!(comparison.functions.len() <= names.len() + 9);
        let itself = compare(&back, &snapshot, USUAL);
        prop_assert!(itself.functions.iter().all(|it| !it.changed()));
    }

    #[test]
    fn no_text_breaks_the_reader(
        at in any::<proptest::sample::Index>(), length in 0_usize..20, new in "[-0-9a-z\"\\[\\]{},:.e]{0,8}",
    ) {
        let mut text = codec::write(&Scene::new(2, 2).snapshot()).unwrap();
        let from = at.index(text.len());
        let to = (from + length).min(text.len());
        text.replace_range(from..to, &new);
        if let Ok(snapshot) = codec::read(text.as_bytes(), Path::new("x")) {
            let _ = compare(&snapshot, &Scene::new(2, 2).snapshot(), USUAL);
        }
    }
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let good = codec::write(&Scene::new(1, 1).snapshot()).unwrap();
    for (from, to, why) in [
        (
            "\"schema\": 1",
            "\"schema\": 2",
            "is a snapshot in format 2",
        ),
        (
            "\"probe snapshot\"",
            "\"something\"",
            "its format is `something`",
        ),
        (
            "\"group\":0",
            "\"group\":1",
            "there is no group 1, of the function `work:f00`",
        ),
        (
            "\"scale\":0",
            "\"scale\":99999",
            "no clock has the scale 99999",
        ),
        ("\"calls\":300", "\"calls\":-1", "invalid value"),
        ("\"calls\":300", "\"calls\":1e400", "number out of range"),
        ("\"min_ns\":", "\"min_ns\":NaN,\"x\":", "expected value"),
        ("[[", "[[752,1],[", "there is no slot 752"),
        ("[[", "[[700,1],[", "the slots aren't in order"),
        (
            "[[",
            "[[0,0],[",
            "the slots aren't in order, or one is empty",
        ),
        ("\"functions\"", "\"fun\"", "missing field `functions`"),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        let error = codec::read(text.as_bytes(), Path::new("x.json")).unwrap_err();
        assert!(error.to_string().contains(why), "{from}: {error}");
    }
    // Whatever later versions add is ignored.
    let more = good.replacen("\"calls\":300", "\"calls\":300,\"later\":[1]", 1);
    assert!(codec::read(more.as_bytes(), Path::new("x")).is_ok());
}
