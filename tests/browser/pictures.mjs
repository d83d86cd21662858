// The pictures of docs/page.md: of the real recordings, with the folder that they were made in
// called /srv.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { frame, row } from './browser.mjs';

/** Makes a copy of a page in which the folder that it was recorded in has a shorter name. */
const rename = (browser, name) => {
  const text = readFileSync(fileURLToPath(browser.url(name)), 'utf8');
  const folder = JSON.parse(text.match(/"heading":("[^"]*")/)[1]).replace(/\/[^/]+$/, '');
  const copy = `${name}-renamed`;
  writeFileSync(fileURLToPath(browser.url(copy)), text.replaceAll(folder, `/srv/${name}`));
  return copy;
};

export const pictures = (browser, folder) => {
  mkdirSync(folder, { recursive: true });
  const shot = (name, page, of, options = {}) => [name, () => browser.with(rename(browser, page), async (page) => {
    await of(page);
    await page.mouse.move(2, 2);
    await page.waitForTimeout(150);
    await page.screenshot({ path: join(folder, `page-${name}.png`) });
  }, options)];
  const to = (page, selector, offset = 60) => page.evaluate(([selector, offset]) => {
    const top = document.querySelector(selector).getBoundingClientRect().top + scrollY - offset;
    scrollTo({ top, behavior: 'instant' });
  }, [selector, offset]);
  const nothing = async () => {};
  return Object.fromEntries([
    shot('light', 'warehouse', nothing),
    shot('dark', 'warehouse', async (page) => {
      await row(page, 'warehouse:Shelf.reserve').click();
      await to(page, '#functions');
    }, { colorScheme: 'dark', viewport: { width: 1200, height: 960 } }),
    shot('thousand', 'thousand', nothing),
    shot('details', 'warehouse', async (page) => {
      await row(page, 'warehouse:Picker.pick').click();
      await to(page, 'tr.open', 84);
    }, { viewport: { width: 1200, height: 700 } }),
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
