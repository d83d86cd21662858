//! All calls of a model as one call tree, for the formats that have one. Calls that are in no tree
//! are roots of it: those of recordings of less detail than `tree`, whose self time is their total,
//! and those for which a tree had no room. So the nodes of a function always add up to its figures in
//! a report. Formats no file.

use std::collections::HashMap;

use crate::harmless;
use crate::recording::header::Detail;
use crate::report::Model;
use crate::report::model::Function;
use crate::report::tree::Node;

/// The most that all nodes together count, and the most ns of their self times: sums of formats with
/// signed words can't overflow. Only a hostile recording has more.
const MOST: u64 = i64::MAX as u64;

/// The most frames that a format writes which repeats the whole way down to each node.
const MOST_STACKED: usize = 50_000_000;

/// The deepest node that such a format shows.
const MOST_FRAMES: usize = 1_000;

/// A call tree that has all calls.
#[derive(Debug, Clone, Default)]
pub struct Calls {
    /// The names of functions, harmless and all different.
    pub(super) names: Vec<String>,
    /// Depth first, parents before children.
    pub(super) nodes: Vec<Node>,
}

/// What of a node's calls isn't within a call of the same kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outermost {
    /// No call of its function is around it.
    pub(super) function: bool,
    /// No call of its function by its caller's is around it.
    pub(super) edge: bool,
}

/// Figures of some nodes.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    calls: u64,
    total_ns: u64,
    self_ns: u64,
    first: Option<usize>,
    root: Option<usize>,
}

