//! The profile format of Callgrind (<https://valgrind.org/docs/manual/cl-format.html>), for
//! KCachegrind and callgrind_annotate: self time and calls of each function, and what those that it
//! called took. A module stands where a source file would. Has no errors and no histogram.
//!
//! What a call costs with all below it is the sum of self times there, so that the parts always give
//! the whole: of a coroutine, the time in which it ran. Where a function calls itself, through others
//! too, only its outermost call counts, so that what its callers are charged for adds up to what it
//! took.

use std::collections::BTreeMap;

use super::{Calls, ExportError, creator, parts};
use crate::harmless;
use crate::report::Model;

/// Self time in ns and calls.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    ns: u64,
    calls: u64,
}

/// Calls of a function by one caller.
#[derive(Debug, Clone, Copy, Default)]
struct Edge {
    calls: u64,
    inclusive: Cost,
}

/// By the index of the function.
type Functions = BTreeMap<usize, Cost>;

/// By the indexes of caller and function.
type Edges = BTreeMap<(usize, usize), Edge>;

/// The text.
///
/// # Errors
/// No call has ended.
pub fn text(model: &Model, calls: &Calls) -> Result<String, ExportError> {
    if calls.is_empty() {
        return Err(ExportError::NoCalls);
    }
    let mut text = head(model, calls);
    let mut names = Names::of(calls);
    let (functions, edges) = sums(calls);
    for (caller, cost) in &functions {
        let (module, name) = names.of_function(*caller);
        text.push_str(&format!(
            "\nfl={module}\nfn={name}\n0 {} {}\n",
            cost.ns, cost.calls
        ));
        for ((_, callee), edge) in edges.range((*caller, 0)..(*caller + 1, 0)) {
            let (module, name) = names.of_function(*callee);
            let Edge { calls, inclusive } = edge;
            text.push_str(&format!(
                "cfi={module}\ncfn={name}\ncalls={calls} 0\n0 {} {}\n",
                inclusive.ns, inclusive.calls
            ));
        }
    }
    Ok(text)
}

/// Names, of which each is written in full where it is first used, and as a number after that: so
/// that no name is taken for a number.
struct Names<'a> {
    names: &'a [String],
    is_known: Vec<bool>,
}

impl<'a> Names<'a> {
    fn of(calls: &'a Calls) -> Self {
        Self {
            names: &calls.names,
            is_known: vec![false; calls.names.len()],
        }
    }

    /// The module and the name of a function.
    fn of_function(&mut self, index: usize) -> (&'a str, String) {
        let (module, name) = parts(&self.names[index]);
        let number = index + 1;
        match std::mem::replace(&mut self.is_known[index], true) {
            true => (module, format!("({number})")),
            false => (module, format!("({number}) {name}")),
        }
    }
}

fn head(model: &Model, calls: &Calls) -> String {
    let command = match &model.processes[..] {
        [only] => harmless::line(&only.argv.join(" ")),
        all => format!("{} processes", all.len()),
    };
    format!(
        "# callgrind format\nversion: 1\ncreator: {}\ncmd: {command}\npositions: line\n\
         event: ns : Nanoseconds\nevent: calls : Calls\nevents: ns calls\nsummary: {} {}\n",
        creator(),
        calls.self_ns(),
        calls.count()
    )
}

/// The costs of functions, and those of calls by caller and function.
fn sums(calls: &Calls) -> (Functions, Edges) {
    let (mut functions, mut edges) = (Functions::new(), Edges::new());
    let below = calls.inclusive(|it| it.self_ns);
    let calls_below = calls.inclusive(|it| it.calls);
    for (index, outermost) in calls.outermost().into_iter().enumerate() {
        let node = &calls.nodes[index];
        let cost = functions.entry(node.function).or_default();
        cost.ns += node.self_ns;
        cost.calls += node.calls;
        let Some(parent) = node.parent else { continue };
        let caller = calls.nodes[parent].function;
        let edge = edges.entry((caller, node.function)).or_default();
        edge.calls += node.calls;
        if outermost.function {
            edge.inclusive.ns += below[index];
            edge.inclusive.calls += calls_below[index];
        }
    }
    (functions, edges)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::export::calls::tests::calls;

    #[test]
    fn recursion_is_counted_once_in_what_calls_cost() {
        let tree = calls(&[
            ("m:a", 1, 10),
            ("m:a/m:b", 2, 20),
            ("m:a/m:b/m:b", 4, 40),
            ("m:a/m:b/m:b/m:b", 8, 80),
        ]);
        let text = text(&Model::default(), &tree).unwrap();
        let text = text.replace(&creator(), "probe [VERSION]");
        insta::assert_snapshot!(text, @"
        # callgrind format
        version: 1
        creator: probe [VERSION]
        cmd: 0 processes
        positions: line
        event: ns : Nanoseconds
        event: calls : Calls
        events: ns calls
        summary: 150 15

        fl=m
        fn=(1) a
        0 10 1
        cfi=m
        cfn=(2) b
        calls=2 0
        0 140 14

        fl=m
        fn=(2)
        0 140 14
        cfi=m
        cfn=(2)
        calls=12 0
        0 0 0
        ");
    }
}
