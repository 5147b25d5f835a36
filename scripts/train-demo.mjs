// `npm run train:demo [-- OPTIONS]`: trains a model of 2 million parameters on this repository for three minutes, then completes with it.
// OPTIONS go to `tritter-train demo`: --time-limit MINUTES, --steps N, --resume, --threads N.

import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { build } from './build.mjs';
import { readPlaces } from './places.mjs';
import { environment, executable, root, tritter } from './repository.mjs';

const output = path.join(os.tmpdir(), 'tritter-train-demo');

function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, env: environment, stdio: 'inherit' });
  if (status !== 0) {
    throw new Error(`${path.basename(program)} ${args[0]} ended with ${error?.message ?? `code ${status}`}`);
  }
}

try {
  await build('Tritter.Torch');
  await build('server/Tritter.Server');
  run(executable('Tritter.Torch', 'tritter-train'), ['demo', '--source', root, '--out', output, ...process.argv.slice(2)]);
  const place = readPlaces()[0];
  console.log(`\ntritter complete ${place.file}:${place.line}:${place.column} --model ${output}`);
  run(tritter, ['complete', `${place.file}:${place.line}:${place.column}`, '--model', output, '--no-gate', '--no-filter']);
  console.log(`\nThe loss: ${path.join(output, 'loss.svg')}. What was done: ${path.join(output, 'TRAINING.md')}.`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
