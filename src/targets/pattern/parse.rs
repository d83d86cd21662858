//! From a target's text to its parts, and what can be wrong with it, with the column.

use unicode_ident::{is_xid_continue, is_xid_start};

use super::{ANY_PARTS, Pattern};
use crate::exit::{Diagnose, Exit};

/// The parts of a qualname that are no identifiers: Python's own marks.
const MARKS: [&str; 2] = ["<locals>", "<lambda>"];

/// A target that doesn't parse. Shown with the target and a caret under the column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "target doesn't parse: {problem}, at column {column}\n  {}\n  {caret:>column$}",
    printable(text),
    caret = '^'
)]
pub struct PatternError {
    /// The target as it was written.
    pub text: String,
    /// Where it goes wrong, counted in characters from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is nothing.
    #[error("it is empty")]
    Empty,
    /// Nothing between `!` and the colon or the end.
    #[error("the module is missing")]
    NoModule,
    /// A colon with nothing behind it.
    #[error("the qualname behind `:` is missing")]
    NoQualname,
    /// Two dots in a row, or one at an end.
    #[error("a part is empty")]
    EmptyPart,
    /// A second `!`.
    #[error("only one `!` may lead a target")]
    SecondMark,
    /// A second `:`.
    #[error("a second `:`")]
    SecondColon,
    /// `**` with something else in its part.
    #[error("`**` must be a whole part")]
    AnyPartsInside,
    /// A part that starts with a digit.
    #[error("a name can't start with the digit `{0}`")]
    Digit(char),
    /// `<` … without being one of Python's marks, or in a module.
    #[error("only `<locals>` and `<lambda>` may stand in a qualname, and none in a module")]
    Mark,
    /// Anything else that no name can hold.
    #[error("`{}` can't stand in a name", printable(&.0.to_string()))]
    Character(char),
}

impl Diagnose for PatternError {
    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn hint(&self) -> Option<String> {
        Some(match self.problem {
            Problem::Character('/' | '\\') => {
                "a target names a module, not a file: `shop.db:Session.commit`, not \
                 `shop/db.py`"
                    .to_owned()
            }
            Problem::Character('(' | ')') => {
                "a target names a function without calling it: `shop.db:Session.commit`".to_owned()
            }
            _ => "a target is `module:qualname`, such as `shop.db:Session.commit`, \
                  `shop.**:*` or `!shop.tests.**`"
                .to_owned(),
        })
    }
}

/// Parses a whole target.
pub(super) fn parse(text: &str) -> Result<Pattern, PatternError> {
    parse_at(text).map_err(|(offset, problem)| PatternError {
        text: text.to_owned(),
        column: text[..offset].chars().count() + 1,
        problem,
    })
}

/// A problem and its offset in bytes.
type Wrong = (usize, Problem);

fn parse_at(text: &str) -> Result<Pattern, Wrong> {
    if text.is_empty() {
        return Err((0, Problem::Empty));
    }
    let excludes = text.starts_with('!');
    let start = usize::from(excludes);
    if text[start..].starts_with('!') {
        return Err((start, Problem::SecondMark));
    }
    let (module, qualname) = match text[start..].split_once(':') {
        Some((module, qualname)) => (module, Some(qualname)),
        None => (&text[start..], None),
    };
    if module.is_empty() {
        return Err((start, Problem::NoModule));
    }
    let module_parts = parts(module, start, false)?;
    let qualname_parts = match qualname {
        None => vec![ANY_PARTS.to_owned()],
        Some("") => return Err((text.len(), Problem::NoQualname)),
        Some(qualname) => parts(qualname, start + module.len() + 1, true)?,
    };
    Ok(Pattern {
        text: text.to_owned(),
        excludes,
        module: module_parts,
        qualname: qualname_parts,
    })
}

fn parts(text: &str, offset: usize, in_qualname: bool) -> Result<Vec<String>, Wrong> {
    let mut at = offset;
    text.split('.')
        .map(|part| {
            check(part, in_qualname).map_err(|(inside, problem)| (at + inside, problem))?;
            at += part.len() + 1;
            Ok(part.to_owned())
        })
        .collect()
}

/// Says what is wrong with one part, and where in it.
fn check(part: &str, in_qualname: bool) -> Result<(), Wrong> {
    if part.is_empty() {
        return Err((0, Problem::EmptyPart));
    }
    if part == ANY_PARTS || (in_qualname && MARKS.contains(&part)) {
        return Ok(());
    }
    if let Some(inside) = part.find(ANY_PARTS) {
        // A wrong character before it is the more telling mistake.
        check_characters(&part[..inside])?;
        return Err((inside, Problem::AnyPartsInside));
    }
    check_characters(part)
}

fn check_characters(part: &str) -> Result<(), Wrong> {
    for (inside, c) in part.char_indices() {
        let fits = match c {
            '*' | '_' => true,
            _ if inside == 0 => is_xid_start(c),
            _ => is_xid_continue(c),
        };
        if fits {
            continue;
        }
        let problem = match c {
            ':' => Problem::SecondColon,
            '<' | '>' => Problem::Mark,
            _ if is_xid_continue(c) && c.is_numeric() => Problem::Digit(c),
            _ => Problem::Character(c),
        };
        return Err((inside, problem));
    }
    Ok(())
}

/// One character for one, so that the caret stands where it should.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
