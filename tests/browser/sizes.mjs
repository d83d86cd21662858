// A thousand functions: how long things take is printed, not asserted.

import { strict as assert } from 'node:assert';

import { dataOf, names, row } from './browser.mjs';

/** How long a change takes until it is laid out, in ms. */
const timed = (page, action) => page.evaluate(async (action) => {
  const start = performance.now();
  new Function(action)();
  document.body.getBoundingClientRect();
  return performance.now() - start;
}, action);

export const sizes = (browser) => ({
  'a thousand functions, a hundred at a time': () => browser.with('thousand', async (page) => {
    const data = await dataOf(page);
    assert.ok(data.functions.length >= 1000, String(data.functions.length));
    assert.equal((await names(page)).length, 100);
    await page.getByRole('button', { name: 'Show 100 more' }).click();
    assert.equal((await names(page)).length, 200);
    await page.getByLabel('Filter').fill('part7 order');
    assert.equal((await names(page)).length, 10);
    await page.getByLabel('Filter').fill('');
    const last = data.functions.reduce((a, b) => (a.total_ns < b.total_ns ? a : b)).name;
    await page.getByLabel('Filter').fill(last);
    await row(page, last).click();
    await page.locator('.plot').waitFor();
  }),

  'how long a thousand functions take': () => browser.with('thousand', async (page) => {
    const ready = await page.evaluate(() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd);
    const sort = await timed(page, "document.querySelector('th[data-key=p99_ns] button').click()");
    const filter = await timed(page,
      "const it = document.querySelector('#functions input'); it.value = 'order'; it.dispatchEvent(new Event('input'))");
    const all = await timed(page,
      "const it = document.querySelector('#functions input'); it.value = ''; it.dispatchEvent(new Event('input')); " +
      "for (let n = 0; n < 9; n += 1) document.querySelector('#functions .controls button').click()");
    const sortAll = await timed(page, "document.querySelector('th[data-key=calls] button').click()");
    const search = await timed(page,
      "const it = document.querySelector('#flame input'); it.value = 'order'; it.dispatchEvent(new Event('input'))");
    const size = await page.evaluate(() => document.documentElement.outerHTML.length);
    assert.ok(size > 0);
    const ms = (value) => `${value.toFixed(0)} ms`;
    return `interactive after ${ms(ready)}, sorted in ${ms(sort)}, filtered in ${ms(filter)}, ` +
      `all 1000 shown in ${ms(all)}, these sorted in ${ms(sortAll)}, flame graph searched in ${ms(search)}`;
  }),
});
