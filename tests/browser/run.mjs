// Opens the page in Chromium and checks what it does; `cargo xtask browser` makes the pages and
// starts this. Each check has a page of its own and fails where anything was asked of the network
// or anything was said on the console. With --pictures, takes those of docs/page.md instead.

import { parseArgs } from 'node:util';

import { Browser } from './browser.mjs';
import { accessibility } from './accessibility.mjs';
import { keyboard } from './keyboard.mjs';
import { live } from './live.mjs';
import { looks } from './looks.mjs';
import { numbers } from './numbers.mjs';
import { pictures } from './pictures.mjs';
import { robust } from './robust.mjs';
import { sizes } from './sizes.mjs';
import { views } from './views.mjs';

const { values: options } = parseArgs({
  options: {
    chromium: { type: 'string' },
    modules: { type: 'string' },
    pages: { type: 'string' },
    out: { type: 'string' },
    pictures: { type: 'string' },
    only: { type: 'string' },
  },
});

const browser = await Browser.start(options);
let failures = 0;
const check = async (name, of) => {
  if (options.only && !name.includes(options.only)) return;
  try {
    const said = await of();
    console.log(`ok      ${name}${said ? `: ${said}` : ''}`);
  } catch (error) {
    failures += 1;
    console.log(`FAILED  ${name}\n${String(error.stack).replace(/^/gm, '        ')}`);
  }
};

try {
  const suites = options.pictures
    ? [pictures(browser, options.pictures)]
    : [numbers, views, keyboard, looks, sizes, robust, live, accessibility].map((suite) => suite(browser, options));
  for (const suite of suites) {
    for (const [name, of] of Object.entries(suite)) await check(name, of);
  }
} finally {
  await browser.stop();
}
process.exitCode = failures === 0 ? 0 : 1;
