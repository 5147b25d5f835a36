// Runs tests/neovim as one test: a real editor that we did not write asks the built server for a completion.
// Prints the counts last, as `npm test` does; skipped where nvim is missing.

import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { readPlaces } from './places.mjs';
import { environment, root, tritter } from './repository.mjs';

const timeoutMs = 120_000;

function run() {
  const place = readPlaces().find((p) => p.file.endsWith('.cs'));
  const result = spawnSync('nvim', ['--headless', '-u', 'NONE', '-i', 'NONE', '-n', '-c', 'luafile tests/neovim/inline_completion.lua'], {
    cwd: root,
    env: { ...environment, TRITTER: tritter, TRITTER_FILE: place.file, TRITTER_LINE: `${place.line}`, TRITTER_COLUMN: `${place.column}` },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: timeoutMs,
  });
  if (result.error?.code === 'ENOENT') {
    console.log('nvim is not installed');
    return '0 passed, 0 failed, 1 skipped';
  }

  return result.status === 0 ? '1 passed, 0 failed' : '0 passed, 1 failed';
}

const counts = run();
process.exitCode = counts.includes('1 failed') ? 1 : 0;
console.log(`\n${counts}`);
