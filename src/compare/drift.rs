//! What the machine did to all functions alike: other clock rates, neighbours, a battery. Each
//! process is as much slower or faster than usual as the median of its functions is; what is
//! left belongs to the function. That needs many functions, most of which are what they were.

use std::collections::BTreeMap;

use crate::compare::side::Side;
use crate::compare::statistics::median;
use crate::compare::verdict::Figure;

/// Fewer functions say nothing about a machine.
pub(super) const LEAST_FUNCTIONS: usize = 8;

/// How much slower than usual each group ran, as a logarithm; 0 where that can't be told.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Effects {
    figure: Figure,
    before: BTreeMap<usize, f64>,
    after: BTreeMap<usize, f64>,
}

/// Which side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Before,
    After,
}

/// The effects on the groups that called these functions, before and after, by one figure.
pub(super) fn effects<'a>(
    figure: Figure,
    functions: impl Iterator<Item = (&'a Side, &'a Side)>,
) -> Effects {
    let mut distances: [BTreeMap<usize, Vec<f64>>; 2] = [BTreeMap::new(), BTreeMap::new()];
    for (before, after) in functions {
        let middle = |side: &Side| median(logs(figure, side).map(|it| it.1));
        let (Some(a), Some(b)) = (middle(before), middle(after)) else {
            continue;
        };
        let usual = f64::midpoint(a, b);
        for (side, distances) in [before, after].into_iter().zip(&mut distances) {
            for (group, log) in logs(figure, side) {
                distances.entry(group).or_default().push(log - usual);
            }
        }
    }
    let [before, after] = distances.map(|groups| {
        let of = |(group, all): (usize, Vec<f64>)| {
            let enough = all.len() >= LEAST_FUNCTIONS;
            Some((group, if enough { median(all)? } else { 0.0 }))
        };
        groups.into_iter().filter_map(of).collect()
    });
    Effects {
        figure,
        before,
        after,
    }
}

impl Effects {
    /// None at all, by one figure.
    pub(super) fn none(figure: Figure) -> Self {
        Self {
            figure,
            before: BTreeMap::new(),
            after: BTreeMap::new(),
        }
    }

    /// What a call took in a function's processes, as logarithms, without their effects.
    pub(super) fn without(&self, side: &Side, which: Which) -> Vec<f64> {
        let effects = self.of(which);
        logs(self.figure, side)
            .map(|(group, log)| log - effects.get(&group).unwrap_or(&0.0))
            .collect()
    }

    /// How much slower the machine was afterwards, as a logarithm.
    pub(super) fn between(&self) -> f64 {
        let mean = |which| {
            let all = self.of(which);
            all.values().sum::<f64>() / all.len().max(1) as f64
        };
        mean(Which::After) - mean(Which::Before)
    }

    fn of(&self, which: Which) -> &BTreeMap<usize, f64> {
        match which {
            Which::Before => &self.before,
            Which::After => &self.after,
        }
    }
}

fn logs(figure: Figure, side: &Side) -> impl Iterator<Item = (usize, f64)> {
    side.by_group
        .iter()
        .map(move |(group, both)| (*group, both[figure.index()].nanoseconds.ln()))
}
