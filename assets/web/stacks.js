// What each thread of a killed process was in when it died, and what those of running processes
// are in now.
const stacks = (() => {
  'use strict';

  const { make, setText, named, section } = elements;
  const PAGE = 40;

  const parts = {};
  const state = { shown: PAGE, drawn: '' };

  /** Of a call that ended with its process no more is known than its last sign of life. */
  const age = (it, state) => {
    if (state !== 'killed') return units.duration(it.age_ns);
    return it.age_ns > 0 ? `at least ${units.duration(it.age_ns)}` : 'unknown';
  };

  const frame = (it, state, { open, isKnown }) => make('li', {},
    isKnown(it.name)
      ? make('button', { type: 'button', class: 'link', onclick: () => open(it.name) }, named(it.name))
      : make('span', { class: 'name' }, named(it.name)),
    make('span', { class: 'age' }, age(it, state)));

  /** Whether both are of one process: pids are used again, so its start counts where it is told. */
  const isSame = (it, other) => it.pid === other.pid
    && (it.started_ms === undefined || other.started_ms === undefined || it.started_ms === other.started_ms);

  const stack = (it, data, actions) => {
    const process = data.processes.find((process) => isSame(it, process));
    const thread = it.thread > 0 && it.thread !== it.pid ? ` thread ${it.thread}` : '';
    return make('article', { class: `stack ${it.state}` },
      make('h3', {}, `process ${it.pid}${thread} `, processes.badge(it.state)),
      process ? make('p', { class: 'command' }, process.command) : null,
      make('ol', {}, ...it.frames.map((one) => frame(one, it.state, actions))),
      it.past > 0
        ? make('p', { class: 'none' }, `and ${units.counted(it.past, 'call')} within, for which there was no room`)
        : null);
  };

  /** A killed process of which only the unfinished calls are known. */
  const unfinished = ({ pid, calls: names }, actions) => make('article', { class: 'stack killed' },
    make('h3', {}, `process ${pid} `, processes.badge('killed')),
    make('p', { class: 'command' }, 'unfinished calls, in no order: nesting is recorded with --detail tree'),
    make('ul', {}, ...names.map(([name, number]) => make('li', {},
      actions.isKnown(name)
        ? make('button', { type: 'button', class: 'link', onclick: () => actions.open(name) }, named(name))
        : make('span', { class: 'name' }, named(name)),
      make('span', { class: 'age' }, units.counted(number, 'call'))))));

  const note = (all) => {
    const number = (state) => all.filter((it) => it.state === state).length;
    const [killed, running] = [number('killed'), number('running')];
    return [
      killed > 0 ? `${units.counted(killed, 'thread')} when killed` : '',
      running > 0 ? `${units.counted(running, 'thread')} running` : '',
    ].filter(Boolean).join(', ');
  };

  const render = (data, actions) => {
    const killedFirst = [...data.stacks].sort((a, b) => (a.state < b.state ? -1 : a.state > b.state ? 1 : 0));
    const others = data.unfinished.filter((it) => !data.stacks.some((stack) => isSame(it, stack)));
    const all = [
      ...killedFirst.map((it) => () => stack(it, data, actions)),
      ...others.map((it) => () => unfinished(it, actions)),
    ];
    const isBusy = parts.list.contains(document.activeElement);
    const now = JSON.stringify([data.stacks, others, state.shown]);
    // Somebody who is at work in it isn't disturbed.
    if (now === state.drawn || isBusy) return;
    state.drawn = now;
    parts.list.replaceChildren(...all.slice(0, state.shown).map((make) => make()));
    const left = all.length - state.shown;
    parts.more.hidden = left <= 0;
    setText(parts.more.firstChild, `Show ${units.count(Math.min(PAGE, Math.max(0, left)))} more`);
    parts.none.hidden = all.length > 0;
    setText(parts.section.note, note(data.stacks));
  };

  const build = () => {
    parts.section = section('stacks');
    parts.list = make('div', { class: 'stacks' });
    parts.none = make('p', { class: 'empty' },
      'No timed function was running when this was read, and none in a process that was killed.');
    parts.more = make('p', { class: 'controls' }, make('button', { type: 'button' }));
    parts.section.body.append(parts.list, parts.none, parts.more);
  };

  /** Shows newer data; `actions.open` shows a function. */
  const update = (data, actions) => {
    if (!parts.section) build();
    parts.more.firstChild.onclick = () => { state.shown += PAGE; render(data, actions); };
    render(data, actions);
  };

  return { update };
})();
