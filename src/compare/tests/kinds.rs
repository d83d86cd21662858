//! What is told of a function beside its time: that it is new, gone, rare or untimed, or fails more
//! often.

use super::{USUAL, name, of, part};
use crate::compare::compare;
use crate::compare::snapshot::{Entry, Group, Part, Snapshot};
use crate::compare::verdict::{Errors, Verdict};

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
