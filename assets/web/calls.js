// The call tree, worked out: how wide each node is and where, and who calls whom. The data's
// lists have parents before children, so that each is one pass, however deep the tree is.
const calls = (() => {
  'use strict';

  /** The tree of some data. */
  const of = (tree) => {
    const length = tree.parent.length;
    const depth = new Int32Array(length);
    const value = Float64Array.from(tree.total_ns);
    const within = new Float64Array(length);
    // A call that hasn't ended counts in no total, but what it called may have.
    for (let node = length - 1; node >= 0; node -= 1) {
      value[node] = Math.max(value[node], within[node]);
      if (tree.parent[node] >= 0) within[tree.parent[node]] += value[node];
    }
    const start = new Float64Array(length);
    const cursor = new Float64Array(length);
    let all = 0;
    for (let node = 0; node < length; node += 1) {
      const parent = tree.parent[node];
      start[node] = parent < 0 ? all : cursor[parent];
      if (parent < 0) all += value[node];
      else cursor[parent] += value[node];
      cursor[node] = start[node];
      depth[node] = parent < 0 ? 0 : depth[parent] + 1;
    }
    const name = (node) => tree.names[tree.function[node]];
    return { length, parent: tree.parent, depth, value, start, all, name, tree };
  };

  /** The names on the way down to a node: what it is called by, whatever its index. */
  const way = (graph, node) => {
    const names = [];
    for (let at = node; at >= 0; at = graph.parent[at]) names.push(graph.name(at));
    return names.reverse();
  };

  /** The node at the end of a way, or -1. */
  const find = (graph, names) => {
    if (!names || names.length === 0) return -1;
    for (let node = 0; node < graph.length; node += 1) {
      const isLast = graph.depth[node] === names.length - 1;
      if (isLast && graph.name(node) === names[names.length - 1]) {
        if (way(graph, node).every((name, index) => name === names[index])) return node;
      }
    }
    return -1;
  };

  /** Calls and time by the function at the other end, the longest first. */
  const sums = (graph, nodes) => {
    const found = new Map();
    for (const [name, node] of nodes) {
      const sum = found.get(name) ?? { name, calls: 0, total_ns: 0 };
      sum.calls += graph.tree.calls[node];
      sum.total_ns += graph.tree.total_ns[node];
      found.set(name, sum);
    }
    return [...found.values()].sort((a, b) => b.total_ns - a.total_ns || b.calls - a.calls);
  };

  /** Who calls a function (`null` for nobody who is timed), and whom it calls. */
  const around = (graph, name) => {
    const wanted = graph.tree.names.indexOf(name);
    const callers = [];
    const callees = [];
    for (let node = 0; node < graph.length; node += 1) {
      const parent = graph.parent[node];
      if (graph.tree.function[node] === wanted) {
        callers.push([parent < 0 ? null : graph.name(parent), node]);
      }
      if (parent >= 0 && graph.tree.function[parent] === wanted) {
        callees.push([graph.name(node), node]);
      }
    }
    return { callers: sums(graph, callers), callees: sums(graph, callees) };
  };

  return { of, way, find, around };
})();
