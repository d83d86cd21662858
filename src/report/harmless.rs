//! Text that other programs chose (names, command lines, paths), made harmless to a terminal.

/// The text with control characters, escape sequences and marks that turn the direction of
/// writing replaced by their escaped forms.
#[must_use]
pub fn harmless(text: &str) -> String {
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

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // Marks of direction (https://trojansource.codes), line and paragraph ends.
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_a_terminal_would_obey() {
        assert_eq!(harmless("shop:Grüße.<locals>.f"), "shop:Grüße.<locals>.f");
        assert_eq!(harmless("a\x1b[31mb\n\u{9b}c"), "a\\u{1b}[31mb\\n\\u{9b}c");
        assert_eq!(harmless("a\u{202e}b"), "a\\u{202e}b");
    }
}
