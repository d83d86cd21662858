//! The file format of speedscope
//! (<https://github.com/jlfwong/speedscope/wiki/Importing-from-custom-sources>, schema
//! <https://www.speedscope.app/file-format-schema.json>): the call tree as one profile of times, and
//! one of calls. Has no errors and no histogram.
//!
//! A tree of sums has no order in time. Each node is open for its self time and those of all below
//! it, itself first, so that the widths are right; and a profile grows with its nodes only, which one
//! of samples, with the whole way down to each, would not.

use serde::Serialize;

use super::{Calls, ExportError, creator, parts};
use crate::harmless;
use crate::report::tree::Node;

#[derive(Debug, Serialize)]
struct File<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    exporter: String,
    name: &'a str,
    #[serde(rename = "activeProfileIndex")]
    active_profile_index: usize,
    shared: Shared<'a>,
    profiles: Vec<Profile>,
}

#[derive(Debug, Serialize)]
struct Shared<'a> {
    frames: Vec<Frame<'a>>,
}

#[derive(Debug, Serialize)]
struct Frame<'a> {
    name: &'a str,
    /// The module.
    file: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    r#type: &'static str,
    name: &'static str,
    unit: &'static str,
    start_value: u64,
    end_value: u64,
    events: Vec<Event>,
}

#[derive(Debug, Serialize)]
struct Event {
    r#type: char,
    frame: usize,
    at: u64,
}

/// The document. The title says whose recordings these are.
///
/// # Errors
/// No call has ended.
pub fn text(calls: &Calls, title: &str) -> Result<String, ExportError> {
    if calls.is_empty() {
        return Err(ExportError::NoCalls);
    }
    let time = profile(calls, ("time, all processes", "nanoseconds"), |it| {
        it.self_ns
    });
    let count = profile(calls, ("calls, all processes", "none"), |it| it.calls);
    let frames = calls.names.iter().map(|name| Frame {
        name,
        file: parts(name).0,
    });
    let file = File {
        schema: "https://www.speedscope.app/file-format-schema.json",
        exporter: creator(),
        name: title,
        active_profile_index: 0,
        shared: Shared {
            frames: frames.collect(),
        },
        profiles: [time, count]
            .into_iter()
            .filter(|it| it.end_value > 0)
            .collect(),
    };
    let text = serde_json::to_string(&file).map_err(ExportError::format)?;
    Ok(harmless::json(&text) + "\n")
}

/// The tree as wide as a figure of its nodes is. What has none is left out.
fn profile(
    calls: &Calls,
    (name, unit): (&'static str, &'static str),
    of: fn(&Node) -> u64,
) -> Profile {
    let widths = calls.inclusive(of);
    let mut events = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    let event = |r#type, index: usize, at| Event {
        r#type,
        frame: calls.nodes[index].function,
        at,
    };
    for (index, node) in calls.nodes.iter().enumerate() {
        if widths[index] == 0 {
            continue;
        }
        while let Some(last) = open.pop_if(|last| Some(*last) != node.parent) {
            events.push(event('C', last, at));
        }
        events.push(event('O', index, at));
        open.push(index);
        at += of(node);
    }
    for last in open.into_iter().rev() {
        events.push(event('C', last, at));
    }
    Profile {
        r#type: "evented",
        name,
        unit,
        start_value: 0,
        end_value: at,
        events,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::export::calls::tests::calls;

    #[test]
    fn each_node_is_open_for_all_below_it() {
        let tree = calls(&[
            ("m:a", 1, 10),
            ("m:a/m:b", 1, 0),
            ("m:a/m:b/m:a", 0, 5),
            ("m:a/m:c", 1, 0),
            ("m:c", 1, 1),
        ]);
        let found = profile(&tree, ("time", "nanoseconds"), |it| it.self_ns);
        let events: Vec<(char, usize, u64)> = found
            .events
            .iter()
            .map(|it| (it.r#type, it.frame, it.at))
            .collect();
        assert_eq!(
            events,
            [
                ('O', 0, 0),
                ('O', 1, 10),
                ('O', 0, 10),
                ('C', 0, 15),
                ('C', 1, 15),
                ('C', 0, 15),
                ('O', 2, 15),
                ('C', 2, 16),
            ]
        );
        assert_eq!(found.end_value, tree.self_ns());
    }
}
