//! The order of the functions in a view, and how many of them.

use std::cmp::Ordering;

use crate::report::model::{Function, Time};

/// What functions are sorted by: names ascending, all else with the greatest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub enum Order {
    Name,
    Calls,
    Errors,
    #[default]
    Total,
    SelfTime,
    Mean,
    Min,
    P50,
    P90,
    P99,
    Max,
}

impl Order {
    /// What a function is sorted by; none comes last.
    fn key(self, function: &Function) -> Option<f64> {
        let time = |of: fn(&Time) -> f64| function.time.as_ref().map(of);
        match self {
            Self::Name => None,
            Self::Calls => Some(function.calls as f64),
            Self::Errors => Some(function.errors as f64),
            Self::Total => time(|it| it.total_ns as f64),
            Self::SelfTime => function.time?.self_ns.map(|it| it as f64),
            Self::Mean => time(|it| it.mean_ns),
            Self::Min => time(|it| it.min_ns as f64),
            Self::P50 => time(|it| it.percentiles.p50),
            Self::P90 => time(|it| it.percentiles.p90),
            Self::P99 => time(|it| it.percentiles.p99),
            Self::Max => time(|it| it.max_ns as f64),
        }
    }
}

/// The functions in this order, and how many are left out; a limit of 0 leaves out none.
#[must_use]
pub fn arrange(functions: &[Function], order: Order, limit: usize) -> (Vec<&Function>, usize) {
    let mut sorted: Vec<&Function> = functions.iter().collect();
    sorted.sort_by(|a, b| {
        let by_key = match (order.key(a), order.key(b)) {
            (Some(a), Some(b)) => b.total_cmp(&a),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        // Without times (or where they are equal) the calls say more than the names.
        let by_calls = match order {
            Order::Name => Ordering::Equal,
            _ => b.calls.cmp(&a.calls),
        };
        by_key.then(by_calls).then_with(|| a.name.cmp(&b.name))
    });
    let more = match limit {
        0 => 0,
        limit => sorted.len().saturating_sub(limit),
    };
    sorted.truncate(sorted.len() - more);
    (sorted, more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str, calls: u64) -> Function {
        Function {
            name: name.to_owned(),
            calls,
            errors: 0,
            in_flight: 0,
            time: None,
            latencies: crate::latency::Latencies::default(),
        }
    }

    #[test]
    fn sorts_and_limits() {
        let functions = [function("b", 1), function("a", 1), function("c", 5)];
        let names = |order, limit| -> (Vec<&str>, usize) {
            let (functions, more) = arrange(&functions, order, limit);
            (functions.iter().map(|it| it.name.as_str()).collect(), more)
        };
        assert_eq!(names(Order::Name, 0), (vec!["a", "b", "c"], 0));
        assert_eq!(names(Order::Calls, 2), (vec!["c", "a"], 1));
        assert_eq!(names(Order::Total, 9), (vec!["c", "a", "b"], 0));
    }
}
