//! Which names one logical line binds: imports, assignments, loops, blocks. Also the few
//! string helpers that reading a line takes.

/// The names that a statement binds, `*` for a star import.
pub(super) fn bindings(text: &str) -> Vec<&str> {
    if let Some(rest) = after_word(text, "import") {
        let named = |item| alias(item).unwrap_or_else(|| leading_name(item).unwrap_or(""));
        return rest.split(',').map(named).collect();
    }
    if let Some(rest) = after_word(text, "from") {
        let (_, items) = rest.split_once(" import").unwrap_or((rest, ""));
        let items = items.trim_matches(|c: char| c == '(' || c == ')' || c.is_whitespace());
        let named = |item: &'_ str| item.trim() == "*";
        return items
            .split(',')
            .filter_map(|item| match named(item) {
                true => Some("*"),
                false => alias(item).or_else(|| leading_name(item)),
            })
            .collect();
    }
    if let Some(rest) = after_word(text, "for") {
        return targets(rest.split(" in ").next().unwrap_or(""));
    }
    const BLOCKS: [&str; 8] = [
        "if", "elif", "else", "try", "except", "finally", "with", "while",
    ];
    if BLOCKS.iter().any(|word| {
        text.strip_prefix(word)
            .is_some_and(|rest| !rest.starts_with(is_name_character))
    }) {
        let head_end = split_at_level(text, |byte, _| byte == b':');
        let (head, body) = head_end.map_or((text, ""), |at| (&text[..at], &text[at + 1..]));
        let aliases = head.split(',').filter_map(alias);
        return aliases.chain(simple_bindings(body)).collect();
    }
    assignment(text)
}

/// A statement on the line of its block's head.
fn simple_bindings(text: &str) -> Vec<&str> {
    match text.trim() {
        "" => Vec::new(),
        text => bindings(text),
    }
}

/// All names left of a `=`, and an annotated name.
fn assignment(text: &str) -> Vec<&str> {
    let mut rest = text;
    let mut names = Vec::new();
    while let Some(at) = split_at_level(rest, is_assignment) {
        names.extend(targets(&rest[..at]));
        rest = &rest[at + 1..];
    }
    if names.is_empty() && split_at_level(text, |byte, _| byte == b':').is_some() {
        names.extend(targets(text));
    }
    names
}

/// A `=` that is no part of another operator.
fn is_assignment(byte: u8, around: (u8, u8)) -> bool {
    byte == b'=' && around.1 != b'=' && !b"=!<>:+-*/%&|^@".contains(&around.0)
}

/// The plain names of `a, (b, *c), d.e, f[0]: int`: a, b, c.
fn targets(text: &str) -> Vec<&str> {
    let end = split_at_level(text, |byte, _| byte == b':').unwrap_or(text.len());
    text[..end]
        .split(',')
        .map(|item| item.trim_matches(|c: char| "()[]*".contains(c) || c.is_whitespace()))
        .filter(|item| leading_name(item).is_some_and(|name| name.len() == item.len()))
        .collect()
}

/// The offset of the first byte outside brackets for which `is` holds, which also gets the
/// bytes before and behind.
fn split_at_level(text: &str, is: impl Fn(u8, (u8, u8)) -> bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let byte_at = |at: Option<usize>| at.and_then(|at| bytes.get(at)).copied().unwrap_or(0);
    let mut depth = 0_usize;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ if depth == 0 && is(*byte, (byte_at(at.checked_sub(1)), byte_at(Some(at + 1)))) => {
                return Some(at);
            }
            _ => {}
        }
    }
    None
}

/// The name behind `as`.
fn alias(item: &str) -> Option<&str> {
    let (_, name) = item.rsplit_once(" as ")?;
    leading_name(name)
}

/// What follows a word and white space.
pub(super) fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(word)?;
    let trimmed = rest.trim_start();
    (trimmed.len() < rest.len() || rest.starts_with('(')).then_some(trimmed)
}

pub(super) fn leading_name(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let end = text
        .find(|c: char| !is_name_character(c))
        .unwrap_or(text.len());
    (end > 0).then(|| &text[..end])
}

fn is_name_character(c: char) -> bool {
    c == '_' || unicode_ident::is_xid_continue(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_statement_binds_its_names() {
        for (line, names) in [
            ("import a.b.c, d as e", vec!["a", "e"]),
            ("from .x import (a as b, c, )", vec!["b", "c"]),
            ("from x import *", vec!["*"]),
            ("a = b = c == d", vec!["a", "b"]),
            ("a: dict[str, int] = {}", vec!["a"]),
            ("a: int", vec!["a"]),
            ("(a, [b, *c]), d.e, f[0] = g", vec!["a", "b", "c"]),
            ("a += 1", vec![]),
            ("f(a=1)", vec![]),
            ("if a <= b: c = 1", vec!["c"]),
            ("try: import fast", vec!["fast"]),
            ("with open(\"\") as a, b as c:", vec!["a", "c"]),
            ("for a, b in c:", vec!["a", "b"]),
            ("iffy = 1", vec!["iffy"]),
            ("important()", vec![]),
        ] {
            assert_eq!(bindings(line), names, "{line}");
        }
    }
}
