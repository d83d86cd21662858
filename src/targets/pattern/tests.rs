//! Patterns against the table shared with the payload, and against a naive matcher.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Case {
    pattern: String,
    module: String,
    qualname: String,
    matches: bool,
}

fn parse(text: &str) -> Pattern {
    text.parse().unwrap()
}

fn problem(text: &str) -> (usize, Problem) {
    let error = text.parse::<Pattern>().unwrap_err();
    (error.column, error.problem)
}

#[test]
fn the_shared_table_holds() {
    let table = include_str!("../../../tests/data/patterns.json");
    let cases: Vec<Case> = serde_json::from_str(table).unwrap();
    assert!(cases.len() > 60);
    for case in cases {
        assert_eq!(
            parse(&case.pattern).matches(&case.module, &case.qualname),
            case.matches,
            "`{}` on `{}:{}`",
            case.pattern,
            case.module,
            case.qualname
        );
    }
}

#[test]
fn a_module_alone_means_all_in_it() {
    let pattern = parse("!shop.db");
    assert!(pattern.excludes());
    assert_eq!(pattern.module(), ["shop", "db"]);
    assert_eq!(pattern.qualname(), ["**"]);
    assert_eq!(pattern.exact_module().as_deref(), Some("shop.db"));
    assert_eq!(pattern.exact_qualname(), None);
}

#[test]
fn the_last_match_wins() {
    let patterns: Vec<Pattern> = ["shop.**:**", "!shop.db:Session.*", "shop.db:Session.commit"]
        .map(parse)
        .into();
    assert_eq!(choose(&patterns, "shop.db", "Session.commit"), Some(2));
    assert_eq!(choose(&patterns, "shop.db", "Session.close"), None);
    assert_eq!(choose(&patterns, "shop", "f"), Some(0));
    assert_eq!(choose(&patterns, "other", "f"), None);
}

#[test]
fn each_mistake_has_its_column() {
    assert_eq!(problem(""), (1, Problem::Empty));
    assert_eq!(problem("!"), (2, Problem::NoModule));
    assert_eq!(problem(":f"), (1, Problem::NoModule));
    assert_eq!(problem("shop:"), (6, Problem::NoQualname));
    assert_eq!(problem("shop..db:f"), (6, Problem::EmptyPart));
    assert_eq!(problem(".shop"), (1, Problem::EmptyPart));
    assert_eq!(problem("shop:f."), (8, Problem::EmptyPart));
    assert_eq!(problem("!!shop"), (2, Problem::SecondMark));
    assert_eq!(problem("a:b:c"), (4, Problem::SecondColon));
    assert_eq!(problem("a.b**:c"), (4, Problem::AnyPartsInside));
    assert_eq!(problem("a:***"), (3, Problem::AnyPartsInside));
    assert_eq!(problem("a.1b:c"), (3, Problem::Digit('1')));
    assert_eq!(problem("a:<listcomp>"), (3, Problem::Mark));
    assert_eq!(problem("<locals>:f"), (1, Problem::Mark));
    assert_eq!(problem("shop/db.py:f"), (5, Problem::Character('/')));
    assert_eq!(problem("größe:f g"), (8, Problem::Character(' ')));
}

#[test]
fn an_error_points_at_its_column() {
    let error = "größe..x:f".parse::<Pattern>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "target doesn't parse: a part is empty, at column 7\n  größe..x:f\n        ^"
    );
    let error = "a\nb".parse::<Pattern>().unwrap_err();
    assert!(
        error.to_string().ends_with("\n  a\u{fffd}b\n   ^"),
        "{error}"
    );
}

/// The definition, word by word: `**` takes none, or one part and then again.
fn naive(pattern: &[String], name: &[&str]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some((first, rest)), _) if first == "**" => {
            naive(rest, name) || (!name.is_empty() && naive(pattern, &name[1..]))
        }
        (Some(_), None) => false,
        (Some((first, rest)), Some((part, others))) => {
            let first: Vec<char> = first.chars().collect();
            let part: Vec<char> = part.chars().collect();
            naive_part(&first, &part) && naive(rest, others)
        }
    }
}

fn naive_part(pattern: &[char], part: &[char]) -> bool {
    match (pattern.split_first(), part.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some((first, rest)), _) if *first == '*' => {
            naive_part(rest, part) || (!part.is_empty() && naive_part(pattern, &part[1..]))
        }
        (Some((first, rest)), Some((c, others))) if first == c => naive_part(rest, others),
        (Some(_), _) => false,
    }
}

proptest! {
    #[test]
    fn matches_as_the_definition_says(
        pattern in proptest::collection::vec("\\*\\*|\\*|[ab]{1,3}|[ab]?\\*[ab]?\\*?[ab]", 1..6),
        name in proptest::collection::vec("[ab]{1,4}", 1..7),
    ) {
        let text = format!("m:{}", pattern.join("."));
        // A part such as `**a` isn't a pattern.
        if let Ok(parsed) = text.parse::<Pattern>() {
            let parts: Vec<&str> = name.iter().map(String::as_str).collect();
            prop_assert_eq!(
                parsed.matches("m", &name.join(".")),
                naive(parsed.qualname(), &parts)
            );
        }
    }

    #[test]
    fn any_text_parses_or_names_a_column_within(text in "\\PC{0,12}|[!a*.:<>]{0,12}") {
        match text.parse::<Pattern>() {
            Ok(pattern) => prop_assert_eq!(pattern.text(), text.as_str()),
            Err(error) => prop_assert!((1..=text.chars().count() + 1).contains(&error.column)),
        }
    }
}
