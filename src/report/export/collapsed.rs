//! Collapsed stacks, a line for each way down the call tree and its self time in ns, for flame graphs
//! (<https://github.com/brendangregg/FlameGraph#2-fold-stacks>). Has times only.

use super::{Calls, ExportError};
use crate::report::tree::Node;

/// The lines, depth first. The numbers add up to the sum of all self times.
///
/// # Errors
/// There are no times.
pub fn text(calls: &Calls) -> Result<String, ExportError> {
    let lines = lines(calls)?;
    Ok(lines.iter().map(|line| format!("{line}\n")).collect())
}

/// The lines, of nodes with a self time.
pub(super) fn lines(calls: &Calls) -> Result<Vec<String>, ExportError> {
    if calls.is_empty() {
        return Err(ExportError::NoCalls);
    }
    let frames: Vec<String> = calls.names.iter().map(|name| frame(name)).collect();
    let line = |(index, node): (usize, &Node)| {
        let mut way: Vec<&str> = calls.upwards(index).map(|it| &*frames[it]).collect();
        way.reverse();
        format!("{} {}", way.join(";"), node.self_ns)
    };
    let nodes = calls.nodes.iter().enumerate();
    let lines: Vec<String> = nodes.filter(|it| it.1.self_ns > 0).map(line).collect();
    if lines.is_empty() {
        return Err(ExportError::NoTimes);
    }
    Ok(lines)
}

/// A name that neither ends a frame nor a line's stack, nor is lost at its ends.
fn frame(name: &str) -> String {
    if name.is_empty() {
        return "\\u{}".to_owned();
    }
    let mut frame = String::with_capacity(name.len());
    for c in name.chars() {
        if c == ';' || c.is_whitespace() {
            frame.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        } else {
            frame.push(c);
        }
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::export::calls::tests::calls;

    #[test]
    fn a_line_for_each_way_down_that_took_time() {
        let tree = calls(&[("a", 2, 5), ("a/b", 1, 0), ("a/b/a", 3, 7), ("b", 1, 1)]);
        assert_eq!(text(&tree).unwrap(), "a 5\na;b;a 7\nb 1\n");
    }

    #[test]
    fn no_name_breaks_a_line() {
        let tree = calls(&[("a;b 1", 1, 5), ("# c\u{a0}", 1, 5), ("", 1, 5)]);
        let expected = "a\\u{3b}b\\u{20}1 5\n#\\u{20}c\\u{a0} 5\n\\u{} 5\n";
        assert_eq!(text(&tree).unwrap(), expected);
    }

    #[test]
    fn what_there_is_no_time_of_is_no_flame_graph() {
        let of = |ways: &[(&str, u64, u64)]| text(&calls(ways)).unwrap_err();
        assert!(matches!(of(&[("a", 3, 0)]), ExportError::NoTimes));
        assert!(matches!(of(&[("a", 0, 0)]), ExportError::NoCalls));
        assert!(matches!(of(&[]), ExportError::NoCalls));
    }
}
