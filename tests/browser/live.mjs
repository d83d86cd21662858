// The page as a server gives it, with `data-live`: it asks for newer data, and keeps what somebody
// set; and it can be paused.

import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

import { dataOf, names, row } from './browser.mjs';

/** Serves a page as live, with data that has one call more at each question. */
const serve = async (file) => {
  // As `render_live` does it, which a test of its own compares.
  const text = readFileSync(file, 'utf8')
    .replace('<html lang="en">', '<html lang="en" data-live="/data.json">')
    .replace("connect-src 'none'", "connect-src 'self'");
  const data = JSON.parse(text.match(/<script type="application\/json" id="data">(.*)<\/script>/)[1]);
  const state = { asked: 0 };
  const server = createServer((request, response) => {
    if (request.url === '/') {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(text);
      return;
    }
    state.asked += 1;
    data.functions.forEach((it) => { it.calls += 1; });
    // From the third answer on this one is the first.
    if (state.asked === 3) data.functions.find((it) => it.name === 'warehouse:Picker.__init__').calls += 1e6;
    data.read_ms += 2000;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(data));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { server, state, data, url: `http://127.0.0.1:${server.address().port}/` };
};

const until = async (what, of) => {
  for (let turn = 0; turn < 200; turn += 1) {
    if (await of()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  assert.fail(`never ${what}`);
};

export const live = (browser) => ({
  'a live page follows, keeps what was set, and pauses': async () => {
    const { server, state, data, url } = await serve(fileURLToPath(browser.url('warehouse')));
    try {
      return await browser.with(url, async (page) => {
        const before = await dataOf(page);
        await page.locator('th[data-key="calls"] button').click();
        await page.getByLabel('Filter').fill('pick');
        await page.locator('.frame[aria-label^="warehouse:pack:"]').first().click();
        await page.getByLabel('Search').fill('seal');
        await row(page, 'warehouse:Picker.__init__').focus();
        await page.keyboard.press('Enter');
        const cell = row(page, 'warehouse:Picker.pick').locator('xpath=ancestor::tr').locator('td').first();
        const of = (it) => Number(it.replaceAll(',', ''));
        const calls = before.functions.find((it) => it.name === 'warehouse:Picker.pick').calls;
        await until('newer', async () => of(await cell.textContent()) > calls + 2);
        assert.equal((await names(page))[0], 'warehouse:Picker.__init__');
        assert.equal(await page.locator('th[aria-sort]').getAttribute('data-key'), 'calls');
        assert.equal(await page.getByLabel('Filter').inputValue(), 'pick');
        await page.getByText(/found, .*zoomed to warehouse:pack/).waitFor();
        assert.equal(await row(page, 'warehouse:Picker.__init__').evaluate((it) => it === document.activeElement), true);
        assert.equal(await page.locator('.details').count(), 1);

        await page.getByRole('button', { name: 'Pause' }).click();
        await page.waitForTimeout(300);
        const asked = state.asked;
        await page.waitForTimeout(2500);
        assert.ok(state.asked <= asked + 1);
        await page.getByText('paused').waitFor();
        await page.getByRole('button', { name: 'Go on' }).click();
        await until('asked again', async () => state.asked > asked + 1);
        await page.getByText('live', { exact: true }).waitFor();
        data.schema = 2;
        await page.getByText('another version: reload').waitFor();
        data.schema = 1;
        await page.getByText('live', { exact: true }).waitFor();
      }, { mayAsk: url });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  },
});
