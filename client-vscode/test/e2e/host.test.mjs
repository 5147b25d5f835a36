// Runs test/host/checks.ts inside VS Code's extension host and reports each check as a test.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { clientFolder } from '../../../scripts/client.mjs';
import { startEditor, until } from './editor.mjs';

test('inside the extension host', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tritter-host-'));
  const results = path.join(folder, 'results.json');
  const script = path.join(folder, 'checks.cjs');
  await build({ entryPoints: [path.join(clientFolder, 'test/host/checks.ts')], outfile: script, bundle: true, platform: 'node', format: 'cjs', external: ['vscode'], logLevel: 'warning', define: { RESULTS: JSON.stringify(results) } });
  const editor = await startEditor({ options: ['--vscode-option', 'enable-smoke-test-driver'] });
  try {
    const work = editor.folder({ 'a.cs': 'class A;\n' });
    const remote = (file) => `vscode-remote://${new URL(editor.served.url).host}${file}`;
    const payload = [['extensionDevelopmentPath', remote(clientFolder)], ['extensionTestsPath', remote(script)]];
    await editor.window(work, { address: `${editor.served.open(work)}&payload=${encodeURIComponent(JSON.stringify(payload))}` });
    await until('the checks to end', () => existsSync(results));
    for (const [name, failure] of Object.entries(JSON.parse(readFileSync(results, 'utf8')))) {
      await t.test(name, () => assert.equal(failure, null));
    }
  } finally {
    await editor.stop();
    rmSync(folder, { recursive: true });
  }
});
