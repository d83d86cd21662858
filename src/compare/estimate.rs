//! The changes of all functions by one figure (the typical time, or the fast one): each with its
//! standard error, and the probability of it where the true change is no more than a limit.
//!
//! The error is what the function shows by itself (where enough processes on each side have enough
//! calls what differs between processes, by Welch, or for the fast time by the jackknife, and never
//! less than in the median function; else what differs between calls, by Yuen) and what functions
//! differ by beyond that from one run to the next: a random effect, as most functions show it.

use std::collections::BTreeMap;

use statrs::distribution::{ContinuousCDF, Normal};

use crate::compare::drift::{Effects, LEAST_FUNCTIONS, Which, effects};
use crate::compare::location::Location;
use crate::compare::side::{LEAST_CALLS, LEAST_PROCESSES, Side};
use crate::compare::statistics::{
    beyond, faster, mean_and_variance, median, quantile, robust_deviation, satterthwaite,
};
use crate::compare::verdict::{Change, Figure};

/// How much two runs of the same differ, as a standard deviation, where too few functions tell.
const ASSUMED_NOISE: f64 = 0.05;

/// The 1st to the 10th percentile of fewer calls is a matter of luck.
const LEAST_FAST_CALLS: u64 = 100;

/// So many processes on each side tell which of them were the faster ones.
const LEAST_FAST_PROCESSES: usize = 5;

/// By chance alone the variance of a few processes may be so many times the usual one.
const USUAL_DISAGREEMENT: f64 = 5.0;

/// The tail of the changes is looked at up to here, as a logarithm: what is beyond is a change.
const MOST_NOISE: f64 = 0.2;

/// A function on both sides, and where all its calls lie.
pub(super) struct Pair<'a> {
    /// Its place among all functions.
    pub(super) index: usize,
    pub(super) before: &'a Side,
    pub(super) after: &'a Side,
    pub(super) whole: [[Location; 2]; 2],
}

impl Pair<'_> {
    /// Calls on the side that has fewer.
    fn calls(&self) -> u64 {
        let of = |side: &Side| side.times.map_or(0, |it| it.calls);
        of(self.before).min(of(self.after))
    }
}

/// Fewer calls on either side have no such figure.
fn least(figure: Figure) -> u64 {
    match figure {
        Figure::Typical => LEAST_CALLS,
        Figure::Fast => LEAST_FAST_CALLS,
    }
}

/// Functions whose processes disagree, by their place among all: the variance of the change that
/// this makes, and its degrees of freedom.
pub(super) type Unsteady = BTreeMap<usize, (f64, f64)>;

/// What one figure says.
pub(super) struct Estimates {
    /// The change of each function, by its place among all; its probability isn't corrected yet.
    pub(super) changes: BTreeMap<usize, Change>,
    /// The machine's part, as a logarithm.
    pub(super) drift: f64,
    /// Functions whose processes disagree.
    pub(super) unsteady: Unsteady,
    /// How much the changes of all functions spread, as a standard deviation.
    pub(super) noise: f64,
}

/// A change before its function is seen beside the others.
#[derive(Debug, Clone, Copy)]
struct Raw {
    log: f64,
    /// Of its error, what the function shows by itself.
    own: f64,
    freedom: f64,
    processes: Option<(usize, usize)>,
}

/// The changes of these functions by a figure; `sure` is the logarithm that the probability is
/// about. Those that are `unsteady` aren't surer than that.
pub(super) fn estimates(
    figure: Figure,
    pairs: &[Pair<'_>],
    without_drift: bool,
    sure: f64,
    unsteady: &Unsteady,
) -> Estimates {
    let pairs: Vec<&Pair<'_>> = pairs
        .iter()
        .filter(|it| it.calls() >= least(figure))
        .collect();
    let enough = pairs.len() >= LEAST_FUNCTIONS;
    let without_drift = without_drift && enough;
    let effects = if without_drift {
        effects(figure, pairs.iter().map(|it| (it.before, it.after)))
    } else {
        Effects::none(figure)
    };
    let mut raw = raw(figure, &pairs, &effects);
    let disagreeing = disagreeing(&pairs, &raw);
    let logs: Vec<f64> = raw.iter().map(|it| it.log).collect();
    let center = median(logs.iter().copied()).unwrap_or(0.0);
    let rest = if without_drift { center } else { 0.0 };
    let (noise, between) = if enough {
        let found = spread(&logs, center);
        (found, calibrate(&mut raw, found.powi(2)))
    } else {
        (ASSUMED_NOISE, ASSUMED_NOISE.powi(2))
    };
    let freedom_between = if enough {
        (raw.len() - 1) as f64
    } else {
        f64::INFINITY
    };
    let change = |pair: &Pair<'_>, it: &Raw| {
        // What is computed from processes knows by itself.
        let unsteady = unsteady.get(&pair.index);
        let it = &match unsteady.filter(|_| it.processes.is_none()) {
            Some(&(own, freedom)) => Raw {
                own: own.max(it.own),
                freedom,
                ..*it
            },
            None => *it,
        };
        // What is calibrated by all functions is no surer than their number.
        let own = (it.own, it.freedom.min(freedom_between));
        let freedom = satterthwaite([own, (between, freedom_between)]).unwrap_or(f64::INFINITY);
        let variance = it.own + between;
        let (log, error) = (it.log - rest, variance.sqrt());
        Change {
            figure,
            log,
            error,
            half_width: quantile(0.025, freedom) * error,
            chance: beyond((log.abs() - sure) / error.max(1e-12), freedom),
            processes: it.processes,
        }
    };
    Estimates {
        changes: (pairs.iter().zip(&raw))
            .map(|(pair, it)| (pair.index, change(pair, it)))
            .collect(),
        unsteady: disagreeing,
        drift: effects.between() + rest,
        noise,
    }
}