impl Calls {
    /// All calls of a model.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        let mut names: Vec<&str> = model.functions.iter().map(|it| &*it.name).collect();
        let mut indexes: HashMap<&str, usize> = names
            .iter()
            .enumerate()
            .map(|(index, name)| (*name, index))
            .collect();
        let nodes = model.tree.nodes.iter().map(|node| {
            let name = model.tree.name(node);
            let function = *indexes.entry(name).or_insert_with(|| {
                names.push(name);
                names.len() - 1
            });
            Node { function, ..*node }
        });
        let nodes = nodes.collect();
        let names = names.into_iter().map(harmless::name).collect();
        let mut calls = Self { names, nodes };
        calls.add_rest(model);
        calls.limit();
        calls
    }

    /// True where no call has ended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.iter().all(|it| it.calls == 0 && it.self_ns == 0)
    }

    /// The sum of all self times, in ns.
    #[must_use]
    pub fn self_ns(&self) -> u64 {
        self.nodes.iter().map(|it| it.self_ns).sum()
    }

    /// The sum of all calls.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.nodes.iter().map(|it| it.calls).sum()
    }

    /// Adds what functions have beyond their nodes.
    fn add_rest(&mut self, model: &Model) {
        let mut sums = vec![Sums::default(); self.names.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            let sum = &mut sums[node.function];
            sum.calls = sum.calls.saturating_add(node.calls);
            sum.total_ns = sum.total_ns.saturating_add(node.total_ns);
            sum.self_ns = sum.self_ns.saturating_add(node.self_ns);
            sum.first = sum.first.or(Some(index));
            if node.parent.is_none() {
                sum.root = Some(index);
            }
        }
        let all_have_trees = model.processes.iter().all(|it| it.detail == Detail::Tree);
        for (index, function) in model.functions.iter().enumerate() {
            let sum = sums[index];
            let rest = rest(function, sum, all_have_trees);
            // Ticks become ns node by node and function by function: without calls that are in no
            // node, what is left of time is a few ns.
            let at = if rest.calls > 0 { sum.root } else { sum.first };
            match at {
                Some(at) => {
                    let node = &mut self.nodes[at];
                    node.calls = node.calls.saturating_add(rest.calls);
                    node.total_ns = node.total_ns.saturating_add(rest.total_ns);
                    node.self_ns = node.self_ns.saturating_add(rest.self_ns);
                }
                None if rest.calls > 0 => self.nodes.push(Node {
                    parent: None,
                    function: index,
                    calls: rest.calls,
                    total_ns: rest.total_ns,
                    self_ns: rest.self_ns,
                }),
                None => {}
            }
        }
    }

    /// Keeps all sums within [`MOST`].
    fn limit(&mut self) {
        let (mut calls, mut self_ns) = (MOST, MOST);
        for node in &mut self.nodes {
            node.calls = node.calls.min(calls);
            calls -= node.calls;
            node.self_ns = node.self_ns.min(self_ns);
            self_ns -= node.self_ns;
        }
    }

    /// How many nodes are on the way down to each, itself among them.
    fn depths(&self) -> Vec<usize> {
        let mut depths: Vec<usize> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            depths.push(1 + node.parent.map_or(0, |parent| depths[parent]));
        }
        depths
    }

    /// The functions on the way down to a node, itself the first.
    pub(super) fn upwards(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        let mut next = Some(index);
        std::iter::from_fn(move || {
            let node = &self.nodes[next?];
            next = node.parent;
            Some(node.function)
        })
    }

    /// The same calls for a format that repeats the whole way down to each node: what is deeper
    /// than it can show counts where its way ends. Also how deep that is, where anything is deeper.
    #[must_use]
    pub fn shallow(self) -> (Self, Option<usize>) {
        let depths = self.depths();
        let mut limit = MOST_FRAMES;
        let size = |limit: usize| depths.iter().map(|it| *it.min(&limit)).sum::<usize>();
        while limit > 1 && size(limit) > MOST_STACKED {
            limit /= 2;
        }
        if depths.iter().all(|depth| *depth <= limit) {
            return (self, None);
        }
        (self.cut(&depths, limit), Some(limit))
    }

    fn cut(self, depths: &[usize], limit: usize) -> Self {
        let mut nodes: Vec<Node> = Vec::new();
        let mut places: Vec<usize> = Vec::with_capacity(self.nodes.len());
        for (node, depth) in self.nodes.iter().zip(depths) {
            match node.parent.map(|parent| places[parent]) {
                Some(place) if *depth > limit => {
                    // The sums fit into a word: see `limit`.
                    nodes[place].calls += node.calls;
                    nodes[place].self_ns += node.self_ns;
                    places.push(place);
                }
                parent => {
                    places.push(nodes.len());
                    nodes.push(Node { parent, ..*node });
                }
            }
        }
        Self { nodes, ..self }
    }

    /// For each node, the sum of a figure of it and of all below it.
    pub(super) fn inclusive(&self, of: impl Fn(&Node) -> u64) -> Vec<u64> {
        let mut sums: Vec<u64> = self.nodes.iter().map(of).collect();
        for (index, node) in self.nodes.iter().enumerate().rev() {
            if let Some(parent) = node.parent {
                sums[parent] += sums[index];
            }
        }
        sums
    }

    /// For each node, whether it is the outermost of its kind.
    pub(super) fn outermost(&self) -> Vec<Outermost> {
        let mut functions = vec![0_usize; self.names.len()];
        let mut edges: HashMap<(usize, usize), usize> = HashMap::new();
        let mut way: Vec<usize> = Vec::new();
        let mut found = Vec::with_capacity(self.nodes.len());
        let edge = |node: &Node| Some((self.nodes[node.parent?].function, node.function));
        for (index, node) in self.nodes.iter().enumerate() {
            while let Some(last) = way.pop_if(|last| Some(*last) != node.parent) {
                let left = &self.nodes[last];
                functions[left.function] -= 1;
                if let Some(around) = edge(left).and_then(|edge| edges.get_mut(&edge)) {
                    *around -= 1;
                }
            }
            let around = edge(node).map(|edge| edges.entry(edge).or_default());
            found.push(Outermost {
                function: functions[node.function] == 0,
                edge: around.as_ref().is_none_or(|around| **around == 0),
            });
            functions[node.function] += 1;
            if let Some(around) = around {
                *around += 1;
            }
            way.push(index);
        }
        found
    }
}

