// Axes: a logarithmic one for latencies, a linear one for the time of day, and where their
// ticks are. Positions are shares of the axis, from 0 to 1.
const scale = (() => {
  'use strict';

  /** From the power of ten below `least` to the one above `most`; both in ns. */
  const decades = (least, most) => {
    const low = 10 ** Math.floor(Math.log10(Math.max(least, 1)) + 1e-9);
    const high = 10 ** Math.ceil(Math.log10(Math.max(most, 1)) - 1e-9);
    return logarithmic(low, Math.max(high, low * 10));
  };

  const logarithmic = (low, high) => {
    const span = Math.log(high / low);
    const at = (ns) => Math.min(1, Math.max(0, Math.log(Math.max(ns, low) / low) / span));
    return { low, high, at, value: (share) => low * Math.exp(share * span) };
  };

  /**
   * The ticks of a logarithmic axis: powers of ten and, where there are few of them, also
   * twice and five times these.
   */
  const ticks = ({ low, high }) => {
    const steps = high / low < 200 ? [1, 2, 5] : [1];
    const found = [];
    for (let power = 10 ** Math.floor(Math.log10(low) + 1e-9); power <= high * 1.001; power *= 10) {
      for (const step of steps) {
        const tick = power * step;
        if (tick >= low * 0.999 && tick <= high * 1.001) found.push(tick);
      }
    }
    return found;
  };

  /** The ticks between powers of ten, which have no label. */
  const minorTicks = ({ low, high }) => {
    const found = [];
    for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
      for (let step = 2; step < 10; step += 1) {
        if (power * step >= low && power * step <= high) found.push(power * step);
      }
    }
    return found;
  };

  /** Round numbers up to `most`: two or three of them, and none where all counts are zero. */
  const counts = (most) => {
    const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
    const step = [0.5, 1, 2, 5].map((it) => it * power).find((it) => most / it < 5 && Number.isInteger(it)) ?? most;
    const found = [];
    for (let at = step; at <= most && at > 0; at += step) found.push(at);
    return found;
  };

  const STEPS = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5,
    18e5, 36e5, 72e5, 108e5, 216e5, 432e5, 864e5, 1728e5, 6048e5, 12096e5, 26784e5, 316224e5,
  ];

  /** Offsets in ms from the start of a span: at most `most` steps of a round length. */
  const moments = (span, most) => {
    const step = STEPS.find((it) => span / it <= most) ?? span;
    const found = [];
    for (let at = 0; at <= span && step > 0; at += step) found.push(at);
    return found;
  };

  return { decades, logarithmic, ticks, minorTicks, counts, moments };
})();
