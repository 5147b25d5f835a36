// Drives a real VS Code (code-server) in a real browser: what a person at the keyboard does and sees.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { findChromium } from '../../../scripts/chromium.mjs';
import { serve, tools } from '../../../scripts/codeServer.mjs';
import { root, tritter } from '../../../scripts/repository.mjs';

const { chromium } = createRequire(path.join(tools, 'package.json'))('playwright-core');

const slow = Number(process.env.TRITTER_TEST_TIMEOUT ?? 240) * 1000;

// Windows that are open: a wait in vain leaves pictures of them in artifacts/e2e.
const windows = new Set();
const browserArguments = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const testSettings = {
  'editor.minimap.enabled': false,
  'editor.wordBasedSuggestions': 'off',
  'editor.autoClosingBrackets': 'never',
  'editor.autoClosingQuotes': 'never',
  'editor.acceptSuggestionOnEnter': 'off',
  'files.autoSave': 'off',
  'files.eol': '\n',
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': false,
};

export const chromiumPath = findChromium();

/** Waits until `look` returns something, and says what it was waiting for when it does not. */
export async function until(what, look, timeoutMs = slow) {
  let last;
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(100)) {
    last = await look();
    if (last !== undefined && last !== false && last !== null) {
      return last;
    }
  }

  await Promise.all([...windows].map((window, n) => window.page.screenshot({ path: path.join(root, 'artifacts', 'e2e', `${what.replaceAll(/\W+/g, '-')}-${n}.png`) }).catch(() => undefined)));
  throw new Error(`waited ${timeoutMs / 1000} s for ${what}`);
}

/**
 * code-server and a browser, with windows on folders of their own. TRITTER_SERVER names another build of the server to test with.
 * `server: null` leaves the choice of the program to the extension, `vsix` is installed in the place of the extension of this checkout.
 * With `trust` VS Code asks whether folders are trusted; else all are.
 */
