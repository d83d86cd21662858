// The flame graph, the outermost calls on top: a node is as wide as the time within it, and the
// stronger its colour, the more of that it spent itself. Only what can be seen has an element.
// One of them takes part in the order of Tab; the arrow keys go on from there.
const flame = (() => {
  'use strict';

  const { make, setText, setStyle, arrange, section } = elements;
  const ROW = 21;
  /** Narrower parts of the whole have no element. */
  const LEAST = 0.0008;
  const ALL = -1;

  const parts = {};
  const frames = new Map();
  /** Ways down, not indexes: newer data has others. */
  const state = { zoom: [], at: [], search: '' };
  let graph;
  let actions;
  let zoomed = ALL;

  const label = (node) => {
    const { tree } = graph;
    return `${graph.name(node)}: ${units.counted(tree.calls[node], 'call')}, ` +
      `${units.time(graph.value[node])}, ${units.percent(graph.value[node], graph.all)} of all, ` +
      `${units.percent(tree.self_ns[node], graph.value[node])} of it in itself`;
  };

  const spanOf = (node) => (node === ALL
    ? [0, graph.all]
    : [graph.start[node], graph.start[node] + graph.value[node]]);

  /** What is seen: the nodes around the one that is zoomed to, and those within it. */
  const visible = () => {
    const [from, to] = spanOf(zoomed);
    const span = to - from;
    const depth = zoomed === ALL ? -1 : graph.depth[zoomed];
    const found = [];
    for (let at = zoomed; at !== ALL; at = graph.parent[at]) {
      found.push({ node: at, left: 0, width: 1, isAround: at !== zoomed });
    }
    for (let node = 0; node < graph.length; node += 1) {
      const width = graph.value[node] / span;
      if (width < LEAST || graph.depth[node] <= depth) continue;
      const left = (graph.start[node] - from) / span;
      if (left > -1e-9 && left + width < 1 + 1e-9) found.push({ node, left, width, isAround: false });
    }
    return found.sort((a, b) => graph.depth[a.node] - graph.depth[b.node] || a.left - b.left);
  };

  const makeFrame = () => make('button', { type: 'button', class: 'frame', tabindex: '-1' },
    make('span'));

  const key = (node) => calls.way(graph, node).join('\n');

  const shortName = (name) => name.slice(name.indexOf(':') + 1);

  const matches = () => {
    const wanted = state.search.toLowerCase();
    return graph.tree.names.map((name) => wanted !== '' && name.toLowerCase().includes(wanted));
  };

  /** The share of all time in what is found; within itself it counts once. */
  const sharePerMatch = (found) => {
    const isWithin = new Uint8Array(graph.length);
    let sum = 0;
    for (let node = 0; node < graph.length; node += 1) {
      const parent = graph.parent[node];
      const isCounted = parent >= 0 && isWithin[parent] === 1;
      const isFound = found[graph.tree.function[node]];
      if (isFound && !isCounted) sum += graph.value[node];
      isWithin[node] = isFound || isCounted ? 1 : 0;
    }
    return sum;
  };

  const place = (element, { left, width }, depth) => setStyle(element, {
    left: `${left * 100}%`, width: `${width * 100}%`, top: `${(depth + 1) * ROW}px`,
  });

  /** Tells what the search finds. */
  const highlight = () => {
    const found = matches();
    const isSearching = state.search !== '';
    for (const element of frames.values()) {
      const isFound = found[graph.tree.function[element.probeNode]];
      element.classList.toggle('match', isFound);
      element.classList.toggle('dim', isSearching && !isFound);
    }
    setNotes(found, isSearching);
  };

  const render = () => {
    const seen = visible();
    const used = new Map();
    let deepest = 0;
    for (const it of seen) {
      const { node } = it;
      const id = key(node);
      const element = frames.get(id) ?? makeFrame();
      used.set(id, element);
      element.probeNode = node;
      place(element, it, graph.depth[node]);
      const own = graph.value[node] > 0 ? graph.tree.self_ns[node] / graph.value[node] : 0;
      setStyle(element, { '--heat': `${Math.round(Math.min(1, own) * 100)}%` });
      setText(element.firstChild, shortName(graph.name(node)));
      element.setAttribute('aria-label', label(node));
      element.classList.toggle('around', it.isAround);
      deepest = Math.max(deepest, graph.depth[node]);
    }
    frames.clear();
    used.forEach((element, id) => frames.set(id, element));
    parts.all.probeNode = ALL;
    setText(parts.all.firstChild, `all calls, ${units.duration(graph.all)}`);
    parts.all.setAttribute('aria-label', `all calls: ${units.duration(graph.all)}`);
    parts.all.classList.toggle('around', zoomed !== ALL);
    setStyle(parts.chart, { height: `${(deepest + 2) * ROW}px` });
    arrange(parts.chart, [parts.all, ...used.values()]);
    setTabStop();
    highlight();
  };

  const setNotes = (found, isSearching) => {
    const shown = zoomed === ALL ? '' : `zoomed to ${graph.name(zoomed)}`;
    const sum = isSearching ? sharePerMatch(found) : 0;
    const matched = isSearching
      ? `${units.counted(new Set(graph.tree.function.filter((it) => found[it])).size, 'function')} found, ` +
        `${units.percent(sum, graph.all)} of the time`
      : '';
    setText(parts.section.note, [matched, shown].filter(Boolean).join('; '));
    parts.reset.disabled = zoomed === ALL && !isSearching;
    parts.show.disabled = zoomed === ALL;
  };

  const setTabStop = () => {
    const wanted = frames.get(state.at.join('\n')) ?? parts.all;
    for (const element of [parts.all, ...frames.values()]) {
      element.tabIndex = element === wanted ? 0 : -1;
    }
  };

  const focus = (element) => {
    state.at = element.probeNode === ALL ? [] : calls.way(graph, element.probeNode);
    setTabStop();
    element.focus();
  };

  const zoomTo = (node) => {
    zoomed = node;
    state.zoom = node === ALL ? [] : calls.way(graph, node);
    render();
    hideTip();
  };

  /** The frames of a depth, from left to right. */
  const rowOf = (depth) => [...frames.values()].filter((it) => graph.depth[it.probeNode] === depth);

  const neighbour = (element, event) => {
    const node = element.probeNode;
    const depth = node === ALL ? -1 : graph.depth[node];
    if (event.key === 'Home') return parts.all;
    if (event.key === 'ArrowUp') {
      if (depth <= 0) return parts.all;
      return rowOf(depth - 1).find((it) => it.probeNode === graph.parent[node]);
    }
    if (event.key === 'ArrowDown') {
      // The widest of those within it.
      return rowOf(depth + 1)
        .filter((it) => graph.parent[it.probeNode] === node)
        .sort((a, b) => graph.value[b.probeNode] - graph.value[a.probeNode])[0];
    }
    const row = depth < 0 ? [] : rowOf(depth);
    return row[row.indexOf(element) + (event.key === 'ArrowRight' ? 1 : -1)];
  };

  const onKey = (event) => {
    const element = event.target.closest('.frame');
    if (!element) return;
    if (['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home'].includes(event.key)) {
      event.preventDefault();
      const next = neighbour(element, event);
      if (next) focus(next);
    } else if (event.key === 'Escape') {
      if (!parts.tip.hidden) hideTip();
      else zoomTo(ALL);
    } else if (event.key === 'Backspace' && zoomed !== ALL) {
      event.preventDefault();
      zoomTo(graph.parent[zoomed]);
    }
  };

  const showTip = (element) => {
    const node = element.probeNode;
    if (node === undefined || node === ALL) {
      hideTip();
      return;
    }
    const { tree } = graph;
    const lines = [
      `${units.time(graph.value[node])}, ${units.percent(graph.value[node], graph.all)} of all`,
      `${units.time(tree.self_ns[node])} in itself, ${units.percent(tree.self_ns[node], graph.value[node])}`,
      units.counted(tree.calls[node], 'call') +
        (tree.calls[node] > 0 ? `, ${units.time(tree.total_ns[node] / tree.calls[node])} each` : ''),
    ];
    parts.tip.replaceChildren(
      make('strong', {}, graph.name(node)), ...lines.map((text) => make('span', {}, text)));
    parts.tip.hidden = false;
    parts.tipOf = element;
    const box = element.getBoundingClientRect();
    const tip = parts.tip.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.left, window.innerWidth - tip.width - 8));
    const isBelow = box.bottom + tip.height + 8 < window.innerHeight;
    setStyle(parts.tip, {
      left: `${left}px`, top: `${isBelow ? box.bottom + 6 : box.top - tip.height - 6}px`,
    });
  };

  const hideTip = () => { parts.tip.hidden = true; };

  const reset = () => {
    state.search = '';
    parts.section.search.value = '';
    zoomTo(ALL);
    focus(parts.all);
  };

  const build = () => {
    parts.section = section('flame');
    parts.tip = document.getElementById('tip');
    parts.all = makeFrame();
    parts.all.classList.add('all');
    parts.chart = make('div', {
      class: 'chart', role: 'group', 'aria-labelledby': 'flame-title', 'aria-describedby': 'flame-help',
      onkeydown: onKey,
      onclick: (event) => {
        const element = event.target.closest('.frame');
        if (element) {
          state.at = element.probeNode === ALL ? [] : calls.way(graph, element.probeNode);
          zoomTo(element.probeNode);
        }
      },
      onpointermove: (event) => {
        const element = event.target.closest('.frame');
        if (element && (parts.tip.hidden || element !== parts.tipOf)) showTip(element);
      },
      onpointerleave: hideTip,
      onfocusin: (event) => { if (event.target.matches(':focus-visible')) showTip(event.target); },
      onfocusout: hideTip,
    });
    parts.reset = make('button', { type: 'button', onclick: reset }, 'Reset');
    parts.show = make('button', { type: 'button', onclick: () => actions.open(graph.name(zoomed)) }, 'Details');
    parts.scroll = make('div', { class: 'flame-scroll' }, parts.chart);
    parts.none = make('p', { class: 'empty' });
    parts.graph = make('div', {},
      make('div', { class: 'flame-head' },
        make('p', { class: 'legend' },
          make('span', {}, 'time in what it calls'),
          make('span', { class: 'ramp', 'aria-hidden': 'true' }),
          make('span', {}, 'time in itself')),
        make('p', { class: 'controls' }, parts.show, parts.reset)),
      parts.scroll,
      make('p', { id: 'flame-help', class: 'readout' },
        'Click or Enter zooms; the arrow keys move, Backspace zooms out by one, Escape by all.'));
    parts.section.body.append(parts.graph, parts.none);
    window.addEventListener('scroll', () => {
      if (parts.tip.hidden) return;
      // What has the focus is still there, elsewhere; a pointer is over something else.
      if (document.activeElement === parts.tipOf) showTip(parts.tipOf);
      else hideTip();
    }, { passive: true });
    const { search } = parts.section;
    search.addEventListener('input', () => { state.search = search.value.trim(); highlight(); });
    search.addEventListener('keydown', (event) => {
      const first = event.key === 'Enter' && [...frames.values()]
        .filter((it) => it.classList.contains('match'))
        .sort((a, b) => graph.value[b.probeNode] - graph.value[a.probeNode])[0];
      if (first) {
        // Or the same key press would zoom to what gets the focus.
        event.preventDefault();
        focus(first);
      }
    });
  };

  /** Looks for a function's name. */
  const find = (name) => {
    if (graph.all <= 0) return;
    state.search = name;
    parts.section.search.value = name;
    zoomTo(ALL);
    parts.section.root.scrollIntoView({ block: 'start' });
    parts.section.search.focus({ preventScroll: true });
  };

  const why = (data) => {
    if (data.functions.length === 0) return 'No call was recorded.';
    const isTree = data.processes.some((it) => it.detail === 'tree');
    return isTree
      ? 'No call has ended that has a place in the call tree.'
      : 'There is no call tree: it is recorded where the probe is installed with --detail tree.';
  };

  /** Shows newer data; zoom, search and the focus stay. */
  const update = (data, newerGraph, newerActions) => {
    [graph, actions] = [newerGraph, newerActions];
    if (!parts.section) build();
    zoomed = calls.find(graph, state.zoom);
    const isEmpty = graph.all <= 0;
    parts.graph.hidden = isEmpty;
    parts.none.hidden = !isEmpty;
    parts.section.search.closest('label').hidden = isEmpty;
    if (isEmpty) setText(parts.none, why(data));
    else render();
  };

  return { update, find };
})();
