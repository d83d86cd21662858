//! What is called slower or faster, and what is chance or the machine.

use proptest::prelude::*;

use super::{Scene, USUAL, changed, of};
use crate::compare::compare;
use crate::compare::verdict::{Options, Verdict};

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

/// Lists that are moved as they grow are slower all through some processes.
#[test]
fn processes_of_bad_luck_hide_no_change() {
    let with_luck = |seed: u64, factor: f64, odd: &[(usize, f64)]| {
        let scene = |factor| {
            let scene = Scene {
                changed: vec![(17, factor)],
                seed,
                ..Scene::new(50, 10)
            };
            scene.snapshot()
        };
        let mut snapshot = scene(factor);
        for (process, luck) in odd {
            let part = scene(factor * luck).functions[17].parts[*process].clone();
            snapshot.functions[17].parts[*process] = part;
        }
        snapshot
    };
    let bad = [(0, 1.12), (4, 1.2), (5, 1.15)];
    let before = with_luck(1, 1.0, &bad);
    for seed in 2..6 {
        let slower = compare(&before, &with_luck(seed, 1.1, &bad[1..]), USUAL);
        assert_eq!(changed(&slower), [("work:f17", Verdict::Slower)]);
        let share = of(&slower, "work:f17").change.unwrap().share();
        assert!((share - 0.1).abs() < 0.01, "{share}");
        let same = compare(&before, &with_luck(seed, 1.0, &bad[2..]), USUAL);
        assert_eq!(changed(&same), []);
        // A fifth of the processes may be lucky, and it is no change.
        let lucky = compare(&before, &with_luck(seed, 1.0, &[(3, 0.7), (8, 0.8)]), USUAL);
        assert_eq!(
            changed(&lucky),
            [],
            "{:?} {:?}",
            of(&lucky, "work:f17").change,
            lucky.noise
        );
    }
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
}
