// Makes elements. Text that comes from recordings becomes text nodes and attribute values only,
// so there is no way by which it could become markup.
const elements = (() => {
  'use strict';

  const SVG = 'http://www.w3.org/2000/svg';

  const fit = (element, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
      else if (name === 'style') setStyle(element, value);
      else if (value === true) element.setAttribute(name, '');
      else if (value !== false && value !== null && value !== undefined) {
        element.setAttribute(name, value);
      }
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return element;
  };

  /** Styles by properties: the page's policy forbids the attribute. */
  const setStyle = (element, styles) => {
    for (const [name, value] of Object.entries(styles)) element.style.setProperty(name, value);
  };

  const make = (tag, attributes = {}, ...children) =>
    fit(document.createElement(tag), attributes, children);

  const draw = (tag, attributes = {}, ...children) =>
    fit(document.createElementNS(SVG, tag), attributes, children);

  /** Changes a text only where it differs, so that a live page doesn't lose a selection. */
  const setText = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };

  /** Puts these children into a parent, in this order, and leaves those that are right in place. */
  const arrange = (parent, children) => {
    const focused = parent.contains(document.activeElement) ? document.activeElement : null;
    let next = parent.firstChild;
    for (const child of children) {
      if (child === next) next = next.nextSibling;
      else parent.insertBefore(child, next);
    }
    while (next) {
      const after = next.nextSibling;
      next.remove();
      next = after;
    }
    // Whatever is moved loses the focus.
    if (focused && document.activeElement !== focused && parent.contains(focused)) {
      focused.focus({ preventScroll: true });
    }
  };

  /** A function's name: its module is less important than what follows. */
  const named = (name) => {
    const colon = name.indexOf(':');
    if (colon < 0) return [name];
    const module = make('span', { class: 'module' }, name.slice(0, colon + 1));
    // A line may break behind the module.
    return [module, make('wbr'), name.slice(colon + 1)];
  };

  /** The part of a section that is drawn anew, and its line of notes. */
  const section = (id) => {
    const root = document.getElementById(id);
    return {
      root,
      body: root.querySelector('.body'),
      note: root.querySelector('.note'),
      search: root.querySelector('input[type="search"]'),
    };
  };

  return { make, draw, setText, setStyle, arrange, named, section };
})();
