// What it costs to show the model a whole repository, and what the keys and values that are kept on disk save: `tritter complete --context-tokens N`
// twice, in a cache folder of its own, so that the first run reads the context and the second restores it.
// Usage: node bench/context.mjs FILE:LINE:COL [--tokens 8192,32768] [--model MODEL] [--threads 0] [--json]      (after `npm run build`)
//   FILE is in a repository with that many tokens in it. Prints Markdown, with --json one object.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { tritter } from '../scripts/repository.mjs';
import { machine, main, othersNote, row, watchOthers } from './measuring.mjs';

const titles = ['context asked for', 'prompt', 'restored', 'seconds in all', 'of these the rest of the prompt', 'file'];

function complete(place, tokens, cache, { model, threads }) {
  const args = ['complete', place, '--context-tokens', tokens, '--max-tokens', '16', '--threads', threads, '--json', ...(model ? ['--model', model] : [])];
  const start = performance.now();
  const run = spawnSync(tritter, args, { encoding: 'utf8', env: { ...process.env, TRITTER_CACHE: cache }, maxBuffer: 1 << 26 });
  const seconds = (performance.now() - start) / 1000;
  if (run.status !== 0) {
    throw new Error(run.stderr.trim().split('\n').at(-1));
  }

  return { seconds, ...JSON.parse(run.stdout) };
}

function megabytes(folder) {
  return readdirSync(folder, { recursive: true }).reduce((sum, name) => sum + (name.endsWith('.kv') ? statSync(path.join(folder, name)).size : 0), 0) / 2 ** 20;
}

await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { tokens: { type: 'string', default: '8192,32768' }, model: { type: 'string' }, threads: { type: 'string', default: '0' }, json: { type: 'boolean', default: false } },
  });
  const [place] = positionals;
  if (!place) {
    throw new Error('usage: node bench/context.mjs FILE:LINE:COL [--tokens 8192,32768] [--model MODEL] [--threads 0] [--json]');
  }

  const runs = [];
  const shares = [];
  for (const tokens of values.tokens.split(',')) {
    const cache = mkdtempSync(path.join(tmpdir(), 'tritter-context-'));
    try {
      const { result, others } = await watchOthers(async () => [complete(place, tokens, cache, values), complete(place, tokens, cache, values)]);
      shares.push(others);
      const [first, second] = result;
      if (first.text !== second.text) {
        throw new Error(`with ${tokens} tokens the restored context gives "${second.text}", the computed one "${first.text}"`);
      }

      const mb = megabytes(cache);
      runs.push(...result.map((run, i) => ({ tokens: Number(tokens), isRestored: i > 0, ...run, mb })));
    } finally {
      rmSync(cache, { recursive: true, force: true });
    }
  }

  if (values.json) {
    console.log(JSON.stringify({ machine: machine(), place, runs }));
    return;
  }

  console.log(`${machine()}\n\n${row(titles)}\n${row(titles.map(() => '---:'))}`);
  for (const run of runs) {
    console.log(row([run.tokens, run.promptTokens, run.restoredTokens, run.seconds.toFixed(1), (run.prefillMs / 1000).toFixed(1), run.isRestored ? '' : `${run.mb.toFixed(0)} MB`]));
  }

  console.log(othersNote(shares));
});
