// How the page writes numbers, and where it puts ticks; by its own functions.

import { strict as assert } from 'node:assert';

const same = (browser, of, expected) => browser.with('warehouse', async (page) => {
  for (const [input, output] of expected) {
    const found = await page.evaluate(([of, input]) => Function(`return (${of})`)()(...input), [of, input]);
    assert.deepEqual(found, output, `${of} of ${JSON.stringify(input)}`);
  }
});

export const numbers = (browser) => ({
  'times have three digits and their own unit': () => same(browser, 'units.time', [
    [[0], '0 ns'], [[0.4], '0.400 ns'], [[7], '7 ns'], [[999], '999 ns'], [[1000], '1.00 µs'],
    [[1234], '1.23 µs'], [[12345], '12.3 µs'], [[123456], '123 µs'], [[999499], '999 µs'],
    [[999501], '1.00 ms'], [[999999], '1.00 ms'], [[9996000], '10.0 ms'],
    [[1.5e9], '1.50 s'], [[123e9], '123 s'], [[1.8e19], '18,000,000,000 s'],
  ]),

  'durations have minutes and hours': () => same(browser, 'units.duration', [
    [[59.9e9], '59.9 s'], [[200e9], '3 min 20 s'], [[7500e9], '2 h 5 min'], [[36e14], '1,000 h 0 min'],
  ]),

  'shares never say nothing of something': () => same(browser, 'units.percent', [
    [[0, 5], '0 %'], [[1, 0], '0 %'], [[1, 1e6], '< 0.1 %'], [[1, 3], '33 %'], [[1, 30], '3.3 %'],
    [[994, 10000], '9.9 %'], [[995, 10000], '10 %'], [[2, 1], '100 %'],
  ]),

  'ticks are round': () => same(browser, '(name, ...rest) => scale[name](...rest)', [
    [['counts', 0], []], [['counts', 1], [1]], [['counts', 3], [1, 2, 3]], [['counts', 429], [100, 200, 300, 400]],
    [['counts', 860], [200, 400, 600, 800]],
    [['moments', 1000, 4], [0, 500, 1000]], [['moments', 90000, 3], [0, 30000, 60000, 90000]],
    [['ticks', { low: 10, high: 1e4 }], [10, 100, 1000, 10000]],
    [['ticks', { low: 15, high: 120 }], [20, 50, 100]],
  ]),
});
