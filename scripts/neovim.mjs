// Runs tests/neovim as one test: a real editor that we did not write asks the built server for a completion.
// Prints the counts last, as `npm test` does; skipped where nvim is missing.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { readPlaces } from './places.mjs';
import { environment, root, tritter } from './repository.mjs';

const timeoutMs = 120_000;

/** Neovim with a home of its own: it neither reads the user's settings nor writes beside them. */
function run(home) {
  const place = readPlaces().find((p) => p.file.endsWith('.cs'));
  const result = spawnSync('nvim', ['--headless', '-u', 'NONE', '-i', 'NONE', '-n', '-c', 'luafile tests/neovim/inline_completion.lua'], {
    cwd: root,
    env: {
      ...environment,
      ...Object.fromEntries(['CONFIG', 'DATA', 'STATE', 'CACHE'].map((kind) => [`XDG_${kind}_HOME`, home])),
      TRITTER: tritter,
      TRITTER_FILE: place.file,
      TRITTER_LINE: `${place.line}`,
      TRITTER_COLUMN: `${place.column}`,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: timeoutMs,
  });
  if (result.error?.code === 'ENOENT') {
    console.log('nvim is not installed');
    return '0 passed, 0 failed, 1 skipped';
  }

  return result.status === 0 ? '1 passed, 0 failed' : '0 passed, 1 failed';
}

const home = mkdtempSync(path.join(os.tmpdir(), 'tritter-neovim-'));
let counts = '0 passed, 1 failed';
try {
  counts = run(home);
} finally {
  rmSync(home, { recursive: true });
}

process.exitCode = counts.includes('1 failed') ? 1 : 0;
console.log(`\n${counts}`);
