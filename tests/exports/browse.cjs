// Reads an export in Chromium and prints what the page shows, as read.py does.
//
// `node browse.cjs MODULES CHROMIUM flamegraph|speedscope FILE SCREENSHOT`, where MODULES is the
// node_modules with playwright-core and speedscope. The screenshots are there to be looked at.

const fs = require("fs");
const path = require("path");

const [modules, chromium, kind, file, screenshot] = process.argv.slice(2);
const playwright = require(path.join(modules, "playwright-core"));

const UNITS = { ns: 1, "µs": 1e3, ms: 1e6, s: 1e9 };

// The SVG by itself: what its boxes say, and whether zoom and search work.
async function flamegraph(page) {
  await page.goto(`file://${file}`);
  await page.screenshot({ path: screenshot });
  const boxes = await page.$$eval("g > title", (titles) => titles.map((it) => it.textContent));
  const functions = {};
  const all = {};
  for (const box of boxes) {
    const [, name, ns] = box.match(/^(.*) \(([\d,]+) ns, [\d.]+%\)$/);
    const width = Number(ns.replaceAll(",", ""));
    if (name === "all") all.self_ns = width;
    else functions[name] = { widest_ns: Math.max(width, functions[name]?.widest_ns ?? 0) };
  }
  const shown = () => page.$$eval("#frames g", (it) => it.filter((g) => g.style.display !== "none").length);
  const isThere = (selector) => page.$eval(selector, (it) => getComputedStyle(it).opacity > 0 && !it.classList.contains("hide"));
  if (await isThere("#unzoom")) throw new Error("zoomed before anything was clicked");
  await page.$$eval("g > title", (titles) => {
    const title = titles.find((it) => it.textContent.startsWith("work:Cart.total "));
    title.parentNode.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  });
  if (!(await isThere("#unzoom"))) throw new Error("a click doesn't zoom");
  await page.screenshot({ path: screenshot.replace(".png", "-zoomed.png") });
  await page.click("#unzoom");
  await page.evaluate(() => search("work:leaf"));
  const matched = await page.$eval("#matched", (it) => it.textContent);
  if (!/^Matched: [\d.]+%$/.test(matched)) throw new Error(`the search says: ${matched}`);
  return { functions, all, boxes: await shown() };
}

// speedscope as its own program opens a file, and the tables that it shows.
async function speedscope(page) {
  const data = fs.readFileSync(file).toString("base64");
  const script = `${screenshot}.js`;
  const name = JSON.stringify(path.basename(file));
  fs.writeFileSync(script, `speedscope.loadFileFromBase64(${name}, ${JSON.stringify(data)})`);
  const index = path.join(modules, "speedscope/dist/release/index.html");
  await page.goto(`file://${index}#localProfilePath=${script}`);
  await page.waitForFunction(() => document.body.innerText.includes("Left Heavy"));
  await page.keyboard.press("2");
  await page.waitForTimeout(500);
  await page.screenshot({ path: screenshot });
  const functions = {};
  const all = {};
  // The profile of times, and the one of calls after it.
  for (const key of ["self_ns", "calls"]) {
    await page.keyboard.press("3");
    await page.waitForFunction(() => document.body.innerText.includes("Symbol Name"));
    await page.waitForTimeout(500);
    if (key === "self_ns") await page.screenshot({ path: screenshot.replace(".png", "-sandwich.png") });
    const rows = await page.$$eval("tr", (rows) => rows.map((row) => [...row.children].map((it) => it.innerText)));
    const head = rows.findIndex((row) => row[2] === "Symbol Name");
    all[key] = 0;
    for (const [, own, name] of rows.slice(head + 1)) {
      const [, number, unit] = own.match(/^([\d,.]+)(\S*) \(/);
      const value = Number(number.replaceAll(",", "")) * (UNITS[unit] ?? 1);
      functions[name] = { ...functions[name], [key]: value };
      all[key] += value;
    }
    await page.keyboard.press("n");
  }
  return { functions, all };
}

(async () => {
  const browser = await playwright.chromium.launch({
    executablePath: chromium,
    args: ["--no-sandbox", "--allow-file-access-from-files"],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  const found = await { flamegraph, speedscope }[kind](page);
  await browser.close();
  if (errors.length > 0) throw new Error(errors.join("\n"));
  console.log(JSON.stringify(found));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
