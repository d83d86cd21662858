// The pictures of docs/page.md: of the real recordings, with the folder that they were made in
// called /srv.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { frame, row } from './browser.mjs';

/** Calls the folder that the recordings were made in something shorter. */
const rename = (page) => page.evaluate(() => {
  const element = document.getElementById('data');
  const folder = JSON.parse(element.textContent).heading.replace(/\/[^/]+$/, '');
  page.update(JSON.parse(element.textContent.replaceAll(folder, '/srv/warehouse')));
});

export const pictures = (browser, folder) => {
  mkdirSync(folder, { recursive: true });
  const shot = (name, page, of, options = {}) => [name, () => browser.with(page, async (page) => {
    await rename(page);
    await of(page);
    await page.mouse.move(2, 2);
    await page.waitForTimeout(150);
    await page.screenshot({ path: join(folder, `page-${name}.png`) });
  }, options)];
  const to = (page, selector) => page.evaluate((selector) => {
    const top = document.querySelector(selector).getBoundingClientRect().top + scrollY - 60;
    scrollTo({ top, behavior: 'instant' });
  }, selector);
  const nothing = async () => {};
  return Object.fromEntries([
    shot('light', 'warehouse', nothing),
    shot('dark', 'warehouse', async (page) => {
      await row(page, 'warehouse:Shelf.reserve').click();
      await to(page, '#functions');
    }, { colorScheme: 'dark', viewport: { width: 1200, height: 900 } }),
    shot('thousand', 'thousand', nothing),
    shot('details', 'warehouse', async (page) => {
      await row(page, 'warehouse:Picker.pick').click();
      await to(page, 'tr.open');
    }, { viewport: { width: 1200, height: 620 } }),
    shot('flame', 'warehouse', async (page) => {
      await frame(page, 'warehouse:Picker.pick').first().click();
      await page.getByLabel('Search').fill('work');
      await to(page, '#flame');
    }, { viewport: { width: 1200, height: 460 } }),
    shot('processes', 'warehouse', async (page) => { await to(page, '#processes'); },
      { viewport: { width: 1200, height: 700 } }),
    shot('narrow', 'warehouse', nothing, { viewport: { width: 400, height: 800 } }),
  ]);
};
