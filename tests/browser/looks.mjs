// Dark and light, paper, and narrow windows.

import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { row } from './browser.mjs';

const background = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const isDark = (colour) => colour.match(/\d+/g).slice(0, 3).every((part) => Number(part) < 60);

export const looks = (browser, { out }) => ({
  'the system chooses dark or light, and the button changes it': async () => {
    for (const colorScheme of ['light', 'dark']) {
      await browser.with('warehouse', async (page) => {
        assert.equal(isDark(await background(page)), colorScheme === 'dark');
        await page.locator('.theme').click();
        assert.equal(isDark(await background(page)), colorScheme === 'light');
        await page.locator('.theme').click();
        assert.equal(isDark(await background(page)), colorScheme === 'dark');
      }, { colorScheme });
    }
  },

  'paper has all sections and no controls': () => browser.with('warehouse', async (page) => {
    await row(page, 'warehouse:Picker.pick').click();
    await page.emulateMedia({ media: 'print' });
    for (const id of ['functions', 'flame', 'processes', 'stacks']) {
      assert.ok(await page.locator(`#${id} h2`).isVisible(), id);
    }
    for (const control of ['.bar', '.find', '.controls', '#flame-help']) {
      for (const it of await page.locator(control).all()) assert.ok(!await it.isVisible(), control);
    }
    assert.equal(isDark(await background(page)), false);
    await page.emulateMedia({ media: null });
    const pdf = await page.pdf({ format: 'A4' });
    writeFileSync(join(out, 'page.pdf'), pdf);
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    assert.ok(pages >= 1 && pages < 8, `${pages} pages`);
    return `${pages} pages of A4`;
  }, { colorScheme: 'dark' }),

  'nothing is cut off at 400 px': async () => {
    for (const name of ['warehouse', 'thousand', 'hostile']) {
      await browser.with(name, async (page) => {
        await page.locator('table.functions > tbody > tr > th button').first().click();
        const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(wide <= seen, `${name}: ${wide} px in a window of ${seen}`);
      }, { viewport: { width: 400, height: 800 } });
    }
  },
});
