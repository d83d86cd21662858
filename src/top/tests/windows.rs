//! What a window says of two samples.

use std::rc::Rc;

use proptest::prelude::*;

use super::{ask, counted, reading, running, sample, slots};
use crate::latency::Latencies;
use crate::recording::process::State;
use crate::top::sample::{Name, Sample};
use crate::top::window::{By, Figures, Key, Only, Question, Wanted, Window, between};

fn function(name: &str) -> Key {
    Key::Function(Name::from(name))
}

fn of<'a>(window: &'a Window, name: &str) -> &'a Figures {
    &window.figures[&function(name)]
}

fn last(before: &Sample, after: &Sample) -> Window {
    between(Some(before), after, ask(By::Function, Wanted::Window))
}

#[test]
fn figures_are_those_of_the_window() {
    let before = sample(10, vec![reading(1, vec![counted("a:f", &[5, 6])])]);
    let mut later = counted("a:f", &[5, 6, 1000, 2000, 1_000_000]);
    (later.errors, later.in_flight) = (2, 4);
    let after = sample(12, vec![reading(1, vec![later])]);
    let window = last(&before, &after);
    assert_eq!(window.seconds, 2.0);
    let it = of(&window, "a:f");
    assert_eq!((it.calls, it.errors), (3, 2));
    assert_eq!((it.all_calls, it.all_errors, it.in_flight), (5, 2, 4));
    assert_eq!(window.rate(it.calls), Some(1.5));
    let found = it.percentiles().unwrap();
    assert!((found.p50 / 2000.0 - 1.0).abs() < 0.032, "{found:?}");
    assert!((found.p99 / 1e6 - 1.0).abs() < 0.032, "{found:?}");
    let all = between(Some(&before), &after, ask(By::Function, Wanted::All));
    let found = of(&all, "a:f").percentiles().unwrap();
    assert!((found.p50 / 1000.0 - 1.0).abs() < 0.032, "{found:?}");
    assert_eq!(of(&all, "a:f").calls, 3);
}

#[test]
fn a_process_that_came_counts_from_its_start_and_one_that_went_does_not_count() {
    let before = sample(10, vec![reading(1, vec![counted("a:f", &[5; 100])])]);
    let mut new = reading(2, vec![counted("a:f", &[7, 8])]);
    new.started = 10_500_000_000;
    let after = sample(11, vec![new]);
    let window = last(&before, &after);
    let it = of(&window, "a:f");
    assert_eq!((it.calls, it.all_calls), (2, 2));

    // One that ran before, and couldn't be read then: nobody knows when its calls were.
    let after = sample(11, vec![reading(3, vec![counted("a:f", &[7, 8])])]);
    let window = last(&before, &after);
    let it = of(&window, "a:f");
    assert_eq!((it.calls, it.all_calls), (0, 2));
    assert_eq!(it.percentiles(), None);
}

#[test]
fn the_first_sample_has_no_rates() {
    let only = sample(10, vec![reading(1, vec![counted("a:f", &[5, 6])])]);
    let window = between(None, &only, ask(By::Function, Wanted::Window));
    assert_eq!(window.rate(of(&window, "a:f").calls), None);
    assert_eq!(of(&window, "a:f").all_calls, 2);
}

#[test]
fn functions_and_processes_are_added_up() {
    let processes = |a: &[u64], b: &[u64]| {
        vec![
            reading(1, vec![counted("a:f", a), counted("a:g", &[1])]),
            // Of one name, two records.
            reading(2, vec![counted("a:f", b), counted("a:f", &[9])]),
            reading(3, vec![]),
        ]
    };
    let before = sample(1, processes(&[4], &[5]));
    let after = sample(2, processes(&[4, 4], &[5, 5, 5]));
    let window = last(&before, &after);
    assert_eq!(of(&window, "a:f").calls, 3);
    assert_eq!(of(&window, "a:f").all_calls, 6);
    assert_eq!(of(&window, "a:g").calls, 0);
    let by_process = |only: Option<Key>| {
        let question = Question {
            only: &Only(only),
            ..ask(By::Process, Wanted::Window)
        };
        let window = between(Some(&before), &after, question);
        let mut calls: Vec<(u64, u64)> = window
            .figures
            .values()
            .map(|it| (it.calls, it.all_calls))
            .collect();
        calls.sort_unstable();
        calls
    };
    assert_eq!(by_process(None), [(0, 0), (1, 3), (2, 4)]);
    assert_eq!(by_process(Some(function("a:g"))), [(0, 1)]);
    let second = Key::Process(Rc::clone(&after.readings[1].path));
    let question = Question {
        only: &Only(Some(second)),
        ..ask(By::Function, Wanted::Window)
    };
    let window = between(Some(&before), &after, question);
    assert_eq!(window.figures.len(), 1);
    assert_eq!(of(&window, "a:f").calls, 2);
}

