// Hostile names and command lines, and recordings that lack something.

import { strict as assert } from 'node:assert';

import { dataOf, names } from './browser.mjs';

export const robust = (browser) => ({
  'hostile names are text': () => browser.with('hostile', async (page) => {
    const data = await dataOf(page);
    const evil = data.functions.map((it) => it.name).find((name) => name.includes('<img'));
    assert.ok(evil.includes('</script>') && evil.includes('\\u{202e}') && evil.includes('\\u{2028}'), evil);
    assert.ok((await names(page)).includes(evil));
    for (const button of await page.locator('table.functions > tbody > tr > th button').all()) await button.click();
    await page.getByLabel('Search').fill('<img');
    assert.ok(await page.locator('.frame.match').count() > 0);
    assert.equal(await page.locator('img, iframe, object, body script:not([type]) ~ script').count(), 0);
    assert.ok((await page.locator('table.processes').textContent()).includes('"><img src=x onerror=alert(2)>'));
    assert.equal(await page.evaluate(() => 'evil' in window), false);
  }),

  'the policy lets nothing out and nothing in': async () => {
    // This check makes the noise that others fail at, on purpose.
    const context = await browser.browser.newContext();
    const page = await context.newPage();
    const asked = [];
    page.on('request', (request) => { if (!request.url().startsWith('file:')) asked.push(request.url()); });
    await page.goto(browser.url('warehouse'));
    const outcome = await page.evaluate(async () => {
      const refused = [];
      document.addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective));
      const script = document.createElement('script');
      script.textContent = 'window.evil = 1';
      document.body.append(script);
      const image = new Image();
      image.src = 'http://127.0.0.1:9/x.png';
      document.body.append(image);
      await fetch('http://127.0.0.1:9/').catch(() => {});
      await new Promise((done) => setTimeout(done, 300));
      return { refused, evil: window.evil };
    });
    await context.close();
    assert.equal(outcome.evil, undefined);
    for (const directive of ['script-src-elem', 'img-src', 'connect-src']) {
      assert.ok(outcome.refused.includes(directive), `${directive} in ${outcome.refused}`);
    }
    assert.deepEqual(asked.filter((url) => !url.startsWith('data:') && !url.includes('127.0.0.1:9')), []);
  },

  'what is missing is listed': () => browser.with('damaged', async (page) => {
    assert.equal(await page.locator('nav').getByText('Missing').isVisible(), true);
    const list = await page.locator('#missing li').allTextContents();
    assert.match(list[0], /^1 recording could not be read/);
    assert.ok(list.some((text) => text.includes('damaged.rec` is not a recording')), String(list));
    await browser.with('warehouse', async (page) => {
      assert.equal(await page.locator('#missing').isVisible(), false);
      assert.equal(await page.locator('nav').getByText('Missing').isVisible(), false);
    });
  }),

  'without a call tree the page says so': () => browser.with('timed', async (page) => {
    await page.getByText('There is no call tree').waitFor();
    assert.equal(await page.getByLabel('Search').isVisible(), false);
    assert.ok((await names(page)).length > 3);
    await page.locator('table.functions > tbody > tr > th button').first().click();
    await page.locator('.plot').waitFor();
    assert.equal(await page.locator('.details .both-ways').count(), 0);
  }),

  'what was only counted has no times': () => browser.with('counted', async (page) => {
    const data = await dataOf(page);
    assert.ok(data.functions.length > 3 && data.functions.every((it) => it.total_ns === null));
    assert.equal(await page.locator('th[aria-sort]').getAttribute('data-key'), 'calls');
    await page.locator('table.functions > tbody > tr > th button').first().click();
    await page.getByText('Only its calls were counted').waitFor();
  }),

  'where nothing was called it says so': () => browser.with('idle', async (page) => {
    await page.getByText(/^No call was recorded\. \d+ functions were chosen/).waitFor();
    assert.equal(await page.getByLabel('Filter').isVisible(), false);
    assert.equal(await page.locator('table.functions').isVisible(), false);
    assert.equal(await page.locator('table.processes .state').count(), 1);
  }),
});
