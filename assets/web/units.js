// Numbers for people: counts with separators, times with three digits in their own unit,
// shares, moments. Nothing here touches the page.
const units = (() => {
  'use strict';

  const TIMES = [['s', 1e9], ['ms', 1e6], ['µs', 1e3], ['ns', 1]];
  const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

  const count = (number) => whole.format(number);

  /** `1 call`, `2,000 calls`; nouns with another plural give it. */
  const counted = (number, noun, plural = `${noun}s`) =>
    `${count(number)} ${number === 1 ? noun : plural}`;

  /** Three digits, never in the form of a power of ten. */
  const digits = (value) => {
    if (value === 0) return '0';
    if (value >= 100) return count(value);
    // Its form for what is very small has a power of ten.
    return value < 1e-3 ? '< 0.001' : value.toPrecision(3);
  };

  /** A time in ns as its number and its unit. */
  const parts = (ns) => {
    const [unit, size] = TIMES.find(([, size]) => ns >= size * 0.9995) ?? TIMES[3];
    const value = unit === 'ns' && ns >= 1 ? count(Math.round(ns)) : digits(ns / size);
    return [value, unit];
  };

  const time = (ns) => parts(ns).join(' ');

  /** The time of a tick, which is a round one: `10 ms`, not `10.0 ms`. */
  const roundTime = (ns) => {
    const [value, unit] = parts(ns);
    return `${Number(value.replace(/,/g, ''))} ${unit}`;
  };

  /** A duration of which the minutes matter: `8.25 s`, `3 min 20 s`, `2 h 5 min`. */
  const duration = (ns) => {
    const seconds = Math.floor(ns / 1e9);
    if (seconds < 60) return time(ns);
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
    return `${count(Math.floor(seconds / 3600))} h ${Math.floor(seconds / 60) % 60} min`;
  };

  const percent = (part, all) => {
    if (!(all > 0) || part === 0) return '0 %';
    const share = Math.min(100, (100 * part) / all);
    if (share < 0.1) return '< 0.1 %';
    return `${share < 9.95 ? share.toFixed(1) : share.toFixed(0)} %`;
  };

  const two = (number) => String(number).padStart(2, '0');
  const day = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const clock = (at) => `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;

  /** A moment in ms since 1970, in the reader's time zone. */
  const moment = (ms) => {
    const at = new Date(ms);
    return Number.isNaN(at.getTime()) ? 'an unknown time' : `${day(at)} ${clock(at)}`;
  };

  /** The time of day of a moment. */
  const timeOfDay = (ms) => {
    const at = new Date(ms);
    return Number.isNaN(at.getTime()) ? 'unknown' : clock(at);
  };

  const isSameDay = (one, other) => day(new Date(one)) === day(new Date(other));

  return { count, counted, parts, time, roundTime, duration, percent, moment, timeOfDay, isSameDay };
})();
