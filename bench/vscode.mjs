// What somebody who types in VS Code waits for: from the key to ghost text that goes with it, on the screen, over 100 keys; and the activation.
// Usage: node bench/vscode.mjs     (after `npm run build`; needs Chromium; about two minutes; prints a table for docs/evaluation.md, then JSON on the last line)

import { setTimeout as sleep } from 'node:timers/promises';
import { startEditor, until } from '../client-vscode/test/e2e/editor.mjs';
import { inventoryWith, lineOf } from '../client-vscode/test/e2e/sources.mjs';
import { bundleClient } from '../scripts/client.mjs';
import { installTools } from '../scripts/codeServer.mjs';
import { machine, main, row, watchOthers } from './measuring.mjs';

const typed = 'return _items.Values.Where(item => item.Quantity < 5).OrderBy(item => item.Name).ThenBy(item => item.UnitPrice);'.slice(0, 100);
const marker = '// here';
const patienceMs = 1500;
// About 70 words a minute.
const pauseMs = 150;
/** Windows, one after another, whose activation is taken; keys are typed in the last. */
const starts = 5;

/** In the page: for each key, when a frame first showed the line with the key in it and ghost text behind. */
function watchFrames() {
  const lineOf = () => {
    const ghost = document.querySelector('.ghost-text-decoration, .ghost-text-decoration-preview');
    const line = ghost?.closest('.view-line');
    return line ? { text: line.textContent, ghost: ghost.textContent } : undefined;
  };
  window.keys = [];
  let waiting;
  document.addEventListener('keydown', (event) => {
    if (event.key.length === 1) {
      waiting = { at: performance.now(), before: lineOf()?.text ?? '', ghost: lineOf()?.ghost ?? '' };
      window.keys.push(waiting);
    }
  }, true);
  const frame = () => {
    const now = lineOf();
    // The line's text holds the ghost text: a key typed through leaves the line the same, but the ghost text shorter.
    if (waiting && waiting.shown === undefined && now && (now.text !== waiting.before || now.ghost !== waiting.ghost)) {
      waiting.shown = performance.now() - waiting.at;
    }

    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

async function typeKeys(window) {
  await window.open('Inventory.cs');
  await window.goTo(lineOf(inventoryWith(marker), marker));
  for (const _ of marker) {
    await window.press('Backspace');
  }

  await window.page.evaluate(watchFrames);
  for (const key of typed) {
    await window.press(key === ' ' ? 'Space' : key);
    const deadline = Date.now() + patienceMs;
    while (Date.now() < deadline && (await window.page.evaluate(() => window.keys.at(-1)?.shown)) === undefined) {
      await sleep(20);
    }

    await sleep(pauseMs);
  }

  return window.page.evaluate(() => window.keys.map((k) => k.shown ?? null));
}

/** VS Code's own figures of an activation in ms: reading the code, activate() itself, and what VS Code awaited after it. */
async function activation(window) {
  await window.command('Developer: Startup Performance');
  const report = window.page.locator('.monaco-editor[data-uri^="perf:"]').first();
  // A text without end on the screen, so it is copied. The line appears when VS Code has gathered its figures.
  const [, load, call, finish] = await until('the figures of the activation', async () => {
    if ((await report.count()) === 0) {
      return undefined;
    }

    await window.page.evaluate(() => navigator.clipboard.writeText(''));
    await report.click();
    await window.press('Control+A');
    await window.press('Control+C');
    return /^\| tritter\.tritter-vscode +\| \w+ +\| (\d+) +\| (\d+) +\| (\d+) /m.exec(await window.page.evaluate(() => navigator.clipboard.readText()));
  });
  const parts = { load: Number(load), call: Number(call), finish: Number(finish) };
  return { ...parts, all: parts.load + parts.call + parts.finish };
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

await main(async () => {
  await bundleClient();
  await installTools();
  const editor = await startEditor();
  try {
    const activations = [];
    let window;
    for (let n = 0; n < starts; n++) {
      await window?.close();
      window = await editor.window(editor.folder({ 'Inventory.cs': inventoryWith(marker) }));
      await window.untilReady();
      activations.push(await activation(window));
    }

    activations.sort((a, b) => a.all - b.all);
    const activated = at(activations, 0.5);
    const { result: keys, others } = await watchOthers(() => typeKeys(window));
    const shown = keys.filter((k) => k !== null).sort((a, b) => a - b);
    const figures = { keys: keys.length, shown: shown.length, p50: at(shown, 0.5), p95: at(shown, 0.95), activationMs: activated.all, activations };
    console.log([
      row(['keys', 'with ghost text', 'p50', 'p95', 'activation']),
      row(['---:', '---:', '---:', '---:', '---:']),
      row([figures.keys, figures.shown, `${figures.p50.toFixed(0)} ms`, `${figures.p95.toFixed(0)} ms`, `${activated.all} ms`]),
      '',
      `${machine()}. From the key to the frame with ghost text in code-server; keys without ghost text count in no percentile.`,
      `Activation is VS Code's own figure, the median of ${starts} windows (${activations.map((a) => a.all).join(', ')} ms): ${activated.load} ms reading the code, ${activated.call} ms activate(), ${activated.finish} ms after it.`,
      // Chromium and VS Code are this measurement's own, and cannot be told from others.
      `Other programs, with the browser and the editor, used ${Math.round(others * 100)} % of the processors while keys were typed.`,
    ].join('\n'));
    console.log(JSON.stringify(figures));
  } finally {
    await editor.stop();
  }
});
