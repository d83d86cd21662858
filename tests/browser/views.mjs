// What the page shows, by the mouse: sorting, filtering, details, the flame graph, processes,
// stacks. Each figure is compared with the data in the page.

import { strict as assert } from 'node:assert';

import { dataOf, frame, names, row } from './browser.mjs';

const sorted = (data, key) => data.functions
  .slice()
  .sort((a, b) => (b[key] ?? -1) - (a[key] ?? -1) || (a.name < b.name ? -1 : 1))
  .map((it) => it.name);

export const views = (browser) => ({
  'headers sort': () => browser.with('warehouse', async (page) => {
    const data = await dataOf(page);
    const head = page.locator('table.functions > thead');
    assert.deepEqual(await names(page), sorted(data, 'total_ns'));
    for (const [title, key] of [['calls', 'calls'], ['p99', 'p99_ns'], ['self', 'self_ns'], ['errors', 'errors']]) {
      await head.getByRole('button', { name: title, exact: true }).click();
      assert.deepEqual(await names(page), sorted(data, key), title);
      assert.equal(await head.locator(`th[data-key="${key}"]`).getAttribute('aria-sort'), 'descending');
      assert.equal(await head.locator('th[aria-sort]').count(), 1);
    }
    await head.getByRole('button', { name: 'function' }).click();
    const byName = data.functions.map((it) => it.name).sort();
    assert.deepEqual(await names(page), byName);
    await head.getByRole('button', { name: 'function' }).click();
    assert.deepEqual(await names(page), byName.reverse());
  }),

  'the filter takes parts of names': () => browser.with('warehouse', async (page) => {
    await page.getByLabel('Filter').fill('PICK sub');
    assert.deepEqual(await names(page), ['warehouse:Picker.substitute']);
    await assert.doesNotReject(page.getByText(/^1 of \d+ functions match/).waitFor());
    await page.getByLabel('Filter').fill('nowhere');
    assert.deepEqual(await names(page), []);
    await page.getByText('No function has all of these parts').waitFor();
  }),

  'figures are those of the data': () => browser.with('warehouse', async (page) => {
    const data = await dataOf(page);
    const calls = data.functions.reduce((sum, it) => sum + it.calls, 0);
    const head = await page.locator('.summary .facts').textContent();
    assert.ok(head.includes(calls.toLocaleString('en-US')), head);
    const work = data.functions.find((it) => it.name === 'warehouse:work');
    const cells = await row(page, 'warehouse:work').locator('xpath=ancestor::tr').locator('td').allTextContents();
    assert.equal(cells[0], work.calls.toLocaleString('en-US'));
    assert.match(cells[3], /^[\d.,]+(ns|µs|ms|s)$/);
  }),

  'details show the histogram, callers and callees': () => browser.with('warehouse', async (page) => {
    const data = await dataOf(page);
    await row(page, 'warehouse:Picker.pick').click();
    const details = page.locator('.details');
    const pick = data.functions.find((it) => it.name === 'warehouse:Picker.pick');
    // All calls are in the bars' table, whatever was merged.
    await details.getByText('As a table').click();
    const counts = await details.locator('.as-table tbody td:nth-child(3)').allTextContents();
    const sum = counts.reduce((sum, text) => sum + Number(text.replaceAll(',', '')), 0);
    assert.equal(sum, pick.calls);
    assert.equal(await details.locator('rect.slot').count(), counts.length);
    for (const mark of ['p50', 'p90', 'p99']) await details.locator('.mark-label', { hasText: mark }).waitFor();
    const around = await details.locator('.both-ways').innerText();
    for (const name of ['warehouse:ship', 'warehouse:pack', 'warehouse:plan_route', 'warehouse:Shelf.reserve']) {
      assert.ok(around.replaceAll('\n', '').includes(name), `${name} in ${around}`);
    }
    // A pointer over the highest bar tells its calls.
    const bars = await details.locator('rect.slot').evaluateAll((all) => all.map((it) => Number(it.getAttribute('height'))));
    await details.locator('rect.slot').nth(bars.indexOf(Math.max(...bars))).hover();
    assert.match(await details.locator('.histogram > .readout').textContent(), /to .*: [\d,]+ calls?, .* were faster/);
    // A callee's name leads to its details.
    await details.locator('.both-ways').getByRole('button', { name: 'warehouse:pack' }).click();
    assert.equal(await details.locator('h3').textContent(), 'warehouse:pack');
    assert.equal(await details.count(), 1);
    assert.equal(await row(page, 'warehouse:pack').evaluate((it) => it === document.activeElement), true);
  }),

  'where bars are wider, each has the calls of its slots': () => browser.with('warehouse', async (page) => {
    const data = await dataOf(page);
    const pick = data.functions.find((it) => it.name === 'warehouse:Picker.pick');
    await row(page, 'warehouse:Picker.pick').click();
    await page.getByText('As a table').click();
    const counts = await page.locator('.as-table tbody td:nth-child(3)').allTextContents();
    const sum = counts.reduce((sum, text) => sum + Number(text.replaceAll(',', '')), 0);
    assert.equal(sum, pick.calls);
    assert.ok(counts.length < pick.latencies[0].slots.length, 'several slots to a bar');
  }, { viewport: { width: 400, height: 800 } }),

  'the flame graph adds up, zooms, finds and resets': () => browser.with('warehouse', async (page) => {
    const data = await dataOf(page);
    const width = (locator) => locator.evaluate((it) => it.getBoundingClientRect().width);
    const all = await width(page.locator('.frame.all'));
    const shift = frame(page, 'warehouse:shift').first();
    const share = data.tree.total_ns[data.tree.function.indexOf(data.tree.names.indexOf('warehouse:shift'))];
    const roots = data.tree.parent.reduce((sum, parent, node) => sum + (parent < 0 ? data.tree.total_ns[node] : 0), 0);
    assert.ok(Math.abs(await width(shift) / all - share / roots) < 0.01);
    const pack = frame(page, 'warehouse:pack').first();
    const before = await width(pack);
    await pack.click();
    assert.ok(await width(pack) > before);
    assert.ok(Math.abs(await width(pack) - all) < 2);
    await page.getByText('zoomed to warehouse:pack').waitFor();
    await pack.hover();
    await page.locator('#tip').getByText('warehouse:pack').waitFor();
    await page.getByRole('button', { name: 'Reset' }).click();
    assert.ok(Math.abs(await width(pack) - before) < 2);

    await page.getByLabel('Search').fill('work');
    const found = await page.locator('#flame .note').textContent();
    // By another way than the page's: all nodes of the function, none of which is in another.
    const work = data.tree.names.indexOf('warehouse:work');
    const sum = data.tree.total_ns.reduce((sum, total, node) => sum + (data.tree.function[node] === work ? total : 0), 0);
    const percent = Number(found.match(/([\d.]+) % of the time/)[1]);
    assert.ok(Math.abs(percent - (100 * sum) / roots) < 0.6, `${found}; ${(100 * sum) / roots}`);
    assert.ok(await page.locator('.frame.match').count() > 3);
    assert.equal(await page.locator('.frame.match:not([aria-label^="warehouse:work:"])').count(), 0);
  }),

  'what recursion finds counts once': () => browser.with('warehouse', async (page) => {
    const { tree } = await dataOf(page);
    const isSimilar = (node) => node >= 0 && tree.names[tree.function[node]] === 'warehouse:similar';
    const isWithin = (node) => node >= 0 && (isSimilar(node) || isWithin(tree.parent[node]));
    const sum = (of) => tree.total_ns.reduce((sum, total, node) => sum + (of(node) ? total : 0), 0);
    const roots = sum((node) => tree.parent[node] < 0);
    const once = sum((node) => isSimilar(node) && !isWithin(tree.parent[node]));
    assert.ok(sum(isSimilar) > 2 * once, 'it calls itself');
    await page.getByLabel('Search').fill('warehouse:similar');
    const found = await page.locator('#flame .note').textContent();
    const percent = Number(found.match(/([\d.]+) % of the time/)[1]);
    assert.ok(Math.abs(percent - (100 * once) / roots) < 0.6, `${found}; ${(100 * once) / roots}`);
  }),

  'processes and their states': () => browser.with('warehouse', async (page) => {
    const data = await dataOf(page);
    const states = await page.locator('table.processes .state').allTextContents();
    assert.deepEqual(states, data.processes.map((it) => it.state));
    for (const state of ['running', 'exited', 'killed']) assert.ok(states.includes(state), state);
    // A bar lies within its axis, and is where its process began.
    const from = Math.min(...data.processes.map((it) => it.started_ms));
    const to = Math.max(...data.processes.map((it) => it.seen_ms));
    const bars = await page.locator('.life').evaluateAll((all) => all.map((it) => ({
      left: parseFloat(it.style.left), width: parseFloat(it.style.width),
    })));
    bars.forEach((bar, index) => {
      const it = data.processes[index];
      assert.ok(Math.abs(bar.left - (100 * (it.started_ms - from)) / (to - from)) < 0.01);
      assert.ok(bar.left + bar.width < 100.01);
    });
    await page.getByText(`child of ${data.processes[0].pid}`).waitFor();
  }),

  'stacks of the killed and the running': () => browser.with('warehouse', async (page) => {
    const killed = page.locator('.stack.killed').filter({ hasText: 'warehouse:audit' });
    assert.deepEqual(await killed.locator('li > button').allTextContents(), ['warehouse:audit', 'warehouse:wait_for']);
    assert.ok(await page.locator('.stack.running').count() > 0);
    await killed.getByRole('button', { name: 'warehouse:wait_for' }).click();
    assert.equal(await page.locator('.details h3').textContent(), 'warehouse:wait_for');
    await page.getByText('No call has ended yet, so there are no latencies.').waitFor();
  }),
});
