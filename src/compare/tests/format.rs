//! Snapshots as text: what was written is read, and what can't be is refused.

use std::path::Path;

use proptest::prelude::*;

use super::{Scene, USUAL};
use crate::compare::snapshot::{Entry, Group, Part, Snapshot, Times};
use crate::compare::{Sparse, codec, compare};
use crate::latency::Scale;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

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
