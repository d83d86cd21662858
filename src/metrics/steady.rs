//! Keeps what scrapers see from falling, series by series: a counter that falls would pass for one
//! that began again at zero, and all that is left for new calls. Three things make sums fall:
//!
//! - A recording is removed whose process was last seen running ([`Ledger`](super::ledger::Ledger)
//!   keeps those that had ended): what is lost is added from then on.
//! - A process measures its clock better as it goes, which changes its sums by up to 0.3 %: they stay
//!   where they are until they are exceeded.
//! - The same moves a slot's calls to the next bucket: they stay in theirs, and new ones take the
//!   other's place. The count stays exact.

use std::collections::{BTreeMap, BTreeSet};

use crate::metrics::distribution::{Cell, Distribution};
use crate::metrics::family::{Family, Kind, Sample, Value};

/// A fall by more than this part is a loss, and not a better clock.
const CLOCK: f64 = 0.01;

type Labels = Vec<(&'static str, String)>;

/// What was shown last.
#[derive(Debug, Default)]
pub struct Steady {
    series: BTreeMap<(&'static str, Labels), Series>,
}

/// One series.
#[derive(Debug)]
struct Series {
    /// What it was given last.
    given: Value,
    /// What it showed.
    shown: Value,
    /// What was lost so far: of numbers, and of a distribution's sum.
    lost: f64,
}

impl Steady {
    /// The same families, in which no counter and no histogram is less than last time. Series that
    /// are gone stay.
    pub fn show(&mut self, mut families: Vec<Family>) -> Vec<Family> {
        for family in &mut families {
            if !matches!(family.kind, Kind::Counter | Kind::Histogram) {
                continue;
            }
            let mut gone: BTreeSet<Labels> = self.labels(family.name);
            for sample in &mut family.samples {
                gone.remove(&sample.labels);
                let key = (family.name, sample.labels.clone());
                let given = sample.value.clone();
                match self.series.get_mut(&key) {
                    Some(series) => sample.value = series.next(given),
                    None => {
                        let series = Series {
                            shown: given.clone(),
                            given,
                            lost: 0.0,
                        };
                        self.series.insert(key, series);
                    }
                }
            }
            for labels in gone {
                if let Some(series) = self.series.get_mut(&(family.name, labels.clone())) {
                    let value = series.next(series.given.nothing());
                    family.samples.push(Sample { labels, value });
                }
            }
        }
        families
    }

    fn labels(&self, name: &'static str) -> BTreeSet<Labels> {
        let first = (name, Labels::new());
        let from = self.series.range(first..);
        from.take_while(|it| it.0.0 == name)
            .map(|it| it.0.1.clone())
            .collect()
    }
}

impl Series {
    /// What it shows, given this.
    fn next(&mut self, given: Value) -> Value {
        let value = match (&self.given, &self.shown, &given) {
            (Value::Integer(last), Value::Integer(shown), Value::Integer(now)) => {
                Value::Integer(shown.saturating_add(now.saturating_sub(*last)))
            }
            (Value::Number(last), Value::Number(shown), Value::Number(now)) => {
                let is_lost = *now < last * (1.0 - CLOCK);
                Value::Number(sum(&mut self.lost, is_lost, *last, *shown, *now))
            }
            (Value::Distribution(last), Value::Distribution(shown), Value::Distribution(now)) => {
                let is_lost = now.count < last.count;
                let sums = [last, shown, now].map(|it| it.sum_seconds);
                let [last_sum, shown_sum, now_sum] = sums;
                let cells = if is_lost {
                    shown.cells.clone()
                } else {
                    cells(&shown.cells, &last.cells, &now.cells)
                };
                Value::Distribution(Distribution {
                    count: shown
                        .count
                        .saturating_add(now.count.saturating_sub(last.count)),
                    sum_seconds: sum(&mut self.lost, is_lost, last_sum, shown_sum, now_sum),
                    cells,
                })
            }
            _ => given.clone(),
        };
        self.given = given;
        self.shown = value.clone();
        value
    }
}

impl Value {
    /// The value of the same kind that nothing was counted in.
    fn nothing(&self) -> Self {
        match self {
            Self::Integer(_) => Self::Integer(0),
            Self::Number(_) => Self::Number(0.0),
            Self::Distribution(_) => Self::Distribution(Distribution::default()),
        }
    }
}

/// A sum that doesn't fall; what is lost counts from now on.
fn sum(lost: &mut f64, is_lost: bool, last: f64, shown: f64, now: f64) -> f64 {
    if is_lost {
        *lost += (last - now).max(0.0);
    }
    shown.max(*lost + now)
}

/// The cells that were shown, and what came to them; what only moved to a neighbour stays.
fn cells(
    shown: &BTreeMap<Cell, u64>,
    last: &BTreeMap<Cell, u64>,
    now: &BTreeMap<Cell, u64>,
) -> BTreeMap<Cell, u64> {
    let of = |cells: &BTreeMap<Cell, u64>, cell| i128::from(cells.get(cell).copied().unwrap_or(0));
    let all: BTreeSet<&Cell> = last.keys().chain(now.keys()).collect();
    let mut came: Vec<(Cell, i128)> = all
        .into_iter()
        .map(|cell| (*cell, of(now, cell) - of(last, cell)))
        .collect();
    for place in 0..came.len() {
        let mut missing = -came[place].1;
        if missing <= 0 {
            continue;
        }
        came[place].1 = 0;
        for distance in 1..came.len() {
            let below = place.checked_sub(distance);
            for near in [Some(place + distance), below].into_iter().flatten() {
                if let Some((_, surplus)) = came.get_mut(near) {
                    let taken = missing.min(*surplus).max(0);
                    *surplus -= taken;
                    missing -= taken;
                }
            }
        }
    }
    let mut cells = shown.clone();
    for (cell, count) in came.into_iter().filter(|it| it.1 > 0) {
        let place = cells.entry(cell).or_default();
        *place = place.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
    cells
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Families with a counter, a sum and a histogram of calls that took these times.
    fn families(seconds: &[f64]) -> Vec<Family> {
        let mut distribution = Distribution {
            count: seconds.len() as u64,
            sum_seconds: seconds.iter().sum(),
            ..Distribution::default()
        };
        for seconds in seconds {
            *distribution.cells.entry(Cell::of(*seconds)).or_default() += 1;
        }
        let family = |name, kind, value| Family {
            name,
            help: "",
            kind,
            unit: None,
            samples: vec![Sample {
                labels: vec![("function", "a:f".to_owned())],
                value,
            }],
        };
        vec![
            family("calls", Kind::Counter, Value::Integer(distribution.count)),
            family("in_flight", Kind::Gauge, Value::Integer(distribution.count)),
            family(
                "sum",
                Kind::Counter,
                Value::Number(distribution.sum_seconds),
            ),
            family(
                "duration",
                Kind::Histogram,
                Value::Distribution(distribution),
            ),
        ]
    }

    fn values(families: &[Family]) -> (u64, u64, f64, Distribution) {
        let value = |index: usize| families[index].samples[0].value.clone();
        let (Value::Integer(calls), Value::Integer(gauge)) = (value(0), value(1)) else {
            panic!("no integers");
        };
        let (Value::Number(sum), Value::Distribution(distribution)) = (value(2), value(3)) else {
            panic!("no distribution");
        };
        (calls, gauge, sum, distribution)
    }

    proptest! {
        #[test]
        fn nothing_falls_and_what_comes_is_counted(
            looks in proptest::collection::vec(
                (proptest::collection::vec(1e-8_f64..200.0, 0..8), 0_usize..12, 0.997_f64..1.003),
                1..12),
        ) {
            let (mut steady, mut calls) = (Steady::default(), Vec::new());
            let (mut last, mut lost) = (values(&families(&[])), false);
            for (more, removed, clock) in looks {
                // Some looks find less, as when a recording is gone.
                if removed < 3 {
                    lost |= removed > 0 && !calls.is_empty();
                    calls.drain(..removed.min(calls.len()));
                }
                calls.extend(more);
                let measured: Vec<f64> = calls.iter().map(|it| it * clock).collect();
                let given = families(&measured);
                let right = values(&given);
                let now = values(&steady.show(given));
                prop_assert_eq!(now.1, right.1, "a gauge falls");
                prop_assert!(now.0 >= last.0 && now.2 >= last.2);
                prop_assert!(now.3.count >= last.3.count);
                prop_assert!(now.3.sum_seconds >= last.3.sum_seconds);
                for (cell, count) in &last.3.cells {
                    prop_assert!(now.3.cells[cell] >= *count);
                }
                prop_assert_eq!(now.3.cells.values().sum::<u64>(), now.3.count);
                prop_assert_eq!(now.3.count, now.0);
                if !lost {
                    prop_assert_eq!(now.0, right.0);
                    prop_assert!(now.2 <= right.2 * 1.0061);
                }
                last = now;
            }
        }
    }

    #[test]
    fn what_is_lost_is_added_from_then_on_and_what_is_gone_stays() {
        let mut steady = Steady::default();
        steady.show(families(&[1.0, 2.0, 3.0]));
        let now = values(&steady.show(families(&[1.0])));
        assert_eq!((now.0, now.1, now.2), (3, 1, 6.0));
        let now = values(&steady.show(families(&[1.0, 1.0])));
        assert_eq!((now.0, now.2, now.3.sum_seconds), (4, 7.0, 7.0));
        let mut none = families(&[]);
        none.iter_mut().for_each(|it| it.samples.clear());
        let shown = steady.show(none);
        assert!(shown[1].samples.is_empty(), "a gauge goes");
        assert_eq!(shown[0].samples[0].value, Value::Integer(4));
        assert_eq!(shown[3].samples[0].value.number(), 7.0);
    }
}
