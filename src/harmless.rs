//! Text that other programs chose (names, command lines, paths, their errors), made harmless to
//! a terminal: what it would obey, and what turns the direction of writing, is shown as its
//! code. [`Printer`](crate::printer::Printer) does so with all that it prints; whoever puts
//! names into lines calls [`line`] for each, since the printer can't know which line ends are
//! meant.

/// A value that is to stay within its line.
#[must_use]
pub fn line(text: &str) -> String {
    escaped(text, is_harmful)
}

/// A name that is to stay within its line, and to differ from every other: a backslash, of which
/// no name in Python has one, is escaped too.
#[must_use]
pub fn name(text: &str) -> String {
    escaped(text, |c| is_harmful(c) || c == '\\')
}

/// A text whose further lines are indented, as where an error shows a place: no other line can
/// pass for one of ours, which aren't.
#[must_use]
pub fn indented(text: &str) -> String {
    let lines: Vec<String> = text.split("\n  ").map(line).collect();
    lines.join("\n  ")
}

/// A text of several lines.
#[must_use]
pub fn lines(text: &str) -> String {
    escaped(text, |c| is_harmful(c) && c != '\n')
}

/// A text of several lines in which colours and weights are ours, and stay.
#[must_use]
pub fn styled(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\x1b') {
        safe.push_str(&lines(&rest[..at]));
        rest = &rest[at..];
        let length = style_length(rest).unwrap_or(0);
        safe.push_str(&rest[..length]);
        rest = &rest[length..];
        if length == 0 {
            safe.push_str(&lines("\x1b"));
            rest = &rest[1..];
        }
    }
    safe + &lines(rest)
}

/// A document in JSON, in which such characters stand in strings only and have a form for it.
#[must_use]
pub fn json(document: &str) -> String {
    let mut safe = String::with_capacity(document.len());
    for c in document.chars() {
        if is_harmful(c) && c != '\n' {
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            safe.push(c);
        }
    }
    safe
}

fn escaped(text: &str, is_harmful: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if is_harmful(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    safe
}

/// How long the sequence at the start is, where it sets a colour or a weight (SGR), and not
/// one that hides.
fn style_length(text: &str) -> Option<usize> {
    let codes = text.strip_prefix("\x1b[")?;
    let (codes, _) = codes.split_once('m')?;
    let is_style = codes.split(';').all(|code| {
        let is_number = code.bytes().all(|byte| byte.is_ascii_digit());
        code.is_empty() || is_number && code.parse::<u8>().is_ok_and(|code| code != 8)
    });
    is_style.then_some("\x1b[".len() + codes.len() + "m".len())
}

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // Marks of direction (https://trojansource.codes), line and paragraph ends.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_a_terminal_would_obey() {
        assert_eq!(line("shop:Grüße.<locals>.f"), "shop:Grüße.<locals>.f");
        assert_eq!(line("a\x1b[31mb\n\u{9b}c"), "a\\u{1b}[31mb\\n\\u{9b}c");
        assert_eq!(name("a\x1b"), "a\\u{1b}");
        assert_eq!(name("a\\u{1b}"), "a\\\\u{1b}");
        assert_eq!(line("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(indented("a\nhint: b\n  c"), "a\\nhint: b\n  c");
        assert_eq!(lines("a\tb\r\nc\x07"), "a\\tb\\r\nc\\u{7}");
    }

    #[test]
    fn styles_stay_and_nothing_else() {
        for kept in ["\x1b[1mbold\x1b[0m", "\x1b[38;5;200mx\x1b[m\ny", "é"] {
            assert_eq!(styled(kept), kept);
        }
        for (text, safe) in [
            ("a\x1b[2J", "a\\u{1b}[2J"),
            ("\x1b[8mhidden", "\\u{1b}[8mhidden"),
            ("\x1b[1;08mhidden", "\\u{1b}[1;08mhidden"),
            ("\x1b]8;;http://x\x07m", "\\u{1b}]8;;http://x\\u{7}m"),
            ("\x1b\x1b[1m\x1b", "\\u{1b}\x1b[1m\\u{1b}"),
            ("\x1b[", "\\u{1b}["),
        ] {
            assert_eq!(styled(text), safe);
        }
    }

    #[test]
    fn json_means_the_same_afterwards() {
        let value = "a\u{9b}\u{202e}\x7f\x1b\n\"\\";
        let text = json(&serde_json::to_string_pretty(&[value]).unwrap());
        assert!(text.is_ascii());
        let back: Vec<String> = serde_json::from_str(&text).unwrap();
        assert_eq!(back, [value]);
    }
}
