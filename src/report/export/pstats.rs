//! A file as cProfile dumps it, for Python's pstats
//! (<https://docs.python.org/3/library/profile.html>), snakeviz and gprof2dot: for each function its
//! calls, self time and cumulative time, and the same by caller. The form is what `create_stats` of
//! <https://github.com/python/cpython/blob/main/Lib/cProfile.py> makes: a marshalled dict from
//! (file, line, name) to (primitive calls, calls, self, cumulative, callers), times in seconds.
//! A module stands where a file would, and the line is 0. Has no errors and no histogram.
//!
//! A call is primitive where no call of the same function is around it, and only those count in the
//! cumulative time, so that recursion counts once.

use std::collections::BTreeMap;

use super::marshal::Marshal;
use super::{Calls, ExportError, parts};

/// Nanoseconds of a second.
const SECOND: f64 = 1e9;

/// Figures of a function, or of its calls by one caller.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Figures {
    primitive: u64,
    calls: u64,
    self_ns: u64,
    cumulative_ns: u64,
}

impl Figures {
    fn add(&mut self, node: &crate::report::tree::Node, is_outermost: bool) {
        self.calls += node.calls;
        self.self_ns += node.self_ns;
        if is_outermost {
            self.primitive += node.calls;
            self.cumulative_ns = self.cumulative_ns.saturating_add(node.total_ns);
        }
    }
}

/// A function, and its calls by the index of their caller.
#[derive(Debug, Default)]
struct Entry {
    all: Figures,
    by_caller: BTreeMap<usize, Figures>,
}

/// The file's bytes.
///
/// # Errors
/// No call has ended.
pub fn bytes(calls: &Calls) -> Result<Vec<u8>, ExportError> {
    if calls.is_empty() {
        return Err(ExportError::NoCalls);
    }
    let mut marshal = Marshal::default();
    marshal.begin_dict();
    for (function, entry) in entries(calls) {
        key(&mut marshal, &calls.names[function]);
        let Figures {
            primitive,
            calls: all,
            ..
        } = entry.all;
        marshal.tuple(5);
        marshal.integer(primitive);
        marshal.integer(all);
        times(&mut marshal, entry.all);
        marshal.begin_dict();
        for (caller, figures) in entry.by_caller {
            key(&mut marshal, &calls.names[caller]);
            // Of callers, cProfile gives all calls first and the primitive ones second.
            marshal.tuple(4);
            marshal.integer(figures.calls);
            marshal.integer(figures.primitive);
            times(&mut marshal, figures);
        }
        marshal.end_dict();
    }
    marshal.end_dict();
    Ok(marshal.bytes)
}

fn entries(calls: &Calls) -> BTreeMap<usize, Entry> {
    let mut entries: BTreeMap<usize, Entry> = BTreeMap::new();
    for (node, outermost) in calls.nodes.iter().zip(calls.outermost()) {
        let entry = entries.entry(node.function).or_default();
        entry.all.add(node, outermost.function);
        if let Some(parent) = node.parent {
            let caller = calls.nodes[parent].function;
            let figures = entry.by_caller.entry(caller).or_default();
            figures.add(node, outermost.edge);
        }
    }
    entries
}

fn key(marshal: &mut Marshal, name: &str) {
    let (module, name) = parts(name);
    marshal.tuple(3);
    marshal.text(module);
    marshal.integer(0);
    marshal.text(name);
}

fn times(marshal: &mut Marshal, figures: Figures) {
    marshal.float(figures.self_ns as f64 / SECOND);
    marshal.float(figures.cumulative_ns as f64 / SECOND);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::export::calls::tests::calls;

    #[test]
    fn recursion_counts_once() {
        let tree = calls(&[
            ("m:a", 1, 10),
            ("m:a/m:b", 2, 20),
            ("m:a/m:b/m:b", 4, 40),
            ("m:a/m:b/m:b/m:b", 8, 80),
        ]);
        let entries = entries(&tree);
        let figures = |primitive, calls, self_ns, cumulative_ns| Figures {
            primitive,
            calls,
            self_ns,
            cumulative_ns,
        };
        assert_eq!(entries[&0].all, figures(1, 1, 10, 150));
        assert_eq!(entries[&1].all, figures(2, 14, 140, 140));
        assert_eq!(entries[&1].by_caller[&0], figures(2, 2, 20, 140));
        assert_eq!(entries[&1].by_caller[&1], figures(4, 12, 120, 120));
    }
}
