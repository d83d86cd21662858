//! Tables in Markdown, as tasks print them. Pure.

/// A Markdown table, its columns as wide as their widest cell; all but the first to the right.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
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

    #[test]
    fn a_table_lines_up() {
        let rows = vec![
            vec!["bare".to_owned(), "38".to_owned()],
            vec!["probe, tree".to_owned()],
        ];
        assert_eq!(
            table(&["kind", "call"], &rows),
            "| kind        | call |\n| ----------- | ---: |\n| bare        |   38 |\n| probe, tree |      |\n"
        );
    }
}
