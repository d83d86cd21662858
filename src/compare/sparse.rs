//! A function's latencies with the slots that hold something, and nothing else: a process's
//! histogram has 752 slots, of which a function fills some twenty.

use crate::latency::{Latencies, Scale, bounds};

/// Counts by slot, for each clock's scale.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sparse {
    /// Sorted by scale; slots ascending, none of them empty.
    pub(super) by_scale: Vec<(Scale, Vec<(u16, u64)>)>,
}

/// Calls that took about the same time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// The shortest time that falls into it, in ns.
    pub low: f64,
    /// The longest, in ns; infinite in the last slot of all.
    pub high: f64,
    /// How many calls.
    pub calls: f64,
}

impl Sparse {
    /// What is in these latencies.
    #[must_use]
    pub fn of(latencies: &Latencies) -> Self {
        let by_scale = latencies.histograms().map(|(scale, histogram)| {
            let counts = histogram.counts();
            // There are 752 slots.
            let counts = counts.map(|(slot, count)| (slot as u16, count)).collect();
            (scale, counts)
        });
        let by_scale: Vec<(Scale, Vec<(u16, u64)>)> = by_scale.collect();
        Self {
            by_scale: by_scale
                .into_iter()
                .filter(|(_, slots)| !slots.is_empty())
                .collect(),
        }
    }

    /// Adds these to latencies.
    pub fn add_to(&self, latencies: &mut Latencies) {
        for (scale, slots) in &self.by_scale {
            let mut all = [0; crate::recording::layout::SLOTS];
            for (slot, count) in slots {
                all[usize::from(*slot)] = *count;
            }
            latencies.at(*scale).add_slots(0, &all);
        }
    }

    /// All calls in it.
    #[must_use]
    pub fn calls(&self) -> u64 {
        let slots = self.by_scale.iter().flat_map(|(_, slots)| slots);
        slots.fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// Its cells, the shortest times first.
    #[must_use]
    pub fn cells(&self) -> Vec<Cell> {
        let mut cells: Vec<Cell> = Vec::new();
        for (scale, slots) in &self.by_scale {
            let tick = scale.tick_nanoseconds();
            cells.extend(slots.iter().map(|(slot, count)| {
                let (low, high) = bounds(usize::from(*slot)).into_inner();
                let end = if high == u64::MAX {
                    f64::INFINITY
                } else {
                    high as f64
                };
                Cell {
                    low: low as f64 * tick,
                    high: end * tick,
                    calls: *count as f64,
                }
            }));
        }
        cells.sort_by(|a, b| a.low.total_cmp(&b.low));
        cells
    }
}
