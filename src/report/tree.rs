//! The call tree over many recordings: who called whom, how often, and how long that took. A way
//! down from a root that several processes went is there once. Reads no file.

use std::collections::HashMap;

use crate::recording::Recording;
use crate::report::recorded::Functions;

/// Whose calls a node counts: those of a function, made by its parent's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    parent: Option<usize>,
    function: usize,
}

/// A node's figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// The index of its parent, which is smaller; none for a root.
    pub parent: Option<usize>,
    /// The index of its function among the tree's names.
    pub function: usize,
    /// Calls that ended.
    pub calls: u64,
    /// All of them together, from start to finish, in ns.
    pub total_ns: u64,
    /// Without the timed functions that they called, in ns.
    pub self_ns: u64,
}

/// A call tree. Only recordings of detail `tree` have one.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The names of functions, `module:qualname`.
    pub names: Vec<String>,
    /// The nodes, parents before children.
    pub nodes: Vec<Node>,
    places: HashMap<Place, usize>,
    functions: HashMap<String, usize>,
}

impl Tree {
    /// The name of a node's function.
    #[must_use]
    pub fn name(&self, node: &Node) -> &str {
        &self.names[node.function]
    }

    /// The indexes of each node's children, and at the end those of the roots.
    #[must_use]
    pub fn children(&self) -> Vec<Vec<usize>> {
        let mut children = vec![Vec::new(); self.nodes.len() + 1];
        for (index, node) in self.nodes.iter().enumerate() {
            children[node.parent.unwrap_or(self.nodes.len())].push(index);
        }
        children
    }

    /// Adds a recording's nodes. Nodes without a function, in damaged files, and what is below
    /// them, are left out.
    pub(super) fn add(&mut self, recording: &Recording<'_>, recorded: &Functions<'_>) {
        let clock = recording.header.clock;
        let names: Vec<usize> = recorded
            .functions
            .iter()
            .map(|it| self.function(&it.function.name))
            .collect();
        let mut places: HashMap<u32, usize> = HashMap::with_capacity(recorded.nodes.len());
        for node in &recorded.nodes {
            let parent = match node.parent {
                None => None,
                Some(parent) => match places.get(&parent) {
                    None => continue,
                    found => found.copied(),
                },
            };
            let Some(function) = names.get(node.function as usize).copied() else {
                continue;
            };
            let place = self.put(Node {
                parent,
                function,
                calls: node.calls,
                total_ns: clock.nanoseconds(node.total),
                self_ns: clock.nanoseconds(node.own),
            });
            places.insert(node.id, place);
        }
    }

    /// Adds all of another tree.
    pub(super) fn merge(&mut self, other: &Self) {
        let names: Vec<usize> = other.names.iter().map(|it| self.function(it)).collect();
        let mut places: Vec<usize> = Vec::with_capacity(other.nodes.len());
        for node in &other.nodes {
            let place = self.put(Node {
                parent: node.parent.map(|parent| places[parent]),
                function: names[node.function],
                ..*node
            });
            places.push(place);
        }
    }

    /// The same tree in an order that doesn't depend on that of the recordings: names sorted,
    /// nodes depth first, children by name.
    pub(super) fn sorted(&self) -> Self {
        let mut names = self.names.clone();
        names.sort_unstable();
        let mut sorted = Self::default();
        for name in &names {
            sorted.function(name);
        }
        let children = self.children();
        let roots = self.nodes.len();
        let mut ways = vec![(roots, None)];
        while let Some((index, parent)) = ways.pop() {
            let place = self.nodes.get(index).map(|node| {
                let function = sorted.functions[self.name(node)];
                sorted.put(Node {
                    parent,
                    function,
                    ..*node
                })
            });
            let mut below = children[index].clone();
            below.sort_unstable_by_key(|child| self.name(&self.nodes[*child]));
            ways.extend(below.into_iter().rev().map(|child| (child, place)));
        }
        sorted
    }

    fn function(&mut self, name: &str) -> usize {
        if let Some(index) = self.functions.get(name) {
            return *index;
        }
        let index = self.names.len();
        self.names.push(name.to_owned());
        self.functions.insert(name.to_owned(), index);
        index
    }

    /// Adds a node's figures at its place; gives the place.
    fn put(&mut self, node: Node) -> usize {
        let place = Place {
            parent: node.parent,
            function: node.function,
        };
        let index = *self.places.entry(place).or_insert(self.nodes.len());
        match self.nodes.get_mut(index) {
            None => self.nodes.push(node),
            Some(mine) => {
                mine.calls = mine.calls.saturating_add(node.calls);
                mine.total_ns = mine.total_ns.saturating_add(node.total_ns);
                mine.self_ns = mine.self_ns.saturating_add(node.self_ns);
            }
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree of ways down, each with its calls.
    fn tree(ways: &[(&str, u64)]) -> Tree {
        let mut tree = Tree::default();
        for (way, calls) in ways {
            let mut parent = None;
            for (depth, name) in way.split('/').enumerate() {
                let function = tree.function(name);
                let last = depth + 1 == way.split('/').count();
                let node = Node {
                    parent,
                    function,
                    calls: if last { *calls } else { 0 },
                    total_ns: 0,
                    self_ns: 0,
                };
                parent = Some(tree.put(node));
            }
        }
        tree
    }

    fn ways(tree: &Tree) -> Vec<(String, u64)> {
        let mut ways: Vec<(String, u64)> = Vec::new();
        for node in &tree.nodes {
            let way = match node.parent {
                None => tree.name(node).to_owned(),
                Some(parent) => format!("{}/{}", ways[parent].0, tree.name(node)),
            };
            ways.push((way, node.calls));
        }
        ways
    }

    #[test]
    fn the_same_way_down_is_one_node() {
        let mut one = tree(&[("a", 1), ("a/b", 2), ("c/b", 3)]);
        let other = tree(&[("c/b/b", 4), ("a/b", 5), ("d", 6)]);
        one.merge(&other);
        let expected = [
            ("a", 1),
            ("a/b", 7),
            ("c", 0),
            ("c/b", 3),
            ("c/b/b", 4),
            ("d", 6),
        ];
        let sorted = ways(&one.sorted());
        let found: Vec<(&str, u64)> = sorted.iter().map(|(way, it)| (&**way, *it)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_order_of_merging_does_not_show() {
        let parts = [
            tree(&[("b/a", 1), ("b", 2)]),
            tree(&[("a/b", 3)]),
            tree(&[("b/a/b", 4), ("c", 5)]),
        ];
        let merged = |order: [usize; 3]| {
            let mut sum = Tree::default();
            order.iter().for_each(|index| sum.merge(&parts[*index]));
            ways(&sum.sorted())
        };
        assert_eq!(merged([0, 1, 2]), merged([2, 1, 0]));
        assert_eq!(merged([0, 1, 2]), merged([1, 2, 0]));
    }

    #[test]
    fn children_follow_their_parent() {
        let tree = tree(&[("a/b", 1), ("a/c", 2), ("d", 3)]);
        assert_eq!(
            tree.children(),
            [vec![1, 2], vec![], vec![], vec![], vec![0, 3]]
        );
    }
}