export async function startEditor({ settings = {}, machine = {}, server = process.env.TRITTER_SERVER ?? tritter, options = [], vsix, trust = false } = {}) {
  const home = mkdtempSync(path.join(os.tmpdir(), 'tritter-vscode-'));
  const log = path.join(home, 'log');
  const served = await serve({ home: path.join(home, 'editor'), server: server && logging(server, path.join(home, 'tritter'), log), settings: { ...testSettings, ...settings }, machine, options, vsix, trust });
  const browser = await chromium.launch({ executablePath: chromiumPath, args: browserArguments });
  return {
    served,
    home,
    /** A new folder with these files, by their names. */
    folder(files) {
      const folder = mkdtempSync(path.join(home, 'work-'));
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
        writeFileSync(path.join(folder, name), text);
      }

      return folder;
    },
    /** How the servers were started, and what they said so far. */
    log: () => (existsSync(log) ? readFileSync(log, 'utf8') : ''),
    async window(folder, { address = served.open(folder), size = { width: 1280, height: 800 } } = {}) {
      const context = await browser.newContext({ viewport: size, permissions: ['clipboard-read', 'clipboard-write'] });
      const page = await context.newPage();
      // Nothing here may depend on the network, and nothing gets out.
      await page.route('**/*', (route) => (new URL(route.request().url()).hostname.endsWith('127.0.0.1') ? route.continue() : route.abort()));
      page.setDefaultTimeout(slow);
      await page.goto(address);
      const window = new Window(page, folder);
      windows.add(window);
      return window;
    },
    async stop() {
      await browser.close();
      await served.stop();
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A program that is `server`, but for what goes to standard error. */
function logging(server, program, log) {
  writeFileSync(program, `#!/bin/sh\necho "started with $*" >> '${log}'\nexec '${server}' "$@" 2>> '${log}'\n`, { mode: 0o755 });
  return program;
}

export class Window {
  constructor(page, folder) {
    this.page = page;
    this.folder = folder;
  }

  /** The status bar item's name, as a screen reader says it. */
  async status() {
    const item = this.page.locator('.statusbar-item[id="tritter.tritter-vscode.tritter.status"] a, .statusbar-item[id*="tritter.status"] a').first();
    return (await item.count()) > 0 ? item.getAttribute('aria-label') : undefined;
  }

  untilStatus(pattern, timeoutMs) {
    return until(`the status ${pattern}`, async () => pattern.test((await this.status()) ?? ''), timeoutMs);
  }

  untilReady() {
    return this.untilStatus(/Tritter: ready/);
  }

  editor(file) {
    return this.page.locator(`.editor-instance .monaco-editor[data-uri$="${encodeURI(file)}"]`);
  }

  async open(file) {
    // The list may still change between its first look and the key that takes an entry.
    await until(`${file} to open`, async () => {
      await this.pick('Control+P', file);
      return this.editor(file).first().waitFor({ timeout: 15_000 }).then(() => true, () => false);
    });
  }

  /** Puts the cursor at the end of a line, counted from 1. */
  async goTo(line) {
    await this.pick('Control+G', `:${line}`);
    await this.press('End');
  }

  async command(title) {
    await this.pick('F1', `>${title}`);
  }

  /** Opens a quick input, writes into it and takes the first entry once it is there. */
  async pick(key, text) {
    const input = this.page.locator('.quick-input-widget input').first();
    // A key that comes while something else takes the focus is lost, to people too: they press it again.
    await until(`${key} to open its input`, async () => {
      await this.page.keyboard.press(key);
      return input.waitFor({ timeout: 5000 }).then(() => true, () => false);
    });
    await input.fill(text);
    if (!text.startsWith(':')) {
      const wanted = text.replace(/^>/, '').split('/').at(-1);
      await this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: wanted }).first().waitFor();
    }

    await this.page.keyboard.press('Enter');
    // Gone, or already the next question.
    await until(`'${text}' to be taken`, async () => !(await input.isVisible()) || (await input.inputValue().catch(() => '')) !== text);
  }

  type(text) {
    return this.page.keyboard.type(text, { delay: 10 });
  }

  press(key) {
    return this.page.keyboard.press(key);
  }

  /** The ghost text on the screen, '' when there is none. Lines below the cursor's are told by their number only. */
  async ghost() {
    return this.page.evaluate(() => {
      const clean = (text) => text.replaceAll('\u00a0', ' ');
      const inline = [...document.querySelectorAll('.ghost-text-decoration, .ghost-text-decoration-preview')].map((e) => e.textContent).join('');
      const block = [...document.querySelectorAll('.suggest-preview-text .view-line')]
        .map((e) => [...e.querySelectorAll('.ghost-text')].filter((s) => !s.closest('.ghost-text-hidden')).map((s) => s.textContent).join(''))
        .filter(Boolean);
      return clean([...(inline ? [inline] : []), ...block].join('\n'));
    });
  }

  /** Waits for ghost text. Automatic answers come soon or not at all: on a busy machine it asks by key after a while, or does `again`. */
  untilGhost({ again = () => this.press('Alt+Backslash') } = {}) {
    let next = Date.now() + 8000;
    return until('ghost text', async () => {
      const ghost = await this.ghost();
      if (!ghost && Date.now() > next) {
        next = Date.now() + 8000;
        await again();
      }

      return ghost || undefined;
    });
  }

  untilNoGhost() {
    return until('no ghost text', async () => (await this.ghost()) === '');
  }

  /**
   * Waits for ghost text, and then asks for it: an automatic answer may be short or a first guess, depending on how busy the machine is, and may
   * be followed by another. What was asked for is all that there is.
   */
  async askedGhost() {
    await this.untilGhost();
    await this.press('Escape');
    await this.untilNoGhost();
    await this.press('Alt+Backslash');
    return this.untilGhost();
  }

  /** Saves and returns what is then on disk. */
  async saved(file, read) {
    await this.press('Control+S');
    await until(`${file} to be saved`, async () => (await this.page.locator('.tab.active.dirty').count()) === 0);
    return read(path.join(this.folder, file));
  }

  /** Runs a command that answers with a message, and returns the message. */
  async messageOf(title, pattern) {
    await this.command(title);
    const toast = this.page.locator('.notification-toast', { hasText: pattern }).first();
    await until(`a message like ${pattern}`, () => toast.isVisible());
    const text = await toast.locator('.notification-list-item-message').first().textContent();
    await this.command('Notifications: Clear All Notifications');
    await toast.waitFor({ state: 'hidden' });
    return text;
  }

  async screenshot(name, options) {
    if (process.env.UPDATE_IMAGES) {
      await this.page.screenshot({ path: path.join(root, 'docs', 'images', name), ...options });
    }
  }

  close() {
    windows.delete(this);
    return this.page.context().close();
  }
}
