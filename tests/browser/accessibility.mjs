// axe-core, with all of its rules for WCAG 2.2 AA and its best practices, on each state of the page.

import { strict as assert } from 'node:assert';

import { frame, row } from './browser.mjs';

const violations = async (browser, page, what) => {
  await page.evaluate(browser.axe);
  const found = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  const problems = found.violations.flatMap((it) => it.nodes.map((node) =>
    `${what}: ${it.id}: ${node.target.join(' ')}: ${node.failureSummary}`));
  assert.deepEqual(problems.slice(0, 8), []);
  return found.passes.length;
};

const open = async (page) => {
  await row(page, 'warehouse:Picker.pick').click();
  await page.getByText('As a table').click();
  await frame(page, 'warehouse:pack').first().click();
  await page.getByLabel('Search').fill('work');
};

export const accessibility = (browser) => Object.fromEntries(
  ['light', 'dark'].flatMap((colorScheme) => [1200, 400].map((width) => [
    `axe finds nothing, ${colorScheme} at ${width} px`,
    () => browser.with('warehouse', async (page) => {
      const rules = await violations(browser, page, 'at first');
      await open(page);
      await violations(browser, page, 'opened');
      return `${rules} rules passed`;
    }, { colorScheme, viewport: { width, height: 800 } }),
  ])).concat(['timed', 'counted', 'idle', 'hostile', 'damaged'].map((name) => [
    `axe finds nothing, ${name}`,
    () => browser.with(name, async (page) => { await violations(browser, page, name); }),
  ])));
