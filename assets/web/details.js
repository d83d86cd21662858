// What is shown of one function beside its row: its latencies, who calls it, and whom it calls.
const details = (() => {
  'use strict';

  const { make, named } = elements;
  const MOST = 12;

  const fact = (term, value) => make('div', {}, make('dt', {}, term), make('dd', {}, value));

  const facts = (it) => {
    const time = (value) => (value === null ? null : units.time(value));
    const all = [
      ['fastest', time(it.min_ns)], ['p50', time(it.p50_ns)], ['mean', time(it.mean_ns)],
      ['p90', time(it.p90_ns)], ['p99', time(it.p99_ns)], ['slowest', time(it.max_ns)],
      ['total', time(it.total_ns)], ['self', time(it.self_ns)], ['active', time(it.active_ns)],
      ['errors', it.errors > 0 ? `${units.count(it.errors)} (${units.percent(it.errors, it.calls)})` : '0'],
      ['in flight', units.count(it.in_flight)],
    ];
    return make('dl', { class: 'facts small' },
      ...all.filter(([, value]) => value !== null).map(([term, value]) => fact(term, value)));
  };

  /** A table of functions at the other end of calls. */
  const others = (title, none, found, open) => {
    const rows = found.slice(0, MOST).map((it) => make('tr', {},
      make('th', { scope: 'row' }, it.name === null
        ? make('span', { class: 'nobody' }, 'nothing that is timed')
        : make('button', { type: 'button', class: 'link', onclick: () => open(it.name) }, named(it.name))),
      make('td', {}, units.count(it.calls)),
      make('td', {}, units.time(it.total_ns))));
    if (found.length > MOST) {
      rows.push(make('tr', {}, make('td', { colspan: '3', class: 'more' },
        `and ${units.count(found.length - MOST)} more`)));
    }
    return make('div', { class: 'others' },
      make('h4', {}, title),
      rows.length === 0
        ? make('p', { class: 'none' }, none)
        : make('table', {},
          make('thead', {}, make('tr', {},
            make('th', { scope: 'col' }, 'function'),
            make('th', { scope: 'col' }, 'calls'),
            make('th', { scope: 'col' }, 'total'))),
          make('tbody', {}, ...rows)));
  };

  /** The details, for a width in px; `open` shows another function, `find` looks in the graph. */
  const view = (it, graph, width, { open, find }) => {
    const parts = [make('h3', {}, named(it.name)), facts(it)];
    if (it.latencies.length > 0) parts.push(histogram.view(it, width));
    else parts.push(make('p', { class: 'none' }, it.calls > 0
      ? 'Only its calls were counted, so there are no latencies: the recordings have detail “count”.'
      : 'No call has ended yet, so there are no latencies.'));
    if (graph.length > 0) {
      const { callers, callees } = calls.around(graph, it.name);
      parts.push(make('div', { class: 'both-ways' },
        others('Called by', 'No call of it is in the call tree.', callers, open),
        others('Calls', 'No function that is timed.', callees, open)));
      parts.push(make('p', { class: 'controls' }, make('button', {
        type: 'button', onclick: () => find(it.name),
      }, 'Find in the flame graph')));
    }
    return make('div', { class: 'details' }, ...parts);
  };

  return { view };
})();
