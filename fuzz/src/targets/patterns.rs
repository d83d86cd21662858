//! Targets as text, and names to match them with: the command line and the payload must parse
//! them alike and choose alike.

use probe::targets::Pattern;
use probe::targets::pattern::choose;
use serde_json::json;

use crate::mutation::Mutation;
use crate::{Target, python};

pub(super) static TARGET: Target = Target {
    name: "patterns",
    about: "targets and names, by the command line and by the payload",
    run,
    seeds,
    mutation: Mutation::Text(&[
        "**", "*", ".", ":", "!", ",", "\n", "shop", "<locals>", "<lambda>", "größe", "a*b", "*a*",
        "ab", "aba", "**.**", ".a", "__init__", "\u{2118}", "ℹ", "·",
    ]),
    longest: 2048,
};

/// The shared table of the tests: a pattern and a name each.
const TABLE: &str = include_str!("../../../tests/data/patterns.json");

/// An input is a line of targets with commas between them, and a name on each other line.
fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let texts: Vec<&str> = first.split(',').collect();
    let mut targets = Vec::new();
    for text in &texts {
        match text.parse::<Pattern>() {
            Ok(pattern) => {
                assert_eq!(pattern.to_string(), *text);
                targets.push(pattern);
            }
            Err(error) => {
                assert!((1..=text.chars().count() + 1).contains(&error.column));
                assert_eq!(error.to_string().lines().count(), 3, "{error}");
            }
        }
    }
    let names: Vec<(&str, &str)> = rest
        .lines()
        .filter_map(|line| line.split_once(':'))
        .collect();
    let chosen: Vec<i64> = names
        .iter()
        .map(|(module, qualname)| {
            choose(&targets, module, qualname).map_or(-1, |index| index as i64)
        })
        .collect();
    let wanted: Vec<bool> = names
        .iter()
        .map(|(module, _)| {
            targets
                .iter()
                .any(|it| !it.excludes() && it.matches_module(module))
        })
        .collect();
    let question = json!({
        "targets": targets.iter().map(Pattern::text).collect::<Vec<_>>(),
        "names": names,
        "together": first,
    });
    let Some(answer) = python::ask(&question) else {
        return;
    };
    let parsed: Vec<_> = targets
        .iter()
        .map(|it| json!([it.excludes(), it.module(), it.qualname()]))
        .collect();
    assert_eq!(answer["parsed"], json!(parsed));
    assert_eq!(answer["chosen"], json!(chosen), "{question}");
    assert_eq!(answer["wanted"], json!(wanted), "{question}");
}

fn seeds() -> Vec<Vec<u8>> {
    #[derive(serde::Deserialize)]
    struct Row {
        pattern: String,
        module: String,
        qualname: String,
    }
    let rows: Vec<Row> = serde_json::from_str(TABLE).expect("the table is JSON");
    let mut seeds: Vec<String> = rows
        .iter()
        .map(|row| format!("{}\n{}:{}", row.pattern, row.module, row.qualname))
        .collect();
    let names: Vec<String> = rows
        .iter()
        .map(|row| format!("{}:{}", row.module, row.qualname))
        .collect();
    seeds.push(format!(
        "shop.**:**,!shop.db:Session.*,a*b\n{}",
        names.join("\n")
    ));
    // Tried one after the other, each `**` would double the time.
    seeds.push(format!(
        "{}c:f\n{}:f",
        "**.a.".repeat(40),
        ["a.b"; 40].join(".")
    ));
    seeds.into_iter().map(String::into_bytes).collect()
}
