//! The rates of the last minutes, by function and by process, for the sparklines. Bounded: of
//! what hasn't been called for as long as it reaches, nothing is kept.

use std::collections::{HashMap, VecDeque};

use crate::top::window::{Key, Window};

/// So many rates are kept of each.
const LENGTH: usize = 160;

/// The rates, the oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    rates: HashMap<Key, VecDeque<f64>>,
}

impl History {
    /// Adds the rates of a window.
    pub(super) fn add(&mut self, window: &Window) {
        for (key, figures) in &window.figures {
            if figures.calls > 0 && !self.rates.contains_key(key) {
                self.rates.insert(key.clone(), VecDeque::new());
            }
        }
        for (key, rates) in &mut self.rates {
            let figures = window.figures.get(key);
            let rate = figures.and_then(|it| window.rate(it.calls)).unwrap_or(0.0);
            rates.push_back(rate);
            if rates.len() > LENGTH {
                rates.pop_front();
            }
        }
        self.rates
            .retain(|_, rates| rates.iter().any(|rate| *rate > 0.0));
    }

    /// The rates of a function or a process.
    pub(super) fn of(&self, key: &Key) -> Vec<f64> {
        let rates = self.rates.get(key);
        rates.map_or_else(Vec::new, |rates| rates.iter().copied().collect())
    }
}