#[test]
fn functions_that_change_their_places_are_found() {
    let before = sample(
        1,
        vec![reading(
            1,
            vec![counted("a:f", &[1]), counted("a:g", &[1, 2])],
        )],
    );
    let after = sample(
        2,
        vec![reading(
            1,
            vec![
                counted("a:new", &[1, 2, 3]),
                counted("a:f", &[1, 2]),
                counted("a:g", &[1, 2]),
            ],
        )],
    );
    let window = last(&before, &after);
    let calls = ["a:new", "a:f", "a:g"].map(|name| of(&window, name).calls);
    assert_eq!(calls, [3, 1, 0]);
}

#[test]
fn what_runs_gets_older_and_what_was_killed_does_not() {
    let mut alive = reading(1, vec![counted("a:f", &[1]), counted("a:g", &[])]);
    alive.functions[0].in_flight = 2;
    alive.running = running(&[("a:f", 5), ("a:g", 4), ("a:f", 2), ("a:h", 1)]);
    let mut killed = reading(2, vec![counted("a:g", &[1])]);
    killed.functions[0].in_flight = 1;
    killed.running = running(&[("a:g", 9)]);
    killed.state = State::Killed;
    let mut after = sample(10, vec![alive, killed]);
    // Nothing has changed for three seconds.
    after.monotonic_ns = 13_000_000_000;
    let window = between(None, &after, ask(By::Function, Wanted::Window));
    let seconds = |name| of(&window, name).oldest_ns.map(|age| age / 1_000_000_000);
    assert_eq!(["a:f", "a:g", "a:h"].map(seconds), [8, 7, 4].map(Some));
    assert_eq!(of(&window, "a:f").in_flight, 2);
    assert_eq!(of(&window, "a:g").in_flight, 0);
    let window = between(None, &after, ask(By::Process, Wanted::Window));
    let key = Key::Process(Rc::clone(&after.readings[1].path));
    let killed = &window.figures[&key];
    assert_eq!(
        (killed.in_flight, killed.oldest_ns),
        (1, Some(9_000_000_000))
    );
}

proptest! {
    /// The window's histogram is the difference: that of the calls which came in between.
    #[test]
    fn the_histogram_is_the_difference(
        earlier in proptest::collection::vec(0_u64..1 << 40, 0..50),
        new in proptest::collection::vec(0_u64..1 << 40, 0..50),
    ) {
        let all = [earlier.clone(), new.clone()].concat();
        let before = sample(1, vec![reading(1, vec![counted("a:f", &earlier)])]);
        let after = sample(2, vec![reading(1, vec![counted("a:f", &all)])]);
        let window = last(&before, &after);
        let it = of(&window, "a:f");
        prop_assert_eq!(it.calls, new.len() as u64);
        let slots = slots(&new);
        let mut right = Latencies::default();
        if !all.is_empty() {
            right.at(after.readings[0].scale).add_counts(slots.first, slots.counts.clone());
        }
        // Nothing changed: then there is no histogram at all, or an empty one.
        if new.is_empty() {
            prop_assert_eq!(it.percentiles(), None);
        } else {
            prop_assert_eq!(&it.latencies, &right);
        }
    }

    /// Of whatever two samples, in whatever order: no figure is negative, which is to say no
    /// subtraction goes below zero, and none is more than there are calls.
    #[test]
    fn no_figure_is_negative(
        one in proptest::collection::vec((0_u32..4, 0_usize..3, any::<u64>(), any::<u64>()), 0..12),
        other in proptest::collection::vec((0_u32..4, 0_usize..3, any::<u64>(), any::<u64>()), 0..12),
        seconds in (0_u64..5, 0_u64..5),
    ) {
        let made = |second, figures: &[(u32, usize, u64, u64)]| {
            let readings = figures.iter().map(|(pid, name, calls, errors)| {
                let mut it = counted(["a:f", "a:g", "a:h"][*name], &[calls >> 20, errors >> 20]);
                (it.calls, it.errors) = (*calls, *errors);
                reading(*pid, vec![it])
            });
            sample(second, readings.collect())
        };
        let (before, after) = (made(seconds.0, &one), made(seconds.1, &other));
        for by in [By::Function, By::Process] {
            for wanted in [Wanted::None, Wanted::Window, Wanted::All] {
                let window = between(Some(&before), &after, ask(by, wanted));
                prop_assert!(window.seconds >= 0.0);
                for it in window.figures.values() {
                    prop_assert!(it.calls <= it.all_calls);
                    prop_assert!(it.errors <= it.all_errors);
                    prop_assert!(window.rate(it.calls).is_none_or(|rate| rate >= 0.0));
                }
            }
        }
    }
}
