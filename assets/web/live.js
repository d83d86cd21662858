// Keeps the page up to date where a server gave it: `<html data-live="URL">` names what answers
// with newer data, the same JSON as is in the page. Without that attribute nothing is asked.
const live = (() => {
  'use strict';

  const EVERY = 2000;

  /** Asks again and again, and hands each answer to `update`. */
  const start = (update) => {
    const url = document.documentElement.dataset.live;
    if (!url) return;
    const bar = document.querySelector('.live');
    const [status, button] = [bar.querySelector('span'), bar.querySelector('button')];
    let isPaused = false;
    let isSaid = '';
    bar.hidden = false;
    const say = (text) => {
      // A reader aloud hears changes of state, not each answer.
      if (isSaid !== text) elements.setText(status, text);
      isSaid = text;
    };
    const newer = async () => {
      try {
        const answer = await fetch(url, { cache: 'no-store' });
        return answer.ok ? await answer.json() : null;
      } catch {
        return null;
      }
    };
    const ask = async () => {
      if (!isPaused && !document.hidden) {
        const data = await newer();
        if (isPaused) say('paused');
        else if (data === null) say('no answer, trying again');
        else say(update(data) ? 'live' : 'the server has another version: reload this page');
      }
      setTimeout(ask, EVERY);
    };
    button.addEventListener('click', () => {
      isPaused = !isPaused;
      button.setAttribute('aria-pressed', String(isPaused));
      elements.setText(button, isPaused ? 'Go on' : 'Pause');
      bar.classList.toggle('paused', isPaused);
      say(isPaused ? 'paused' : 'live');
    });
    say('live');
    setTimeout(ask, EVERY);
  };

  return { start };
})();