/// What a function has beyond its nodes.
fn rest(function: &Function, nodes: Sums, all_have_trees: bool) -> Sums {
    let total_ns = function.time.map_or(0, |time| time.total_ns);
    let total_ns = total_ns.saturating_sub(nodes.total_ns);
    let self_ns = function.time.and_then(|time| time.self_ns);
    Sums {
        calls: function.calls.saturating_sub(nodes.calls),
        total_ns,
        self_ns: match self_ns {
            Some(self_ns) if all_have_trees => self_ns.saturating_sub(nodes.self_ns),
            _ => total_ns,
        },
        ..Sums::default()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::tests::{model_of, shop};

    /// Calls of ways down as `a/b/a`, in depth-first order, each with its calls and self time.
    pub(in crate::report::export) fn calls(ways: &[(&str, u64, u64)]) -> Calls {
        let mut calls = Calls::default();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (way, count, self_ns) in ways {
            let (above, name) = match way.rsplit_once('/') {
                Some((above, name)) => (Some(above), name),
                None => (None, *way),
            };
            let known = calls.names.iter().position(|it| it == name);
            let function = known.unwrap_or_else(|| {
                calls.names.push(name.to_owned());
                calls.names.len() - 1
            });
            places.insert(way, calls.nodes.len());
            calls.nodes.push(Node {
                parent: above.map(|above| places[above]),
                function,
                calls: *count,
                total_ns: *self_ns,
                self_ns: *self_ns,
            });
        }
        let totals = calls.inclusive(|it| it.self_ns);
        for (node, total) in calls.nodes.iter_mut().zip(totals) {
            node.total_ns = total;
        }
        calls
    }

    #[test]
    fn nodes_add_up_to_what_a_report_says() {
        // Where all have a tree; of others a report knows no self time.
        let model = model_of(&shop()[..1]);
        let calls = Calls::of(&model);
        for function in &model.functions {
            let nodes = || {
                calls
                    .nodes
                    .iter()
                    .filter(|it| calls.names[it.function] == function.name)
            };
            let sum = |of: fn(&Node) -> u64| nodes().map(of).sum::<u64>();
            assert_eq!(sum(|it| it.calls), function.calls, "{}", function.name);
            let time = function.time.unwrap();
            assert_eq!(sum(|it| it.total_ns), time.total_ns, "{}", function.name);
            assert_eq!(
                Some(sum(|it| it.self_ns)),
                time.self_ns,
                "{}",
                function.name
            );
        }
        assert!(calls.nodes.iter().any(|it| it.parent.is_some()));
    }

    #[test]
    fn without_a_tree_all_are_roots_and_self_is_total() {
        let mut model = model_of(&shop());
        model.tree = Default::default();
        for process in &mut model.processes {
            process.detail = Detail::Time;
        }
        let calls = Calls::of(&model);
        assert_eq!(calls.nodes.len(), model.functions.len());
        for (node, function) in calls.nodes.iter().zip(&model.functions) {
            assert_eq!(node.parent, None);
            assert_eq!(node.self_ns, function.time.unwrap().total_ns);
        }
    }

    #[test]
    fn recursion_is_seen_by_function_and_by_caller() {
        let tree = calls(&[
            ("a", 1, 1),
            ("a/a", 1, 1),
            ("a/a/a", 1, 1),
            ("a/a/b", 1, 1),
            ("a/a/b/a", 1, 1),
            ("a/a/b/a/b", 1, 1),
            ("a/b", 1, 1),
            ("b", 1, 1),
        ]);
        let found = tree.outermost();
        let functions: Vec<bool> = found.iter().map(|it| it.function).collect();
        let edges: Vec<bool> = found.iter().map(|it| it.edge).collect();
        assert_eq!(
            functions,
            [true, false, false, true, false, false, true, true]
        );
        assert_eq!(edges, [true, true, false, true, true, false, true, true]);
    }

    #[test]
    fn what_is_too_deep_counts_where_the_way_ends() {
        let ways: Vec<String> = (1..=MOST_FRAMES + 5)
            .map(|depth| vec!["f"; depth].join("/"))
            .collect();
        let ways: Vec<(&str, u64, u64)> = ways.iter().map(|it| (&**it, 1, 2)).collect();
        let all = calls(&ways);
        let (cut, limit) = all.clone().shallow();
        assert_eq!(limit, Some(MOST_FRAMES));
        assert_eq!(cut.nodes.len(), MOST_FRAMES);
        assert_eq!(cut.nodes[MOST_FRAMES - 1].calls, 6);
        assert_eq!((cut.count(), cut.self_ns()), (all.count(), all.self_ns()));
        assert_eq!(cut.shallow().1, None);
    }

    proptest! {
        #[test]
        fn sums_fit_into_a_signed_word(
            nodes in proptest::collection::vec((any::<u64>(), any::<u64>()), 1..9),
        ) {
            let ways: Vec<String> = (0..nodes.len()).map(|it| it.to_string()).collect();
            let mut all = calls(&ways.iter().map(|it| (&**it, 0, 0)).collect::<Vec<_>>());
            for (node, (calls, self_ns)) in all.nodes.iter_mut().zip(nodes) {
                (node.calls, node.self_ns) = (calls, self_ns);
            }
            all.limit();
            prop_assert!(all.count() <= MOST && all.self_ns() <= MOST);
        }
    }
}
