// Runs the client's tests and prints their counts last: `N passed, M failed, K skipped`.
// Usage: node client-vscode/test/run.mjs [unit|e2e] [--file PART] [--name PATTERN]
//   unit: pure functions. e2e: a real VS Code in a real browser with the built server; test/host runs inside its extension host. A test of e2e that
//   fails is run a second time, and says so.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureChromium } from '../../scripts/chromium.mjs';
import { bundleClient } from '../../scripts/client.mjs';
import { canRunHere, installTools } from '../../scripts/codeServer.mjs';
import { root } from '../../scripts/repository.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values, positionals } = parseArgs({ options: { file: { type: 'string', default: '' }, name: { type: 'string' } }, allowPositionals: true });
const kinds = positionals.length > 0 ? positionals : ['unit', 'e2e'];
const total = { passed: 0, failed: 0, skipped: 0 };

const filesOf = (kind, suffix) => readdirSync(path.join(here, kind)).filter((f) => f.endsWith(suffix) && f.includes(values.file)).map((f) => path.join(here, kind, f));

/** Runs files one after another, each in a process of its own, and returns the outcome of each test, by file and name; suites are none. */
async function runFiles(files) {
  const outcomes = new Map();
  const events = run({ files, concurrency: 1, ...(values.name ? { testNamePatterns: [values.name] } : {}) });
  const keep = (event, outcome) => {
    if (event.details?.type !== 'suite') {
      // Node reports a file that ends badly as a test of the file's name.
      const file = event.file ?? event.name;
      outcomes.set(`${path.basename(file)}: ${event.name}`, { file, outcome: event.skip || event.todo ? 'skipped' : outcome });
    }
  };
  events.on('test:pass', (event) => keep(event, 'passed'));
  events.on('test:fail', (event) => keep(event, 'failed'));
  for await (const text of events.compose(spec)) {
    process.stdout.write(text);
  }

  return outcomes;
}

function count(outcomes) {
  for (const { outcome } of outcomes.values()) {
    total[outcome] += 1;
  }
}

/**
 * A browser, an editor and a server on a busy machine: what fails there once gets another chance, with all the tests of its file, since a test
 * may go on where the one before it ended, in an editor with a profile of its own. What fails twice has failed.
 */
async function runFilesTwice(files) {
  const outcomes = await runFiles(files);
  const failed = [...outcomes].filter(([, { outcome }]) => outcome === 'failed');
  if (failed.length > 0) {
    console.log(`\nFAILED AT THE FIRST TRY:\n${failed.map(([name]) => `  ${name}`).join('\n')}`);
    const second = await runFiles([...new Set(failed.map(([, { file }]) => file))]);
    for (const [name, { file }] of failed) {
      // A file that ended badly has no outcome of its own once it ends well: those of its tests take its place.
      const ofFile = name.endsWith(file);
      const passed = ofFile ? !second.has(name) : second.get(name)?.outcome === 'passed';
      outcomes.delete(name);
      if (!ofFile && !passed) {
        second.set(name, { file, outcome: 'failed' });
      }

      console.log(`${name}: ${passed ? 'passed at the second try' : 'failed twice'}`);
    }

    second.forEach((outcome, name) => outcomes.has(name) || outcomes.set(name, outcome));
  }

  count(outcomes);
}

/** Bundles TypeScript tests, since Node does not read it yet everywhere. */
async function unit() {
  const { build } = await import('esbuild');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tritter-unit-'));
  try {
    const entryPoints = filesOf('unit', '.test.ts');
    await build({ entryPoints, outdir: folder, outExtension: { '.js': '.mjs' }, bundle: true, platform: 'node', format: 'esm', packages: 'external', sourcemap: 'inline', logLevel: 'warning' });
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
    count(await runFiles(entryPoints.map((f) => path.join(folder, `${path.basename(f, '.ts')}.mjs`))));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function e2e() {
  const files = filesOf('e2e', '.test.mjs');
  if (!canRunHere || !ensureChromium()) {
    console.log(`\nSKIPPED: ${files.length} files of tests in a real VS Code need Linux on x64 and Chromium (Debian: apt install chromium).`);
    total.skipped += files.length;
    return;
  }

  await installTools();
  mkdirSync(path.join(root, 'docs', 'images'), { recursive: true });
  await runFilesTwice(files);
}

try {
  await bundleClient();
  if (kinds.includes('unit')) {
    await unit();
  }

  if (kinds.includes('e2e')) {
    await e2e();
  }
} catch (error) {
  console.error(error.message);
  total.failed += 1;
}

process.exitCode = total.failed > 0 || total.passed + total.skipped === 0 ? 1 : 0;
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
