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
    const ask = async () => {
      if (!isPaused && !document.hidden) {
        try {
          const answer = await fetch(url, { cache: 'no-store' });
          if (!answer.ok) throw new Error(String(answer.status));
          const data = await answer.json();
          if (!isPaused) {
            update(data);
            say('live');
          }
        } catch {
          say('no answer, trying again');
        }
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
