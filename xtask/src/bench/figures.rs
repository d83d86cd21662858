//! Figures made of measurements, and tables made of figures. Pure.

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

/// A Markdown table, its columns as wide as their widest cell; all but the first to the right.
pub(super) fn markdown(head: &[&str], rows: &[Vec<String>]) -> String {
    let cell = |row: &[String], column: usize| row.get(column).cloned().unwrap_or_default();
    let widths: Vec<usize> = (0..head.len())
        .map(|column| {
            rows.iter()
                .map(|row| cell(row, column).chars().count())
                .chain([head[column].chars().count(), 4])
                .max()
                .unwrap_or(4)
        })
        .collect();
    let line = |cells: Vec<String>| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (text, &width))| match column {
                0 => format!("{text:<width$}"),
                _ => format!("{text:>width$}"),
            })
            .collect();
        format!("| {} |\n", padded.join(" | "))
    };
    let rule: Vec<String> = widths
        .iter()
        .enumerate()
        .map(|(column, &width)| match column {
            0 => "-".repeat(width),
            _ => format!("{}:", "-".repeat(width - 1)),
        })
        .collect();
    let mut text = line(head.iter().map(ToString::to_string).collect());
    text.push_str(&format!("| {} |\n", rule.join(" | ")));
    for row in rows {
        text.push_str(&line(
            (0..head.len()).map(|column| cell(row, column)).collect(),
        ));
    }
    text
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

    #[test]
    fn a_table_lines_up() {
        let rows = vec![
            vec!["bare".to_owned(), "38".to_owned()],
            vec!["probe, tree".to_owned()],
        ];
        assert_eq!(
            markdown(&["kind", "call"], &rows),
            "| kind        | call |\n| ----------- | ---: |\n| bare        |   38 |\n| probe, tree |      |\n"
        );
    }
}
