//! The mathematics of comparing, on plain numbers: robust location and spread, Student's t,
//! Holm's correction for many questions at once, and Fisher's exact test for two proportions.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The middle of these numbers; the mean of the two middle ones where their number is even, none
/// where there are none.
#[must_use]
pub fn median(numbers: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = numbers.into_iter().collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        length if length % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// The standard deviation that the median distance from the median tells: 1.4826 times it is that
/// of a normal distribution, and up to half of the numbers may be anything.
#[must_use]
pub fn robust_deviation(numbers: &[f64]) -> Option<f64> {
    let middle = median(numbers.iter().copied())?;
    let distance = median(numbers.iter().map(|it| (it - middle).abs()))?;
    Some(1.4826 * distance)
}

/// The mean and the variance (of a sample) of these numbers; none where there are fewer than two.
#[must_use]
pub fn mean_and_variance(numbers: &[f64]) -> Option<(f64, f64)> {
    let count = numbers.len() as f64;
    if count < 2.0 {
        return None;
    }
    let mean = numbers.iter().sum::<f64>() / count;
    let squares: f64 = numbers.iter().map(|it| (it - mean).powi(2)).sum();
    Some((mean, squares / (count - 1.0)))
}

/// The degrees of freedom of the sum of two variances, each with its own (B. L. Welch, F. E.
/// Satterthwaite); none where both are 0.
#[must_use]
pub fn satterthwaite(parts: [(f64, f64); 2]) -> Option<f64> {
    let sum: f64 = parts.iter().map(|it| it.0).sum();
    let spread: f64 = parts.iter().map(|it| it.0.powi(2) / it.1).sum();
    (spread > 0.0).then(|| sum.powi(2) / spread)
}

/// Which part of sorted numbers [`faster`] is the mean of.
const FASTER: (f64, f64) = (0.2, 0.5);

/// The mean of the lower numbers but for the lowest, from a fifth to a half of them, and its
/// variance by leaving each of them out in turn (J. Tukey's jackknife). A fifth of them may be
/// too low by their own luck, and half of them too high, without moving it. Both are 0 of none.
#[must_use]
pub fn faster(numbers: &[f64]) -> (f64, f64) {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let without: Vec<f64> = (0..sorted.len())
        .map(|left_out| {
            let mut rest = sorted.clone();
            rest.remove(left_out);
            mean_of_part(&rest, FASTER)
        })
        .collect();
    let variance = mean_and_variance(&without).map_or(0.0, |(_, variance)| {
        let count = without.len() as f64;
        variance * (count - 1.0).powi(2) / count
    });
    (mean_of_part(&sorted, FASTER), variance)
}

/// The mean of a part of sorted numbers; those at its ends count as far as they lie in it.
fn mean_of_part(sorted: &[f64], part: (f64, f64)) -> f64 {
    let count = sorted.len() as f64;
    let (from, to) = (part.0 * count, part.1 * count);
    let (mut sum, mut weights) = (0.0, 0.0);
    for (index, number) in sorted.iter().enumerate() {
        let first = index as f64;
        let weight = (to.min(first + 1.0) - from.max(first)).max(0.0);
        sum += weight * number;
        weights += weight;
    }
    if weights > 0.0 { sum / weights } else { 0.0 }
}

/// Beyond so many degrees of freedom, Student's t is the normal distribution to six digits.
const MOST_FREEDOM: f64 = 1e6;

/// Student's t with these degrees of freedom; none where it is the normal distribution.
fn student(freedom: f64) -> Option<StudentsT> {
    let sensible = (1.0..MOST_FREEDOM).contains(&freedom);
    StudentsT::new(0.0, 1.0, freedom).ok().filter(|_| sensible)
}

/// The probability that Student's t with these degrees of freedom is at least `t`; infinite
/// degrees are the normal distribution.
#[must_use]
pub fn beyond(t: f64, freedom: f64) -> f64 {
    if !t.is_finite() {
        return if t == f64::INFINITY { 0.0 } else { 1.0 };
    }
    let tail = match student(freedom) {
        Some(student) => student.sf(t),
        None => Normal::standard().sf(t),
    };
    if tail.is_nan() {
        1.0
    } else {
        tail.clamp(0.0, 1.0)
    }
}

/// The t that is exceeded with this probability, by these degrees of freedom.
#[must_use]
pub fn quantile(probability: f64, freedom: f64) -> f64 {
    match student(freedom) {
        Some(student) => student.inverse_cdf(1.0 - probability),
        None => Normal::standard().inverse_cdf(1.0 - probability),
    }
}

/// Probabilities as Holm corrects them for being several (S. Holm, "A simple sequentially
/// rejective multiple test procedure", 1979): calling everything significant that is below a
/// level errs, anywhere at all, with at most that probability.
#[must_use]
pub fn holm(probabilities: &[f64]) -> Vec<f64> {
    let count = probabilities.len();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b]));
    let mut corrected = vec![1.0; count];
    let mut greatest = 0.0_f64;
    for (rank, index) in order.into_iter().enumerate() {
        greatest = greatest.max((probabilities[index] * (count - rank) as f64).min(1.0));
        corrected[index] = greatest;
    }
    corrected
}

