// The processes over time: a row each, from its start to its end. A state is told by a word and
// a shape as well as by colour: what runs has an open end, what was killed a cross.
const processes = (() => {
  'use strict';

  const { make, setText, setStyle, arrange, section } = elements;
  const PAGE = 50;
  const MARKS = { running: '▸', exited: '', killed: '✕' };

  const parts = {};
  const rows = new Map();
  const state = { shown: PAGE };
  let data;

  const end = (it) => (it.ended_ms === null ? it.seen_ms : it.ended_ms);

  /** From the first start to the last end, at least a millisecond. */
  const spanOf = (all) => {
    const from = all.reduce((least, it) => Math.min(least, it.started_ms), Infinity);
    const to = all.reduce((most, it) => Math.max(most, end(it)), from);
    return { from, length: Math.max(1, to - from) };
  };

  const badge = (name) => make('span', { class: `state ${name}` }, name);

  const makeRow = (it) => {
    const bar = make('div', { class: `life ${it.state}` }, make('span', { class: 'end' }));
    const [state, started, ran] = [
      make('td', { role: 'cell' }), make('td', { role: 'cell', class: 'minor' }), make('td', { role: 'cell', class: 'number' }),
    ];
    const parent = data.processes.some((other) => other.pid === it.parent)
      ? `, child of ${it.parent}`
      : null;
    const element = make('tr', { role: 'row' },
      make('th', { scope: 'row', role: 'rowheader', class: 'number' }, String(it.pid)),
      make('td', { role: 'cell', class: 'command' }, it.command || 'unknown',
        make('span', { class: 'about' }, `python ${it.python}, engine ${it.engine}, detail ${it.detail}`, parent)),
      state, started, ran,
      make('td', { role: 'cell', class: 'time', 'aria-hidden': 'true' }, make('div', { class: 'track' }, bar)));
    return { element, state, started, ran, bar };
  };

  const fillRow = (row, it, span) => {
    if (row.state.textContent !== it.state) row.state.replaceChildren(badge(it.state));
    const isToday = units.isSameDay(it.started_ms, data.read_ms);
    setText(row.started, isToday ? units.timeOfDay(it.started_ms) : units.moment(it.started_ms));
    const length = Math.max(0, end(it) - it.started_ms);
    const prefix = it.state === 'killed' ? 'at least ' : '';
    setText(row.ran, prefix + units.duration(length * 1e6));
    row.bar.className = `life ${it.state}`;
    setText(row.bar.firstChild, MARKS[it.state] ?? '');
    setStyle(row.bar, {
      left: `${(100 * (it.started_ms - span.from)) / span.length}%`,
      width: `${(100 * length) / span.length}%`,
    });
  };

  const setAxis = (span) => {
    const ticks = scale.moments(span.length, 3).map((at) => make('span', {
      style: { left: `${(100 * at) / span.length}%` },
    }, at === 0 ? '0' : `+${roundDuration(at)}`));
    parts.axis.replaceChildren(make('div', { class: 'track ticks' }, ...ticks));
  };

  const roundDuration = (ms) => {
    if (ms < 1000) return `${ms} ms`;
    if (ms < 6e4) return `${ms / 1000} s`;
    if (ms < 36e5) return `${ms / 6e4} min`;
    return ms < 864e5 ? `${ms / 36e5} h` : `${ms / 864e5} d`;
  };

  const render = () => {
    const span = spanOf(data.processes);
    const shown = data.processes.slice(0, state.shown);
    const children = shown.map((it) => {
      const key = `${it.host} ${it.pid} ${it.started_ms}`;
      if (!rows.has(key)) rows.set(key, makeRow(it));
      const row = rows.get(key);
      fillRow(row, it, span);
      return row.element;
    });
    setAxis(span);
    arrange(parts.rows, children);
    const left = data.processes.length - shown.length;
    parts.more.hidden = left === 0;
    setText(parts.more.firstChild, `Show ${units.count(Math.min(PAGE, left))} more`);
    const isKilled = data.processes.some((it) => it.state === 'killed');
    setText(parts.section.note, isKilled
      ? 'when a process was killed isn’t recorded: its bar ends at its last sign of life'
      : '');
  };

  const build = () => {
    parts.section = section('processes');
    parts.axis = make('th', { scope: 'col', class: 'time', 'aria-hidden': 'true' });
    parts.rows = make('tbody', { role: 'rowgroup' });
    const titles = [['pid', 'number'], ['command'], ['state'], ['started', 'minor'], ['ran', 'number']];
    parts.more = make('p', { class: 'controls' }, make('button', {
      type: 'button', onclick: () => { state.shown += PAGE; render(); },
    }));
    parts.section.body.append(
      make('div', { class: 'scroll' }, make('table', { class: 'processes', role: 'table' },
        make('caption', { class: 'hidden-text' }, 'Processes, by their start'),
        make('thead', {}, make('tr', {},
          ...titles.map(([title, name]) => make('th', { scope: 'col', class: name ?? false }, title)),
          parts.axis)),
        parts.rows)),
      parts.more);
  };

  /** Shows newer data. */
  const update = (newer) => {
    data = newer;
    if (!parts.section) build();
    render();
  };

  return { update, badge };
})();
