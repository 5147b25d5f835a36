// What is refused as a package: files by their names and first bytes, which stand here as the formats define them.

import assert from 'node:assert/strict';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { tools } from '../../../scripts/codeServer.mjs';
import { inspect } from '../../../scripts/inspect-vsix.mjs';

const { ZipFile } = createRequire(path.join(tools, 'node_modules', '@vscode', 'vsce', 'package.json'))('yazl');

const bytes = (hex) => Buffer.concat([Buffer.from(hex.replaceAll(' ', ''), 'hex'), Buffer.alloc(200)]);
// e_machine at 18: 3e is x86-64, b7 is AArch64. Of PE, the header's place at 3c and the machine behind "PE".
const elf = (machine) => bytes(`7f454c46 02010100 0000000000000000 0300 ${machine}00`);
const pe = bytes(`4d5a ${'00'.repeat(0x3a)} 40000000 50450000 6486`);

const common = {
  ...Object.fromEntries(['package.json', 'dist/extension.cjs', 'dist/languageClient.cjs', 'dist/ask.js', 'dist/ask.css', 'media/tritter.svg'].map((f) => [f, 'x'])),
  ...Object.fromEntries(['config.json', 'tokenizer.json', 'model.safetensors'].map((f) => [`models/tritter-100m/${f}`, 'x'])),
};
const windows = { ...common, 'server/tritter.exe': pe, 'server/e_sqlite3.dll': pe, 'server/tritter-tree-sitter.dll': pe };
const linux = { ...common, 'server/tritter': elf('3e'), 'server/libe_sqlite3.so': elf('3e'), 'server/libtritter-tree-sitter.so': elf('3e') };

/** The line about a package with these files for `platform`, or the words of its refusal. */
async function check(files, platform, target) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tritter-package-'));
  const vsix = path.join(folder, 'a.vsix');
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(`<PackageManifest><Metadata><Identity TargetPlatform="${platform}"/></Metadata></PackageManifest>`), 'extension.vsixmanifest');
  Object.entries(files).forEach(([name, content]) => zip.addBuffer(Buffer.from(content), `extension/${name}`));
  zip.end();
  try {
    await pipeline(zip.outputStream, createWriteStream(vsix));
    return await inspect(vsix, target).catch((error) => error.message);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a package is looked at for what its platform needs', async () => {
  assert.match(await check(windows, 'win32-x64', 'win-x64'), / MB for win32-x64, 13 files$/);
  assert.match(await check(linux, 'linux-x64', 'linux-x64'), / MB for linux-x64, 13 files$/);
  assert.match(await check(linux, 'linux-x64', 'linux-arm64'), /not name the platform linux-arm64; .*tritter is not for linux-arm64/);
  assert.match(await check({ ...linux, 'server/tritter': elf('b7') }, 'linux-x64', 'linux-x64'), /x64: extension\/server\/tritter is not for linux-x64$/);
  assert.match(await check({ ...windows, 'server/tritter.exe': elf('3e') }, 'win32-x64', 'win-x64'), /tritter\.exe is not for win32-x64$/);
  assert.match(await check({ ...linux, 'models/tritter-100m/model.safetensors': '' }, 'linux-x64', 'linux-x64'), /model\.safetensors is missing$/);
  const { 'server/tritter-tree-sitter.dll': _, ...without } = windows;
  assert.match(await check(without, 'win32-x64', 'win-x64'), /WITHOUT the parsers/);
});
