//! A flame graph as SVG (<https://www.brendangregg.com/flamegraphs.html>), drawn by inferno from the
//! lines of `collapsed`; click to zoom, Ctrl-F to search. Has times only.

use inferno::flamegraph::{Options, from_lines};

use super::{Calls, ExportError, collapsed};

/// The SVG. The title says whose recordings these are.
///
/// # Errors
/// There are no times, or it can't be drawn.
pub fn svg(calls: &Calls, title: &str) -> Result<String, ExportError> {
    let lines: Vec<String> = collapsed::lines(calls)?
        .iter()
        .map(|line| allowed(line))
        .collect();
    let mut options = Options::default();
    options.title = allowed(title);
    options.subtitle = Some("time in timed functions, of all processes together".to_owned());
    options.count_name = "ns".to_owned();
    options.name_type = "Function:".to_owned();
    options.notes = super::creator();
    // The same colours each time.
    options.deterministic = true;
    // Lines keep their order, in which a caller's are together: sorted, `f.g` comes between `f` and
    // `f;h`. They are expected from the last to the first.
    options.flame_chart = true;
    let mut svg = Vec::new();
    let lines = lines.iter().rev().map(String::as_str);
    from_lines(&mut options, lines, &mut svg).map_err(ExportError::format)?;
    String::from_utf8(svg).map_err(ExportError::format)
}

/// Text without the characters that XML can't have at all; control characters are escaped before.
/// (<https://www.w3.org/TR/xml/#charsets>)
fn allowed(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::export::calls::tests::calls;

    #[test]
    fn a_box_for_each_frame_once() {
        let tree = calls(&[("f", 1, 5), ("f/h", 1, 5), ("f.g", 1, 5)]);
        let svg = svg(&tree, "shop").unwrap();
        for title in [
            "<title>f (10 ns, 66.67%)</title>",
            "<title>h (5 ns, 33.33%)</title>",
            "<title>f.g (5 ns, 33.33%)</title>",
            "<title>all (15 ns, 100%)</title>",
        ] {
            assert_eq!(svg.matches(title).count(), 1, "{title}\n{svg}");
        }
    }

    #[test]
    fn no_name_is_markup() {
        let tree = calls(&[("<script>&\"'\u{ffff}", 1, 5)]);
        let svg = svg(&tree, "a<b>\u{fffe}").unwrap();
        assert!(!svg.contains("<script>&"), "{svg}");
        assert!(!svg.contains(['\u{fffe}', '\u{ffff}']));
        assert!(svg.contains("a&lt;b&gt;"));
    }
}