/// Functions whose processes differ by more than the machine explains: those of others would too.
/// Some processes have luck (CPython specialises code by its first calls), and the fast time would
/// be that of the lucky ones.
fn disagreeing(pairs: &[&Pair<'_>], raw: &[Raw]) -> Unsteady {
    let of_processes = || raw.iter().filter(|it| it.processes.is_some());
    let usual = median(of_processes().map(|it| it.own)).unwrap_or(0.0);
    (pairs.iter().zip(raw))
        .filter(|(_, it)| it.processes.is_some() && it.own > USUAL_DISAGREEMENT * usual)
        .map(|(pair, it)| (pair.index, (it.own, it.freedom)))
        .collect()
}

/// Makes the errors fit the changes that were found, whose variance is `found`: what they tell by
/// themselves may be too much (slots are coarse, but even) or too little. Returns the variance
/// that is missing in each.
fn calibrate(raw: &mut [Raw], found: f64) -> f64 {
    let own = median(raw.iter().map(|it| it.own)).unwrap_or(0.0);
    if own <= found {
        return found - own;
    }
    for it in raw {
        // What one function has far beyond the usual is its own, and no fault of all errors.
        it.own = if it.own > USUAL_DISAGREEMENT * own {
            found + (it.own - own)
        } else {
            it.own * found / own
        };
    }
    0.0
}

/// How much changes spread: by the median distance from the center, or more where the tail does.
/// Half of the functions may have changed by more than noise can; a tenth by less.
fn spread(logs: &[f64], center: f64) -> f64 {
    let mut distances: Vec<f64> = logs
        .iter()
        .map(|it| (it - center).abs())
        .filter(|it| *it <= MOST_NOISE)
        .collect();
    distances.sort_unstable_by(f64::total_cmp);
    let count = distances.len() as f64;
    let share = 1.0 - (2.0 / count.max(2.0)).max(0.1);
    let tail = distances
        .get((share * count) as usize)
        .copied()
        .unwrap_or(0.0);
    let usual = Normal::standard().inverse_cdf(f64::midpoint(1.0, share));
    let by_tail = if usual > 0.0 { tail / usual } else { 0.0 };
    robust_deviation(logs).unwrap_or(0.0).max(by_tail)
}

/// Each function's change and what it tells of its error by itself.
fn raw(figure: Figure, pairs: &[&Pair<'_>], effects: &Effects) -> Vec<Raw> {
    let mut all: Vec<Raw> = pairs
        .iter()
        .map(|pair| {
            by_processes(figure, pair, effects)
                .unwrap_or_else(|| by_calls(figure.index(), pair, effects))
        })
        .collect();
    let of_processes = all.iter().filter(|it| it.processes.is_some());
    // Few processes can look alike by chance.
    let usual = median(of_processes.map(|it| it.own)).unwrap_or(0.0);
    for it in all.iter_mut().filter(|it| it.processes.is_some()) {
        // The faster processes are few, but those of all functions together tell how much they vary.
        if figure == Figure::Fast && it.own <= USUAL_DISAGREEMENT * usual {
            it.freedom = f64::INFINITY;
        }
        it.own = it.own.max(usual);
    }
    all
}

/// From what differs between processes, where there are enough of them: of all for the typical
/// time, and of the faster ones, but for the very fastest, for the fast time.
fn by_processes(figure: Figure, pair: &Pair<'_>, effects: &Effects) -> Option<Raw> {
    let (before, after) = (pair.before, pair.after);
    let counts = (before.by_group.len(), after.by_group.len());
    let least = match figure {
        Figure::Typical => LEAST_PROCESSES,
        Figure::Fast => LEAST_FAST_PROCESSES,
    };
    if counts.0.min(counts.1) < least {
        return None;
    }
    // Where they lie, the variance of that, and its degrees of freedom.
    let center = |side, which| {
        let logs = effects.without(side, which);
        let count = logs.len() as f64;
        match figure {
            Figure::Typical => {
                let (mean, variance) = mean_and_variance(&logs)?;
                Some((mean, (variance / count, count - 1.0)))
            }
            Figure::Fast => {
                let (mean, variance) = faster(&logs);
                // As many as are looked at.
                Some((mean, (variance, (count / 2.0 - 1.0).max(1.0))))
            }
        }
    };
    let (a, b) = (center(before, Which::Before)?, center(after, Which::After)?);
    Some(Raw {
        log: b.0 - a.0,
        own: a.1.0 + b.1.0 + resolution(before, figure) + resolution(after, figure),
        freedom: satterthwaite([a.1, b.1]).unwrap_or(a.1.1 + b.1.1),
        processes: Some(counts),
    })
}

/// The mean variance that slots' widths leave in a process's figure.
fn resolution(side: &Side, figure: Figure) -> f64 {
    let all = side.by_group.iter();
    let all = all.map(|it| it.1[figure.index()].resolution.powi(2));
    all.sum::<f64>() / side.by_group.len() as f64
}

/// From what differs between calls.
fn by_calls(figure: usize, pair: &Pair<'_>, effects: &Effects) -> Raw {
    let [a, b] = pair.whole.map(|it| it[figure]);
    let squares = [a.sampling, a.resolution, b.sampling, b.resolution].map(|it| it * it);
    let calls = pair.before.calls.min(pair.after.calls) as f64;
    Raw {
        log: (b.nanoseconds / a.nanoseconds).ln() - effects.between(),
        own: squares.iter().sum(),
        freedom: (calls - 1.0).max(1.0),
        processes: None,
    }
}
