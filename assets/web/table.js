// The table of functions: sorted by its headers, filtered, a hundred rows at a time, with the
// details of one function below its row. Rows are kept by their function's name, so that newer
// data changes texts and not elements.
const table = (() => {
  'use strict';

  const { make, draw, setText, setStyle, arrange, named, section } = elements;
  const PAGE = 100;
  /** So many columns are shown in any window; what spans more would make room for columns that aren't. */
  const LEAST_COLUMNS = 5;
  const COLUMNS = [
    { key: 'name', title: 'function' },
    { key: 'calls', title: 'calls', kind: 'count' },
    { key: 'errors', title: 'errors', kind: 'count' },
    { key: 'in_flight', title: 'in flight', kind: 'count', minor: true },
    { key: 'total_ns', title: 'total', kind: 'time' },
    { key: 'self_ns', title: 'self', kind: 'time', minor: true },
    { key: 'mean_ns', title: 'mean', kind: 'time', minor: true },
    { key: 'p50_ns', title: 'p50', kind: 'time', minor: true },
    { key: 'p90_ns', title: 'p90', kind: 'time', minor: true },
    { key: 'p99_ns', title: 'p99', kind: 'time' },
    { key: 'max_ns', title: 'max', kind: 'time', minor: true },
  ];

  const state = { key: 'total_ns', isDown: true, words: [], shown: PAGE, open: null };
  const rows = new Map();
  const parts = {};
  let data;
  let graph;
  let actions;
  let axis;
  let chosen = [];

  const order = (a, b) => {
    const { key, isDown } = state;
    const by = key === 'name'
      ? (a.name < b.name ? -1 : 1)
      : (a[key] ?? -1) - (b[key] ?? -1);
    return (isDown ? -by : by) || (a.name < b.name ? -1 : 1);
  };

  const isWanted = (it) => {
    const name = it.name.toLowerCase();
    return state.words.every((word) => name.includes(word));
  };

  /** A cell of a time: number and unit apart, so that the numbers of a column end in line. */
  const setTime = (cell, ns) => {
    const [value, unit] = ns === null ? ['–', ''] : units.parts(ns);
    setText(cell.firstChild, value);
    setText(cell.lastChild, unit);
  };

  /** From the fastest call to the slowest, on one axis for all rows. */
  const setStrip = (svg, it) => {
    const x = (ns) => 2 + axis.at(ns) * 116;
    const key = it.min_ns === null ? '' : [it.min_ns, it.p50_ns, it.p90_ns, it.p99_ns, it.max_ns].map(x).join();
    if (svg.dataset.drawn === key) return;
    svg.dataset.drawn = key;
    if (it.min_ns === null) {
      svg.replaceChildren();
      return;
    }
    svg.replaceChildren(
      draw('line', { class: 'range', x1: x(it.min_ns), x2: x(it.max_ns), y1: 9, y2: 9 }),
      draw('line', { class: 'most', x1: x(it.p50_ns), x2: x(it.p90_ns), y1: 9, y2: 9 }),
      draw('circle', { class: 'half', cx: x(it.p50_ns), cy: 9, r: 3 }),
      draw('line', { class: 'late', x1: x(it.p99_ns), x2: x(it.p99_ns), y1: 4, y2: 14 }),
    );
  };

  const makeRow = (name) => {
    const button = make('button', {
      type: 'button', class: 'link', 'aria-expanded': 'false', onclick: () => toggle(name),
    }, named(name));
    const cells = COLUMNS.slice(1).map(({ kind, minor }) => make('td', { role: 'cell', class: minor ? 'minor' : false },
      kind === 'time' ? [make('span'), make('span', { class: 'unit' })] : []));
    const strip = draw('svg', { class: 'strip', width: 120, height: 18, viewBox: '0 0 120 18', 'aria-hidden': 'true' });
    const element = make('tr', { role: 'row' },
      make('th', { scope: 'row', role: 'rowheader' }, button), ...cells,
      make('td', { role: 'cell', class: 'minor spread' }, strip));
    return { element, button, cells, strip };
  };

  const fillRow = (row, it, most) => {
    COLUMNS.slice(1).forEach(({ key, kind }, index) => {
      const cell = row.cells[index];
      if (kind === 'time') setTime(cell, it[key]);
      else setText(cell, units.count(it[key]));
    });
    row.cells[1].classList.toggle('alarming', it.errors > 0);
    row.cells[1].classList.toggle('nothing', it.errors === 0);
    row.cells[2].classList.toggle('nothing', it.in_flight === 0);
    // What the eye compares first: the share of the greatest total.
    setStyle(row.cells[3], { '--share': `${most > 0 ? (100 * (it.total_ns ?? 0)) / most : 0}%` });
    setStrip(row.strip, it);
  };

  const rowOf = (name) => {
    if (!rows.has(name)) rows.set(name, makeRow(name));
    return rows.get(name);
  };

  /** The width that details have, in px; measured before anything is changed. */
  const width = () => Math.min(900, Math.max(260, parts.scroll.clientWidth - 32));

  const detailsRow = (it, isNew) => {
    const was = parts.details;
    // The details of a live page follow the figures, unless somebody is at work in them.
    const isBusy = was && (was.contains(document.activeElement) || was.matches(':hover'));
    if (was && !isNew && (isBusy || was.dataset.calls === `${it.calls} ${it.in_flight}`)) return was;
    parts.width = width();
    const view = details.view(it, graph, parts.width, actions);
    parts.details = make('tr', { role: 'row', class: 'details-row', 'data-calls': `${it.calls} ${it.in_flight}` },
      make('td', { role: 'cell', colspan: String(LEAST_COLUMNS) }, view));
    const [opened, now] = [was, view].map((it) => it && it.querySelector('.as-table'));
    if (now && opened && !isNew) now.open = opened.open;
    return parts.details;
  };

  const head = () => COLUMNS.map(({ key, title, minor }) => make('th', {
    scope: 'col', role: 'columnheader', class: minor ? 'minor' : false, 'data-key': key,
  }, make('button', { type: 'button', onclick: () => sort(key) }, title)));

  const setHead = () => {
    for (const cell of parts.head.querySelectorAll('[data-key]')) {
      const isSorted = cell.dataset.key === state.key;
      if (isSorted) cell.setAttribute('aria-sort', state.isDown ? 'descending' : 'ascending');
      else cell.removeAttribute('aria-sort');
    }
    const svg = draw('svg', { class: 'strip', width: 120, height: 18, viewBox: '0 0 120 18', 'aria-hidden': 'true' });
    const powers = Math.round(Math.log10(axis.high / axis.low));
    for (let power = 0; power <= powers; power += 1) {
      const tick = axis.low * 10 ** power;
      const x = 2 + axis.at(tick) * 116;
      svg.append(draw('line', { class: 'axis', x1: x, x2: x, y1: 14, y2: 18 }));
      const isMiddle = powers > 3 && power === Math.round(powers / 2);
      const anchor = power === 0 ? 'start' : power === powers ? 'end' : isMiddle ? 'middle' : null;
      if (anchor) svg.append(draw('text', { x, y: 11, 'text-anchor': anchor }, units.roundTime(tick)));
    }
    parts.axis.replaceChildren(
      make('span', { class: 'hidden-text' }, 'spread of the latencies'),
      svg);
  };

  const render = (isNew = false) => {
    chosen = data.functions.filter(isWanted).sort(order);
    const shown = chosen.slice(0, state.shown);
    const most = data.functions.reduce((most, it) => Math.max(most, it.total_ns ?? 0), 0);
    const children = [];
    for (const it of shown) {
      const row = rowOf(it.name);
      const isOpen = it.name === state.open;
      fillRow(row, it, most);
      row.button.setAttribute('aria-expanded', String(isOpen));
      row.element.classList.toggle('open', isOpen);
      children.push(row.element);
      if (isOpen) children.push(detailsRow(it, isNew));
    }
    setHead();
    arrange(parts.rows, children);
    const left = chosen.length - shown.length;
    parts.more.hidden = left === 0;
    setText(parts.more.firstChild, `Show ${units.count(Math.min(PAGE, left))} more`);
    parts.none.hidden = chosen.length > 0;
    parts.key.hidden = shown.every((it) => it.min_ns === null);
    setNote(shown.length);
  };

  const setNote = (shown) => {
    const all = data.functions.length;
    const texts = [];
    if (all > 0) {
      if (chosen.length < all) texts.push(`${units.count(chosen.length)} of ${units.counted(all, 'function')} match`);
      else texts.push(units.counted(all, 'function'));
      if (shown < chosen.length) texts.push(`the first ${units.count(shown)} are shown`);
      if (data.uncalled > 0) texts.push(`${units.count(data.uncalled)} more were chosen and never called`);
    }
    setText(parts.section.note, texts.join('; '));
  };

  const sort = (key) => {
    state.isDown = state.key === key ? !state.isDown : key !== 'name';
    state.key = key;
    render();
  };

  const toggle = (name) => {
    state.open = state.open === name ? null : name;
    render(true);
  };

  /** Opens a function's details and goes there, whatever the filter and however far down. */
  const open = (name) => {
    const it = data.functions.find((it) => it.name === name);
    if (!it) return;
    state.open = name;
    if (!isWanted(it)) {
      state.words = [];
      parts.section.search.value = '';
    }
    const place = data.functions.filter(isWanted).sort(order).indexOf(it);
    state.shown = Math.max(state.shown, Math.ceil((place + 1) / PAGE) * PAGE);
    render(true);
    const { button, element } = rowOf(name);
    button.focus({ preventScroll: true });
    element.scrollIntoView({ block: 'start' });
  };

  const isKnown = (name) => data.functions.some((it) => it.name === name);

  const build = () => {
    parts.section = section('functions');
    parts.head = make('tr', { role: 'row' }, ...head());
    parts.axis = make('th', { scope: 'col', role: 'columnheader', class: 'minor spread' });
    parts.head.append(parts.axis);
    // The roles are said too: a narrow window lays the table out as a grid, and would lose them.
    parts.rows = make('tbody', { role: 'rowgroup' });
    parts.scroll = make('div', {}, make('table', { class: 'functions', role: 'table' },
      make('caption', { class: 'hidden-text' }, 'Functions; the headers sort, a function’s name opens its details'),
      make('thead', { role: 'rowgroup' }, parts.head), parts.rows));
    parts.key = make('p', { class: 'readout spread-key' },
      'The last column is one axis for all: a line from the fastest call to the slowest, ' +
      'a dot at p50, a bar to p90, a tick at p99.');
    parts.more = make('p', { class: 'controls' }, make('button', {
      type: 'button', onclick: () => { state.shown += PAGE; render(); },
    }));
    parts.none = make('p', { class: 'empty' });
    parts.section.body.append(parts.scroll, parts.none, parts.more, parts.key);
    parts.section.search.addEventListener('input', () => {
      state.words = parts.section.search.value.toLowerCase().split(/\s+/).filter(Boolean);
      state.shown = PAGE;
      render();
    });
    window.addEventListener('resize', () => {
      // A histogram is drawn for its width.
      requestAnimationFrame(() => {
        if (state.open !== null && width() !== parts.width) render(true);
      });
    });
  };

  /** Shows newer data; sorting, filter, what is open and the focus stay. */
  const update = (newer, newerGraph, newerActions) => {
    [data, graph, actions] = [newer, newerGraph, newerActions];
    if (!parts.section) build();
    const timed = data.functions.filter((it) => it.min_ns !== null);
    if (timed.length === 0 && state.key.endsWith('_ns')) state.key = 'calls';
    axis = scale.decades(
      timed.reduce((least, it) => Math.min(least, it.min_ns), timed.length > 0 ? Infinity : 1),
      timed.reduce((most, it) => Math.max(most, it.max_ns), 1),
    );
    const isEmpty = data.functions.length === 0;
    parts.scroll.hidden = isEmpty;
    parts.section.search.closest('label').hidden = isEmpty;
    setText(parts.none, isEmpty
      ? `No call was recorded. ${units.counted(data.uncalled, 'function was', 'functions were')} chosen by the targets so far.`
      : 'No function has all of these parts in its name.');
    parts.scroll.classList.toggle('untimed', timed.length === 0);
    render();
  };

  return { update, open, isKnown };
})();
