// One function's latencies as bars on a logarithmic axis, with its percentiles. The bars are
// whole slots of the recordings, several to a bar where they would be thinner than can be
// seen; the keyboard chooses a bar as it does the value of a slider.
const histogram = (() => {
  'use strict';

  const { make, draw, setText } = elements;
  const PLOT = { top: 58, height: 150, left: 46, right: 14, bottom: 26 };
  const THINNEST = 5;
  /** Where an octave's 16 slots are parted, so that the parts are about as wide as each other. */
  const PARTS = [
    Array.from({ length: 17 }, (_, slot) => 16 + slot),
    [16, 17, 19, 21, 23, 25, 27, 29, 32], [16, 19, 23, 27, 32], [16, 23, 32], [16, 32],
  ];
  const MARKS = [['p50', 'p50_ns'], ['p90', 'p90_ns'], ['p99', 'p99_ns']];

  /**
   * Bars of all slots, an octave's slots parted at `edges`: 16 slots an octave of ticks are what
   * recordings hold. Clocks of other rates than the commonest fall into its nearest bar.
   */
  const bars = (latencies, edges) => {
    const tick = latencies.reduce((a, b) => (b.slots.length > a.slots.length ? b : a)).tick_ns;
    const found = new Map();
    for (const { tick_ns: own, slots } of latencies) {
      for (const [first, beyond, calls] of slots) {
        const middle = ((first + beyond) / 2) * (own / tick);
        const octave = Math.floor(Math.log2(middle));
        const slot = (middle / 2 ** octave) * 16;
        const part = edges.filter((edge) => edge <= slot).length - 1;
        const key = octave * 16 + part;
        const bar = found.get(key) ?? {
          low: (tick * 2 ** octave * edges[part]) / 16,
          high: (tick * 2 ** octave * edges[part + 1]) / 16,
          calls: 0,
        };
        bar.calls += calls;
        found.set(key, bar);
      }
    }
    return [...found.values()].sort((a, b) => a.low - b.low);
  };

  /** The axis over these bars, with a little room at both ends. */
  const axisOver = (all) => {
    const low = all[0].low;
    const high = all[all.length - 1].high;
    const room = Math.max(1.06, (1.6 * low) / high);
    return scale.logarithmic(low / room, high * room);
  };

  /** The bars that are wide enough on a plot of this width, and the axis. */
  const fit = (latencies, width) => {
    let all;
    let axis;
    for (const edges of PARTS) {
      all = bars(latencies, edges);
      axis = axisOver(all);
      const octave = (Math.LN2 / Math.log(axis.high / axis.low)) * width;
      if (octave / (edges.length - 1) >= THINNEST) break;
    }
    // A bar's area is its calls; its height is what they would be in a bar of the mean width.
    const mean = all.reduce((sum, bar) => sum + Math.log(bar.high / bar.low), 0) / all.length;
    for (const bar of all) bar.height = (bar.calls * mean) / Math.log(bar.high / bar.low);
    return { all, axis };
  };

  /** Ticks far enough from each other to carry a label. */
  const labelled = (axis, width) => {
    const chosen = [];
    for (const tick of scale.ticks(axis)) {
      const x = axis.at(tick) * width;
      const before = chosen[chosen.length - 1];
      if (!before || x - before.x >= 58) chosen.push({ tick, x });
    }
    return chosen;
  };

  const sentence = (bar, before, all) =>
    `${units.time(bar.low)} to ${units.time(bar.high)}: ${units.counted(bar.calls, 'call')}, ` +
    `${units.percent(bar.calls, all)}; ${units.percent(before, all)} were faster`;

  /** The drawing for a width in px, for one function. */
  const drawing = (it, width) => {
    const inner = Math.max(120, width - PLOT.left - PLOT.right);
    const { all, axis } = fit(it.latencies, inner);
    const most = all.reduce((most, bar) => Math.max(most, bar.height), 0);
    const x = (ns) => PLOT.left + axis.at(ns) * inner;
    const base = PLOT.top + PLOT.height;
    const svg = draw('svg', {
      width, height: base + PLOT.bottom, viewBox: `0 0 ${width} ${base + PLOT.bottom}`,
      'aria-hidden': 'true', focusable: 'false',
    });
    for (const value of scale.counts(most)) {
      const y = base - (value / most) * PLOT.height;
      const label = value >= 1e5 ? `${units.count(value / 1e3)} k` : units.count(value);
      svg.append(
        draw('line', { class: 'grid', x1: PLOT.left, x2: width - PLOT.right, y1: y, y2: y }),
        draw('text', { x: PLOT.left - 6, y: y + 4, 'text-anchor': 'end' }, label),
      );
    }
    const shapes = all.map((bar) => {
      // What is rare is still seen: an outlier is what one looks for.
      const height = Math.max(2, (bar.height / most) * PLOT.height);
      const left = x(bar.low);
      const shape = draw('rect', {
        class: 'slot', x: left, y: base - height, height,
        width: Math.max(1, x(bar.high) - left - 1),
      });
      svg.append(shape);
      return shape;
    });
    svg.append(draw('line', { class: 'axis', x1: PLOT.left, x2: width - PLOT.right, y1: base, y2: base }));
    for (const tick of scale.minorTicks(axis)) {
      svg.append(draw('line', { class: 'axis', x1: x(tick), x2: x(tick), y1: base, y2: base + 3 }));
    }
    for (const { tick, x: at } of labelled(axis, inner)) {
      const left = PLOT.left + at;
      svg.append(
        draw('line', { class: 'axis', x1: left, x2: left, y1: base, y2: base + 5 }),
        draw('text', { x: left, y: base + 18, 'text-anchor': 'middle' }, units.roundTime(tick)),
      );
    }
    MARKS.forEach(([label, key], row) => {
      if (it[key] === null) return;
      const left = x(it[key]);
      const y = 12 + row * 16;
      const isRight = left > width - 120;
      svg.append(
        draw('line', { class: 'mark-line', x1: left, x2: left, y1: y - 8, y2: base }),
        draw('text', {
          class: 'mark-label', y: y + 1, x: left + (isRight ? -5 : 5),
          'text-anchor': isRight ? 'end' : 'start',
        }, `${label} ${units.time(it[key])}`),
      );
    });
    return { svg, all, axis, inner, shapes };
  };

  /** The same as a table, for those who can't see it. */
  const asTable = (all, calls) => make('details', { class: 'as-table' },
    make('summary', {}, 'As a table'),
    make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Latencies as a table' },
      make('table', {},
        make('thead', {}, make('tr', {},
          ...['from', 'to', 'calls', 'share'].map((title) => make('th', { scope: 'col' }, title)))),
        make('tbody', {}, ...all.map((bar) => make('tr', {},
          ...[units.time(bar.low), units.time(bar.high), units.count(bar.calls),
            units.percent(bar.calls, calls)].map((text) => make('td', {}, text))))))));

  /** The histogram of one function, for a width in px. */
  const view = (it, width) => {
    const { svg, all, axis, inner, shapes } = drawing(it, width);
    const calls = all.reduce((sum, bar) => sum + bar.calls, 0);
    const before = [];
    all.reduce((sum, bar) => { before.push(sum); return sum + bar.calls; }, 0);
    const hint = 'A bar’s area is its calls: point at one, or move with the arrow keys, to see how many.';
    const readout = make('p', { class: 'readout' }, hint);
    let chosen = -1;
    const choose = (index) => {
      shapes[chosen]?.classList.remove('chosen');
      chosen = index;
      shapes[chosen]?.classList.add('chosen');
      const text = chosen < 0 ? hint : sentence(all[chosen], before[chosen], calls);
      setText(readout, text);
      plot.setAttribute('aria-valuenow', String(Math.max(0, chosen)));
      plot.setAttribute('aria-valuetext', sentence(all[Math.max(0, chosen)], before[Math.max(0, chosen)], calls));
    };
    const nearest = (event) => {
      const share = (event.clientX - svg.getBoundingClientRect().left - PLOT.left) / inner;
      const ns = axis.value(share);
      return all.reduce((best, bar, index) => {
        const distance = Math.max(bar.low / ns, ns / bar.high, 1);
        return distance < best.distance ? { distance, index } : best;
      }, { distance: Infinity, index: -1 }).index;
    };
    const moves = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
    const plot = make('div', {
      class: 'plot', tabindex: '0', role: 'slider', 'aria-orientation': 'horizontal',
      'aria-label': `Latencies of ${it.name}`, 'aria-valuemin': '0',
      'aria-valuemax': String(all.length - 1),
      onpointermove: (event) => choose(nearest(event)),
      onpointerleave: () => { if (document.activeElement !== plot) choose(-1); },
      onfocus: () => { if (chosen < 0) choose(0); },
      onblur: () => choose(-1),
      onkeydown: (event) => {
        let index;
        if (event.key in moves) index = chosen + moves[event.key];
        else if (event.key === 'Home') index = 0;
        else if (event.key === 'End') index = all.length - 1;
        else return;
        event.preventDefault();
        choose(Math.min(all.length - 1, Math.max(0, index)));
      },
    }, svg);
    choose(-1);
    return make('div', { class: 'histogram' }, plot, readout, asTable(all, calls));
  };

  return { view };
})();
