// The head of the page: whose recordings these are, the figures of all of them together, and what
// isn't in them.
const summary = (() => {
  'use strict';

  const { make, setText } = elements;
  const STATES = ['running', 'exited', 'killed'];

  /** What the processes are, each kind once. */
  const kinds = (all, of) => [...new Set(all.map(of))].join(', ');

  const when = (data) => {
    const all = data.processes;
    if (all.length === 0) return `read at ${units.moment(data.read_ms)}`;
    const from = all.reduce((least, it) => Math.min(least, it.started_ms), Infinity);
    const to = all.reduce((most, it) => Math.max(most, it.seen_ms), from);
    const isNow = all.some((it) => it.state === 'running');
    const end = isNow ? 'now' : units.isSameDay(from, to) ? units.timeOfDay(to) : units.moment(to);
    return `${units.moment(from)} to ${end} (${units.duration((to - from) * 1e6)})` +
      `, read at ${units.isSameDay(from, data.read_ms) ? units.timeOfDay(data.read_ms) : units.moment(data.read_ms)}`;
  };

  /** The time that was recorded; what lies within another function counts once, if that is known. */
  const recorded = (data) =>
    data.functions.reduce((sum, it) => sum + (it.self_ns ?? it.total_ns ?? 0), 0);

  const facts = (data) => {
    const states = STATES
      .map((state) => [state, data.processes.filter((it) => it.state === state).length])
      .filter(([, number]) => number > 0);
    const sum = (key) => data.functions.reduce((sum, it) => sum + it[key], 0);
    const [calls, errors] = [sum('calls'), sum('errors')];
    return [
      ['processes', units.count(data.processes.length),
        states.map(([state, number]) => [state, `${units.count(number)} ${state}`])],
      ['calls', units.count(calls), [['', units.counted(data.functions.length, 'function')]]],
      ['errors', units.count(errors), [['', `${units.percent(errors, calls)} of the calls`]], errors > 0],
      ['in flight', units.count(sum('in_flight')), [['', 'begun and not ended']]],
      ['recorded time', units.duration(recorded(data)),
        [['', data.overhead_ns > 0
          ? `the probe took ${units.time(data.overhead_ns)}, ${units.percent(data.overhead_ns, recorded(data))}`
          : 'the probe’s share is unknown']]],
      ['python', kinds(data.processes, (it) => it.python) || 'none',
        [['', `engine ${kinds(data.processes, (it) => it.engine)}, detail ${kinds(data.processes, (it) => it.detail)}`]]],
    ];
  };

  const fact = ([term, value, notes, isAlarming]) => make('div', {},
    make('dt', {}, term),
    make('dd', { class: isAlarming ? 'alarming' : false }, value),
    make('dd', { class: 'sub' }, ...notes.map(([state, text], index) => [
      index > 0 ? ', ' : null,
      state === 'killed'
        ? make('a', { class: 'alarming', href: '#stacks' }, text)
        : make('span', {}, text),
    ]).flat()));

  /** Shows newer data. */
  const update = (data) => {
    document.title = `${data.heading} · probe`;
    setText(document.getElementById('title'), data.heading);
    setText(document.querySelector('.when'), when(data));
    const list = document.querySelector('.facts');
    // A focused link isn't taken away.
    if (!list.contains(document.activeElement)) list.replaceChildren(...facts(data).map(fact));
    const missing = document.getElementById('missing');
    const isWhole = data.missing.length === 0;
    missing.hidden = isWhole;
    document.querySelector('nav a[href="#missing"]').hidden = isWhole;
    missing.querySelector('.body').replaceChildren(...data.missing.map((text) => make('li', {}, text)));
    setText(document.querySelector('.foot'), `Made by probe ${data.probe}. It holds names, command lines, counts and times; no argument and no result of any call.`);
  };

  return { update };
})();