/// More tables than this aren't gone through; the normal distribution is as good then.
const MOST_TABLES: u64 = 100_000;

/// The probability that two proportions, `a` of `n` and `b` of `m`, differ at least that much by
/// chance alone: Fisher's exact test, two-sided (all tables that are no more likely than this
/// one). Of very large numbers, the score test of two proportions.
#[must_use]
pub fn fisher(a: u64, n: u64, b: u64, m: u64) -> f64 {
    let (a, b) = (a.min(n), b.min(m));
    let hits = u128::from(a) + u128::from(b);
    let (n, m) = (u128::from(n), u128::from(m));
    let (least, most) = (hits.saturating_sub(m), hits.min(n));
    if n == 0 || m == 0 || least == most {
        return 1.0;
    }
    if most - least > u128::from(MOST_TABLES) {
        return score(a as f64, n as f64, b as f64, m as f64);
    }
    // How likely each table is beside the one that was found, by the ratio of neighbours.
    let ratio =
        |x: u128| (hits - x) as f64 * (n - x) as f64 / ((x + 1) as f64 * (m + x + 1 - hits) as f64);
    let found = u128::from(a);
    let (mut all, mut unlikely) = (1.0, 1.0);
    let mut add = |likelihood: f64| {
        all += likelihood;
        // Tables that are as likely must not be lost to rounding.
        if likelihood <= 1.0 + 1e-7 {
            unlikely += likelihood;
        }
    };
    let mut likelihood = 1.0;
    for x in found..most {
        likelihood *= ratio(x);
        add(likelihood);
    }
    likelihood = 1.0;
    for x in (least..found).rev() {
        likelihood /= ratio(x);
        add(likelihood);
    }
    // So unlikely that the others' likelihood can't be told beside it.
    if all.is_finite() {
        (unlikely / all).min(1.0)
    } else {
        0.0
    }
}

