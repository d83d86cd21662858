//! The comparison: each function's change, how sure it is, and what to call it.
//!
//! A change is that of the typical time and of the fast time (`location`), without what all
//! functions have in common (`drift`), on a logarithmic scale, so that twice and half are alike;
//! how sure each is is `estimate`'s. A function is slower or faster where one of them is beyond
//! the threshold, and surely beyond half of it (Student's t, one-sided, with Holm's correction
//! over both figures of all functions), and the other doesn't go the other way. It is the same only by the
//! typical time, since the fast one knows nothing of slow paths.

use std::collections::BTreeMap;

use crate::compare::drift::LEAST_FUNCTIONS;
use crate::compare::estimate::{Pair, Unsteady, estimates};
use crate::compare::side::{LEAST_CALLS, Side};
use crate::compare::snapshot::Snapshot;
use crate::compare::statistics::{fisher, holm};
use crate::compare::verdict::{
    Change, Compared, Comparison, Errors, Figure, Options, Verdict, rank,
};

/// The probability of calling anything a change that isn't.
pub(super) const LEVEL: f64 = 0.05;

/// Of the threshold, the part that a change must surely be beyond. All of it would hide changes
/// of twice the threshold wherever noise is a third of it.
pub(super) const SURE: f64 = 0.5;

/// Compares two snapshots.
#[must_use]
pub fn compare(before: &Snapshot, after: &Snapshot, options: Options) -> Comparison {
    let mut functions = join(before, after);
    let pairs: Vec<Pair<'_>> = functions.iter().enumerate().filter_map(testable).collect();
    let enough = pairs.len() >= LEAST_FUNCTIONS;
    let threshold = (options.threshold / 100.0).ln_1p();
    let sure = (options.threshold * SURE / 100.0).ln_1p();
    let by = |figure, unsteady: &Unsteady| {
        estimates(figure, &pairs, options.without_drift, sure, unsteady)
    };
    let mut typical = by(Figure::Typical, &Unsteady::new());
    let mut fast = by(Figure::Fast, &typical.unsteady);
    let all = typical
        .changes
        .values_mut()
        .chain(fast.changes.values_mut());
    let all: Vec<&mut Change> = all.collect();
    let chances = holm(&all.iter().map(|it| it.chance).collect::<Vec<f64>>());
    for (change, chance) in all.into_iter().zip(chances) {
        change.chance = chance;
    }
    for (index, typical) in &typical.changes {
        let (verdict, change) = judged(*typical, fast.changes.get(index).copied(), threshold);
        functions[*index].verdict = verdict;
        functions[*index].change = Some(change);
    }
    errors(&mut functions, threshold);
    for it in &mut functions {
        it.impact_ns = impact(it);
    }
    functions.sort_by(|a, b| {
        let size = |it: &Compared| it.impact_ns.abs();
        let by_verdict = rank(a).cmp(&rank(b));
        let by_impact = size(b).total_cmp(&size(a));
        by_verdict.then(by_impact).then_with(|| a.name.cmp(&b.name))
    });
    Comparison {
        tested: typical.changes.len(),
        functions,
        drift: (options.without_drift && enough).then(|| typical.drift.exp()),
        noise: [typical.noise, fast.noise],
        noise_assumed: !enough,
    }
}

/// The functions of both by name; those of one have their verdict already.
fn join(before: &Snapshot, after: &Snapshot) -> Vec<Compared> {
    let mut both: BTreeMap<&str, [Option<Side>; 2]> = BTreeMap::new();
    for (index, snapshot) in [before, after].into_iter().enumerate() {
        for entry in &snapshot.functions {
            let side = Side::of(entry);
            // What is only on its way has no figures yet.
            if side.calls > 0 {
                both.entry(&entry.name).or_default()[index] = Some(side);
            }
        }
    }
    let compared = both.into_iter().map(|(name, [before, after])| {
        let verdict = match (&before, &after) {
            (None, _) => Verdict::New,
            (_, None) => Verdict::Gone,
            (Some(before), Some(after)) => match (&before.times, &after.times) {
                (Some(_), Some(_)) => Verdict::TooFew,
                _ => Verdict::Untimed,
            },
        };
        Compared {
            name: name.to_owned(),
            before,
            after,
            verdict,
            errors: Errors::Same,
            change: None,
            impact_ns: 0.0,
        }
    });
    compared.collect()
}

/// Both sides of a function, where its time can be tested at all.
fn testable((index, it): (usize, &Compared)) -> Option<Pair<'_>> {
    let whole = |side: &Side| {
        let times = side.times?;
        times.whole.filter(|_| times.calls >= LEAST_CALLS)
    };
    let (before, after) = (it.before.as_ref()?, it.after.as_ref()?);
    Some(Pair {
        index,
        before,
        after,
        whole: [whole(before)?, whole(after)?],
    })
}

/// What a function's changes are called, and the one that says so.
fn judged(typical: Change, fast: Option<Change>, threshold: f64) -> (Verdict, Change) {
    let is_change = |it: &Change| it.log.abs() > threshold && it.chance < LEVEL;
    let agree = fast.is_none_or(|fast| typical.log * fast.log > 0.0);
    let changes = fast
        .into_iter()
        .chain([typical])
        .filter(|it| agree && is_change(it));
    if let Some(change) = changes.min_by(|a, b| a.chance.total_cmp(&b.chance)) {
        let verdict = if change.log > 0.0 {
            Verdict::Slower
        } else {
            Verdict::Faster
        };
        return (verdict, change);
    }
    let is_same = typical.log.abs() + typical.half_width < threshold;
    let verdict = if is_same && !fast.is_some_and(|it| is_change(&it)) {
        Verdict::Same
    } else {
        Verdict::Unclear
    };
    (verdict, typical)
}

/// Tests the errors of all functions that have any.
fn errors(functions: &mut [Compared], threshold: f64) {
    let tested: Vec<(usize, f64, f64)> = functions
        .iter()
        .enumerate()
        .filter_map(|(index, it)| {
            let (a, b) = (it.before.as_ref()?, it.after.as_ref()?);
            if a.errors == 0 && b.errors == 0 {
                return None;
            }
            let rate = |side: &Side| side.errors as f64 / side.calls as f64;
            let change = (rate(b) / rate(a)).ln();
            Some((index, change, fisher(a.errors, a.calls, b.errors, b.calls)))
        })
        .collect();
    let chances = holm(&tested.iter().map(|it| it.2).collect::<Vec<f64>>());
    for ((index, change, _), chance) in tested.into_iter().zip(chances) {
        functions[index].errors = match chance < LEVEL {
            true if change > threshold => Errors::More { chance },
            true if change < -threshold => Errors::Fewer { chance },
            _ => Errors::Same,
        };
    }
}

fn impact(it: &Compared) -> f64 {
    let total = |side: &Option<Side>| {
        let times = side.as_ref().and_then(|it| it.times);
        times.map_or(0.0, |it| it.total_ns as f64)
    };
    match (it.verdict, &it.before, &it.after, &it.change) {
        (Verdict::New, ..) => total(&it.after),
        (Verdict::Gone, ..) => -total(&it.before),
        (_, Some(before), Some(after), Some(change)) => {
            let mean = before.times.map_or(0.0, |it| it.mean_ns);
            mean * change.share() * after.calls as f64
        }
        _ => 0.0,
    }
}
