//! Python source as logical lines: what stands between two statements' ends, with its
//! indentation, strings emptied and comments left out. Tolerant: any bytes give some lines.

/// One statement's text, or a compound statement's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Columns of white space before it, tabs to the next multiple of 8 as in Python.
    pub(super) indent: usize,
    /// The text, on one line, each string as `""`.
    pub(super) text: String,
}

/// Splits a module's source.
pub(super) fn logical_lines(source: &[u8]) -> Vec<Line> {
    Splitter {
        source: source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source),
        at: 0,
        lines: Vec::new(),
    }
    .split()
}

struct Splitter<'a> {
    source: &'a [u8],
    at: usize,
    lines: Vec<Line>,
}

impl Splitter<'_> {
    fn split(mut self) -> Vec<Line> {
        while self.at < self.source.len() {
            let indent = self.indent();
            let text = self.statement();
            let text = String::from_utf8_lossy(&text).trim().to_owned();
            if !text.is_empty() {
                self.lines.push(Line { indent, text });
            }
        }
        self.lines
    }

    fn indent(&mut self) -> usize {
        let mut columns = 0;
        while let Some(byte) = self.source.get(self.at) {
            match byte {
                b' ' => columns += 1,
                b'\t' => columns = columns / 8 * 8 + 8,
                b'\x0c' => columns = 0,
                _ => break,
            }
            self.at += 1;
        }
        columns
    }

    /// Up to the end of line that ends the statement, or the end of the source.
    fn statement(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut open_brackets = 0_usize;
        while let Some(&byte) = self.source.get(self.at) {
            match byte {
                b'\'' | b'"' => {
                    self.skip_string(byte);
                    text.extend_from_slice(b"\"\"");
                    continue;
                }
                b'#' => {
                    self.skip_comment();
                    continue;
                }
                b'\\' if matches!(self.source.get(self.at + 1), Some(b'\n' | b'\r')) => {
                    self.at += 1;
                    if self.source[self.at..].starts_with(b"\r\n") {
                        self.at += 1;
                    }
                    text.push(b' ');
                }
                b'\n' | b'\r' if open_brackets == 0 => {
                    self.at += 1;
                    return text;
                }
                b'\n' | b'\r' => text.push(b' '),
                b'(' | b'[' | b'{' => {
                    open_brackets += 1;
                    text.push(byte);
                }
                b')' | b']' | b'}' => {
                    open_brackets = open_brackets.saturating_sub(1);
                    text.push(byte);
                }
                _ => text.push(byte),
            }
            self.at += 1;
        }
        text
    }

    fn skip_comment(&mut self) {
        while !matches!(self.source.get(self.at), None | Some(b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// A backslash keeps the next byte from ending the string, also in a raw one. A string
    /// that its line doesn't end is ended there, as the statement is broken anyway.
    fn skip_string(&mut self, quote: u8) {
        let triple = self.source[self.at..].starts_with(&[quote; 3]);
        let end: &[u8] = if triple { &[quote; 3] } else { &[quote] };
        self.at += end.len();
        while let Some(&byte) = self.source.get(self.at) {
            if byte == b'\\' {
                self.at += 2;
            } else if self.source[self.at..].starts_with(end) {
                self.at += end.len();
                return;
            } else if byte == b'\n' && !triple {
                return;
            } else {
                self.at += 1;
            }
        }
        self.at = self.at.min(self.source.len());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(source: &str) -> Vec<(usize, String)> {
        logical_lines(source.as_bytes())
            .into_iter()
            .map(|line| (line.indent, line.text))
            .collect()
    }

    fn line(indent: usize, text: &str) -> (usize, String) {
        (indent, text.to_owned())
    }

    #[test]
    fn strings_comments_and_brackets_end_no_statement() {
        assert_eq!(
            texts(
                "\u{feff}x = '''def a():\n  pass'''  # def b():\nf(1,\n  2)\n\n\
                 \ty = 'it\\'s' \\\n  + r\"\\\"\"\nz = 'open\nw\n"
            ),
            [
                line(0, "x = \"\""),
                line(0, "f(1,   2)"),
                line(8, "y = \"\"    + r\"\""),
                line(0, "z = \"\""),
                line(0, "w"),
            ]
        );
    }

    #[test]
    fn all_line_ends_are_known() {
        assert_eq!(
            texts("a\r\n  b\rc \\\r\n d\n"),
            [line(0, "a"), line(2, "b"), line(0, "c   d")]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_give_some_lines(source in proptest::collection::vec(
            prop_oneof![Just(b'\''), Just(b'"'), Just(b'\\'), Just(b'\n'), any::<u8>()], 0..60)) {
            for line in logical_lines(&source) {
                prop_assert!(!line.text.is_empty());
            }
        }
    }
}
