// All of it again by the keyboard alone, from the top of the page.

import { strict as assert } from 'node:assert';

import { dataOf, frame, names, row } from './browser.mjs';

/** Presses Tab until this has the focus. */
const tabTo = async (page, locator, most = 120) => {
  for (let presses = 0; presses < most; presses += 1) {
    await page.keyboard.press('Tab');
    if (await locator.evaluate((it) => it === document.activeElement)) {
      const outline = await locator.evaluate((it) => getComputedStyle(it).outlineStyle);
      assert.notEqual(outline, 'none', 'the focus is seen');
      return;
    }
  }
  assert.fail(`no Tab leads to ${locator}`);
};

const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};

const focused = (page) => page.evaluate(() => document.activeElement.getAttribute('aria-label'));

export const keyboard = (browser) => ({
  'the skip link comes first': () => browser.with('warehouse', async (page) => {
    await press(page, 'Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the functions');
    await press(page, 'Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'functions');
  }),

  'keys sort, filter and open': () => browser.with('warehouse', async (page) => {
    await tabTo(page, page.getByLabel('Filter'));
    await page.keyboard.type('pick');
    const before = await names(page);
    assert.ok(before.length > 1 && before.every((name) => /pick/i.test(name)), String(before));
    const calls = page.locator('th[data-key="calls"] button');
    await tabTo(page, calls);
    await press(page, 'Enter', 'Enter');
    assert.equal(await page.locator('th[data-key="calls"]').getAttribute('aria-sort'), 'ascending');
    assert.equal(await calls.evaluate((it) => it === document.activeElement), true);
    const pick = row(page, 'warehouse:Picker.pick');
    await tabTo(page, pick);
    await press(page, 'Enter');
    assert.equal(await pick.getAttribute('aria-expanded'), 'true');
    const plot = page.locator('.plot');
    await tabTo(page, plot, 1);
    const first = await plot.getAttribute('aria-valuetext');
    await press(page, 'ArrowRight');
    const second = await plot.getAttribute('aria-valuetext');
    assert.notEqual(first, second);
    assert.match(second, /to .*: [\d,]+ calls?/);
    await press(page, 'End');
    assert.equal(await plot.getAttribute('aria-valuenow'), await plot.getAttribute('aria-valuemax'));
    await press(page, 'Home');
    assert.equal(await plot.getAttribute('aria-valuetext'), first);
    await press(page, 'Shift+Tab', 'Enter');
    assert.equal(await page.locator('.details').count(), 0);
  }),

  'keys move in the flame graph, zoom and search': () => browser.with('warehouse', async (page) => {
    const data = await dataOf(page);
    const search = page.getByLabel('Search');
    await tabTo(page, search);
    await page.keyboard.type('seal');
    assert.match(await page.locator('#flame .note').textContent(), /1 function found, [\d.]+ % of the time/);
    await press(page, 'Enter');
    assert.match(await focused(page), /^warehouse:seal:/);
    await page.locator('#tip').getByText('warehouse:seal').waitFor();
    await press(page, 'ArrowUp');
    assert.match(await focused(page), /^warehouse:pack:/);
    // By name, what comes before and after it.
    await press(page, 'ArrowLeft');
    assert.match(await focused(page), /^warehouse:Shelf.reserve:/);
    await press(page, 'ArrowRight', 'ArrowRight');
    assert.match(await focused(page), /^warehouse:plan_route:/);
    await press(page, 'ArrowLeft', 'Enter');
    await page.getByText('zoomed to warehouse:pack').waitFor();
    assert.match(await focused(page), /^warehouse:pack:/);
    await press(page, 'Backspace');
    await page.getByText('zoomed to warehouse:Picker.pick').waitFor();
    await press(page, 'Escape');
    assert.equal(await page.getByText('zoomed to').count(), 0);
    await press(page, 'Home', 'ArrowDown', 'ArrowDown');
    const depth = (await focused(page)).split(':').slice(0, 2).join(':');
    assert.ok(data.tree.names.includes(depth), depth);
    // Only one of the frames is a stop of Tab.
    assert.equal(await page.locator('.frame[tabindex="0"]').count(), 1);
    await press(page, 'Shift+Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Reset');
    await press(page, 'Enter');
    assert.equal(await search.inputValue(), '');
    assert.equal(await frame(page, 'warehouse:seal').first().evaluate((it) => it.classList.contains('match')), false);
  }),
});
