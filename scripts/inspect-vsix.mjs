// What is in a .vsix for VS Code, and whether that is what its platform needs: every package is looked at once it is made.
// Usage: node scripts/inspect-vsix.mjs FILE TARGET

import { createRequire } from 'node:module';
import { statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { tools } from './codeServer.mjs';

const largestMb = 60;

// The marketplace's name of a platform, its native files in server/, and what their headers say.
const elf = (machine) => (bytes) => bytes.readUInt32BE(0) === 0x7f454c46 && bytes.readUInt16LE(18) === machine;
const machO = (cpu) => (bytes) => bytes.readUInt32LE(0) === 0xfeedfacf && bytes.readUInt32LE(4) === cpu;
const pe = (machine) => (bytes) => {
  const header = bytes.readUInt32LE(0x3c);
  return bytes.toString('latin1', 0, 2) === 'MZ' && bytes.readUInt32BE(header) === 0x50450000 && bytes.readUInt16LE(header + 4) === machine;
};
const files = { linux: ['tritter', 'libe_sqlite3.so', 'libtritter-tree-sitter.so'], win: ['tritter.exe', 'e_sqlite3.dll', 'tritter-tree-sitter.dll'], osx: ['tritter', 'libe_sqlite3.dylib', 'libtritter-tree-sitter.dylib'] };
const platforms = {
  'linux-x64': { name: 'linux-x64', isFor: elf(62) },
  'linux-arm64': { name: 'linux-arm64', isFor: elf(183) },
  'win-x64': { name: 'win32-x64', isFor: pe(0x8664) },
  'win-arm64': { name: 'win32-arm64', isFor: pe(0xaa64) },
  'osx-x64': { name: 'darwin-x64', isFor: machO(0x01000007) },
  'osx-arm64': { name: 'darwin-arm64', isFor: machO(0x0100000c) },
};

/** By .NET's names of them, as the marketplace calls the platforms that a package can be made for. */
export const marketplace = Object.fromEntries(Object.entries(platforms).map(([target, { name }]) => [target, name]));

/** The first bytes of an entry, enough for every header. */
async function head(zip, entry) {
  const parts = [];
  for await (const part of await zip.openReadStreamPromise(entry)) {
    parts.push(part);
    if (Buffer.concat(parts).length >= 4096) {
      break;
    }
  }

  return Buffer.concat(parts);
}

async function read(vsix) {
  // The packager's own reader of such files.
  const { openPromise } = createRequire(path.join(tools, 'node_modules', '@vscode', 'vsce', 'package.json'))('yauzl');
  const zip = await openPromise(vsix, { autoClose: false });
  const entries = new Map();
  for await (const entry of zip.eachEntry()) {
    entries.set(entry.fileName, { size: entry.uncompressedSize, head: /^extension\/server\/|\.vsixmanifest$|\/package\.json$/.test(entry.fileName) ? await head(zip, entry) : undefined });
  }

  zip.close();
  return entries;
}

/** One line about a package that is fit for its target; an Error names all that is wrong. Missing parsers are only said, since everything else works. */
export async function inspect(vsix, target) {
  const { name, isFor } = platforms[target];
  const entries = await read(vsix);
  const mb = statSync(vsix).size / 1e6;
  const wrong = [];
  const expect = (condition, words) => condition || wrong.push(words);

  const manifest = entries.get('extension.vsixmanifest')?.head.toString() ?? '';
  expect(manifest.includes(`TargetPlatform="${name}"`), `its manifest does not name the platform ${name}`);
  const model = 'extension/models/tritter-100m/';
  const needed = ['package.json', 'dist/extension.cjs', 'dist/languageClient.cjs', 'dist/ask.js', 'dist/ask.css', 'media/tritter.svg'].map((f) => `extension/${f}`);
  for (const file of [...needed, `${model}config.json`, `${model}tokenizer.json`, `${model}model.safetensors`]) {
    expect((entries.get(file)?.size ?? 0) > 0, `${file} is missing`);
  }

  const [program, sqlite, parsers] = files[target.split('-')[0]].map((file) => `extension/server/${file}`);
  for (const file of [program, sqlite, parsers]) {
    const entry = entries.get(file);
    expect(entry || file === parsers, `${file} is missing`);
    expect(!entry || isFor(entry.head), `${file} is not for ${name}`);
  }

  expect(mb < largestMb, `it has ${mb.toFixed(1)} MB, more than ${largestMb}`);
  if (wrong.length > 0) {
    throw new Error(`${vsix} is not fit for ${name}: ${wrong.join('; ')}`);
  }

  const without = entries.has(parsers) ? '' : '; WITHOUT the parsers of Python, Rust, TypeScript and JavaScript';
  return `${path.relative(process.cwd(), vsix)}: ${mb.toFixed(1)} MB for ${name}, ${entries.size} files${without}`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const [vsix, target] = process.argv.slice(2);
    if (!platforms[target]) {
      throw new Error(`usage: node scripts/inspect-vsix.mjs FILE TARGET, which is one of ${Object.keys(platforms).join(', ')}`);
    }

    console.log(await inspect(path.resolve(vsix), target));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
