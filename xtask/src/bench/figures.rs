//! Figures made of measurements. Pure.

/// The middle of the values; of two middle ones their mean. Zero for none.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.len().checked_sub(1), sorted.len() % 2) {
        (None, _) => 0.0,
        (_, 1) => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// The median of the differences of pairs, `after - before`.
pub(super) fn paired_median(before: &[f64], after: &[f64]) -> f64 {
    let differences: Vec<f64> = before.iter().zip(after).map(|(b, a)| a - b).collect();
    median(&differences)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn a_median_is_the_middle() {
        assert!(close(median(&[]), 0.0));
        assert!(close(median(&[3.0, 1.0, 2.0]), 2.0));
        assert!(close(median(&[4.0, 1.0, 2.0, 3.0]), 2.5));
    }

    #[test]
    fn pairs_are_compared_before_the_median_is_taken() {
        // The medians differ by 9, each pair by 1.
        let before = [1.0, 10.0, 100.0];
        let after = [2.0, 11.0, 101.0];
        assert!(close(paired_median(&before, &after), 1.0));
    }
}