/// The score test of two proportions, two-sided.
fn score(a: f64, n: f64, b: f64, m: f64) -> f64 {
    let both = (a + b) / (n + m);
    let error = (both * (1.0 - both) * (1.0 / n + 1.0 / m)).sqrt();
    let z = ((a / n - b / m) / error).abs();
    (2.0 * beyond(z, f64::INFINITY)).min(1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(found: f64, right: f64) {
        assert!(
            (found - right).abs() <= 1e-5 * right.abs().max(1e-9),
            "{found} for {right}"
        );
    }

    #[test]
    fn location_and_spread() {
        assert_eq!(median([]), None);
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([3.0, 1.0, 2.0, 10.0]), Some(2.5));
        // Wikipedia, "Median absolute deviation": of these, it is 1.
        near(
            robust_deviation(&[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0]).unwrap(),
            1.4826,
        );
        assert_eq!(mean_and_variance(&[1.0]), None);
        assert_eq!(
            mean_and_variance(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]),
            Some((5.0, 32.0 / 7.0))
        );
    }

    #[test]
    fn the_faster_ones_are_told_whatever_the_others_do() {
        let usual = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9];
        let (mean, variance) = faster(&usual);
        near(mean, 1.3);
        // A fifth that is much too low, and half that is much too high.
        let mut odd = usual;
        (odd[0], odd[1]) = (0.1, 0.2);
        odd[5..].fill(9.0);
        let (same, other) = faster(&odd);
        near(same, 1.3);
        assert!(other > 0.0 && other.is_finite() && variance > 0.0);
        assert_eq!(faster(&[2.0; 5]), (2.0, 0.0));
        assert_eq!(faster(&[]), (0.0, 0.0));
        assert_eq!(faster(&[3.0]).1, 0.0);
    }

    #[test]
    fn the_jackknife_is_the_usual_variance_of_a_mean() {
        // Of all numbers, it is their variance by their count.
        let numbers = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        let without: Vec<f64> = (0..8)
            .map(|left_out| {
                let rest: Vec<f64> = (0..8)
                    .filter(|it| *it != left_out)
                    .map(|it| numbers[it])
                    .collect();
                mean_of_part(&rest, (0.0, 1.0))
            })
            .collect();
        let variance = mean_and_variance(&without).unwrap().1 * 49.0 / 8.0;
        near(variance, 32.0 / 7.0 / 8.0);
    }

    #[test]
    fn students_t_is_that_of_the_tables() {
        // https://en.wikipedia.org/wiki/Student%27s_t-distribution#Table_of_selected_values
        for (freedom, one_sided, t) in [
            (1.0, 0.05, 6.314),
            (2.0, 0.025, 4.303),
            (10.0, 0.01, 2.764),
            (30.0, 0.005, 2.750),
            (f64::INFINITY, 0.025, 1.960),
        ] {
            assert!((quantile(one_sided, freedom) - t).abs() < 6e-4, "{freedom}");
            assert!((beyond(t, freedom) - one_sided).abs() < 2e-5, "{freedom}");
        }
        assert_eq!(beyond(f64::NAN, 5.0), 1.0);
        assert_eq!(beyond(f64::INFINITY, 5.0), 0.0);
    }

    #[test]
    fn holm_is_that_of_r() {
        // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
        let corrected = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, right) in corrected.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            near(*found, right);
        }
        assert_eq!(holm(&[]), Vec::<f64>::new());
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
    }

    #[test]
    fn fishers_test_is_that_of_scipy() {
        // scipy.stats.fisher_exact([[8, 2], [1, 5]]) of its documentation: 0.034965034965034975
        near(fisher(8, 10, 1, 6), 0.034965034965034975);
        // Fisher's tea: [[3, 1], [1, 3]], 0.4857142857
        near(fisher(3, 4, 1, 4), 0.485714285714);
        assert_eq!(fisher(0, 10, 0, 20), 1.0);
        assert_eq!(fisher(10, 10, 20, 20), 1.0);
        assert_eq!(fisher(5, 0, 5, 10), 1.0);
        assert!(fisher(0, 1000, 1000, 1000) < 1e-300);
    }

    #[test]
    fn the_score_test_takes_over_where_there_are_too_many_tables() {
        let (exact, by_score) = (
            fisher(50_000, 1_000_000, 50_400, 1_000_000),
            score(50_000.0, 1e6, 50_400.0, 1e6),
        );
        assert!((exact - by_score).abs() < 0.002, "{exact} {by_score}");
        let huge = fisher(u64::MAX / 4, u64::MAX, u64::MAX / 2, u64::MAX);
        assert_eq!(huge, 0.0);
    }

    proptest! {
        #[test]
        fn fisher_is_the_same_from_both_sides(a in 0_u64..50, n in 0_u64..80, b in 0_u64..50, m in 0_u64..80) {
            let (one, other) = (fisher(a, n, b, m), fisher(b, m, a, n));
            prop_assert!((one - other).abs() < 1e-9, "{} {}", one, other);
            prop_assert!((0.0..=1.0).contains(&one));
        }

        #[test]
        fn any_counts_have_a_probability(a: u64, n: u64, b: u64, m: u64) {
            prop_assert!((0.0..=1.0).contains(&fisher(a, n, b, m)));
        }

        #[test]
        fn holm_never_makes_anything_more_certain(all in proptest::collection::vec(0.0..1.0_f64, 0..20)) {
            for (before, after) in all.iter().zip(holm(&all)) {
                prop_assert!(after >= *before && after <= 1.0);
            }
        }
    }
}
