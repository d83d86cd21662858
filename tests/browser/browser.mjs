// Chromium by playwright-core, and pages in it that are watched: whatever they ask the network
// for, say on the console, or fail at, is a failure of the check.

import { createRequire } from 'node:module';
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export class Browser {
  static async start({ chromium: path, modules, pages }) {
    const require = createRequire(join(resolve(modules), 'package.json'));
    const { chromium } = require('playwright-core');
    // As root there is no sandbox; the page's own policy is what is checked here.
    const args = process.getuid() === 0 ? ['--no-sandbox'] : [];
    const browser = await chromium.launch({ executablePath: path, args });
    return new Browser(browser, resolve(pages), readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  }

  constructor(browser, pages, axe) {
    this.browser = browser;
    this.pages = pages;
    this.axe = axe;
  }

  /** The address of one of the pages: `shop`, `thousand`. */
  url(name) {
    return pathToFileURL(join(this.pages, `${name}.html`)).href;
  }

  /** Opens a page, hands it to `use`, and fails where it wasn't quiet. */
  async with(name, use, options = {}) {
    const context = await this.browser.newContext({
      viewport: { width: 1200, height: 800 }, timezoneId: 'UTC', reducedMotion: 'reduce', ...options,
    });
    const noise = [];
    const page = await context.newPage();
    const url = name.startsWith('http') ? name : this.url(name);
    page.on('request', (request) => {
      const isOwn = request.url().startsWith('data:') || request.url() === url
        || (options.mayAsk && request.url().startsWith(options.mayAsk));
      if (!isOwn) noise.push(`asked for ${request.url()}`);
    });
    page.on('console', (message) => noise.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => noise.push(`error: ${error.stack}`));
    page.on('dialog', (dialog) => { noise.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
    try {
      await page.goto(url);
      const said = await use(page);
      assert.deepEqual(noise, []);
      return said;
    } finally {
      await context.close();
    }
  }

  stop() {
    return this.browser.close();
  }
}

/** The figures that a page holds. */
export const dataOf = (page) =>
  page.evaluate(() => JSON.parse(document.getElementById('data').textContent));

/** The names in the table, as they are shown. */
export const names = (page) =>
  page.locator('table.functions > tbody > tr > th').allTextContents();

/** The button of a function in the table. */
export const row = (page, name) =>
  page.locator('table.functions > tbody > tr > th').getByRole('button', { name, exact: true });

/** A frame of the flame graph, by the beginning of its label. */
export const frame = (page, name) => page.locator(`.frame[aria-label^="${name}:"]`);
