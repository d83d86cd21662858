// Begins: shows the data that is in the page, and newer data where a server has it. `update` is
// the one way in; sorting, filters, zoom, what is open and the focus outlast it.
const page = (() => {
  'use strict';

  const SCHEMA = 1;

  const actions = {
    open: (name) => table.open(name),
    isKnown: (name) => table.isKnown(name),
    find: (name) => flame.find(name),
  };

  /** Shows this data in place of what is shown; false where it is of another version. */
  const update = (data) => {
    if (data.schema !== SCHEMA) return false;
    const graph = calls.of(data.tree);
    summary.update(data);
    table.update(data, graph, actions);
    flame.update(data, graph, actions);
    processes.update(data);
    stacks.update(data, actions);
    return true;
  };

  /** Dark or light: as the system has it, until the button says otherwise. */
  const themes = () => {
    const button = document.querySelector('.theme');
    const system = window.matchMedia('(prefers-color-scheme: dark)');
    const root = document.documentElement;
    const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : system.matches);
    const label = () => elements.setText(button, isDark() ? 'Light' : 'Dark');
    button.addEventListener('click', () => {
      root.dataset.theme = isDark() ? 'light' : 'dark';
      label();
    });
    system.addEventListener('change', label);
    label();
  };

  themes();
  update(JSON.parse(document.getElementById('data').textContent));
  live.start(update);
  return { update };
})();
