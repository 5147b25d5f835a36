// What a newcomer waits for: from `git clone` and `npm run editor -- samples/csharp` to ghost text in the browser.
// Usage: node bench/fresh-clone.mjs     (needs Chromium; the packages of npm and NuGet may be in their caches, and count as such; JSON on the last line)

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import readline from 'node:readline';
import { pathToFileURL } from 'node:url';
import { findChromium } from '../scripts/chromium.mjs';
import { root } from '../scripts/repository.mjs';
import { machine, main } from './measuring.mjs';

const unfinished = 'return _items.';

/** Starts the editor in the clone and returns its address, with what the script says on the way. */
async function startEditor(clone, say) {
  const child = spawn('npm', ['run', 'editor', '--', 'samples/csharp', '--browser', '--no-open'], { cwd: clone, env: { ...process.env, INIT_CWD: clone }, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  for await (const line of readline.createInterface({ input: child.stdout })) {
    const address = /VS Code with Tritter: (\S+)/.exec(line)?.[1];
    if (address) {
      return { child, address };
    }

    if (line.trim()) {
      say(line);
    }
  }

  throw new Error('npm run editor ended without an address');
}

/** Opens the sample as a person would, types the last character of its unfinished line, and returns the ghost text. */
async function ghostText(clone, address, say) {
  const { Window } = await import(pathToFileURL(path.join(clone, 'client-vscode', 'test', 'e2e', 'editor.mjs')).href);
  const { lineOf } = await import(pathToFileURL(path.join(clone, 'client-vscode', 'test', 'e2e', 'sources.mjs')).href);
  const { chromium } = createRequire(path.join(clone, 'artifacts', 'editor', 'package.json'))('playwright-core');
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(240_000);
    await page.goto(address);
    const window = new Window(page, path.join(clone, 'samples', 'csharp'));
    await window.untilReady();
    say('the extension is ready');
    await window.open('Inventory.cs');
    await window.goTo(lineOf(readFileSync(path.join(window.folder, 'Inventory.cs'), 'utf8'), unfinished));
    await window.press('Backspace');
    await window.type(unfinished.at(-1));
    return await window.untilGhost();
  } finally {
    await browser.close();
  }
}

await main(async () => {
  const work = mkdtempSync(path.join(os.tmpdir(), 'tritter-clone-'));
  const clone = path.join(work, 'tritter');
  const started = Date.now();
  const seconds = () => (Date.now() - started) / 1000;
  const say = (line) => console.log(`${seconds().toFixed(0).padStart(4)} s  ${line}`);
  let editor;
  try {
    spawnSync('git', ['clone', '--quiet', root, clone], { stdio: 'inherit' });
    editor = await startEditor(clone, say);
    say('VS Code is served');
    const ghost = await ghostText(clone, editor.address, say);
    say(`ghost text: ${ghost.split('\n')[0]}`);
    console.log(`\n${machine()}. From the clone to ghost text in the browser.`);
    console.log(JSON.stringify({ seconds: Math.round(seconds()), ghost }));
  } finally {
    if (editor) {
      process.kill(-editor.child.pid, 'SIGTERM');
      await new Promise((resolve) => editor.child.once('exit', resolve));
    }

    rmSync(work, { recursive: true, force: true, maxRetries: 5 });
  }
});
