// Time to the first token beside other engines' servers, when the KV cache still holds a prompt that differs in some way:
// 2,048 random tokens on the 100m shape with random weights.
// Usage: node bench/first-token.mjs [--llama LLAMA_SERVER:MODEL.gguf] [--ik LLAMA_SERVER:MODEL.gguf] [--repeats 5] [--threads 2] [--json]
// (after `npm run build`). Tritter runs inside its process, servers are asked over HTTP on the loopback interface. Their own clock, which
// starts when they begin to read the prompt, is what Tritter is compared with; what a client waits is shown beside it.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { executable } from '../scripts/repository.mjs';
import { machine, main, othersNote, programAndModel, row, show, spread, watchOthers, whenQuiet } from './measuring.mjs';

const tritterBench = executable('bench/Tritter.Bench', 'Tritter.Bench');
const startTimeoutMs = 120_000;
const mostAttempts = 5;
const vocabulary = 32768;
const promptTokens = 2048;
const insertedAt = 1536;
const decodedTokens = 32;
const suffixTokens = 512;
const prefixTokens = 512;
// The cases of bench/Tritter.Bench/FirstToken.cs, in the order of the table.
const cases = {
  cold: 'cold',
  same: 'the same prompt',
  append1: '1 token appended',
  append16: '16 tokens appended',
  insert4: `4 tokens inserted at ${insertedAt}`,
  edit4: `4 tokens inserted in the middle of a prefix of ${prefixTokens}, suffix of ${suffixTokens}, each engine's own order`,
  decode: `from the first to token ${decodedTokens}, after ${promptTokens}`,
};

// The last ids are control tokens.
const randomTokens = (count) => Array.from({ length: count }, () => 400 + Math.floor(Math.random() * (vocabulary - 500)));

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** Starts a server with one slot, so that it too holds one text, and waits until it has loaded its model. */
async function start({ name, program, model, options }, threads) {
  const address = `http://127.0.0.1:${await freePort()}`;
  // Some servers write a log where they are started.
  const folder = mkdtempSync(path.join(tmpdir(), 'tritter-bench-'));
  const args = ['-m', model, '-t', threads, '-c', `${2 * promptTokens}`, '-np', '1', '--host', '127.0.0.1', '--port', new URL(address).port, ...options];
  const child = spawn(program, args, { cwd: folder, stdio: 'ignore' });
  const failed = new Promise((_, reject) => child.on('error', reject).on('exit', (code) => reject(new Error(`${name}: the server ended with ${code}`))));
  failed.catch(() => {});
  const ready = async () => {
    for (const deadline = Date.now() + startTimeoutMs; Date.now() < deadline; await sleep(250)) {
      if ((await fetch(`${address}/health`).catch(() => undefined))?.ok) {
        return;
      }
    }

    throw new Error(`${name}: the server was not ready after ${startTimeoutMs / 1000} s`);
  };
  try {
    await Promise.race([ready(), failed]);
  } catch (error) {
    child.kill();
    throw error;
  }

  return { name, address, pid: child.pid, stop: () => child.kill() };
}

/** Milliseconds of one completion by the server's own clock and by the client's. */
async function ask({ address }, prompt, tokens) {
  const body = { prompt, n_predict: tokens, stream: true, temperature: 0, top_k: 1, cache_prompt: true, ignore_eos: true };
  const began = performance.now();
  const answer = await fetch(`${address}/completion`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) {
    throw new Error(`${address} answered ${answer.status}: ${await answer.text()}`);
  }

  let text = '';
  let waited;
  const decoder = new TextDecoder();
  for await (const chunk of answer.body) {
    waited ??= performance.now() - began;
    text += decoder.decode(chunk, { stream: true });
  }

  // The last event carries the timings.
  const events = text.split('\n').filter((line) => line.startsWith('data: {')).map((line) => JSON.parse(line.slice('data: '.length)));
  const timings = events.at(-1)?.timings;
  if (!timings) {
    throw new Error(`${address} ended its answer without timings: ${text.slice(-500)}`);
  }

  return { prefill: timings.prompt_ms, read: timings.prompt_n, decode: timings.predicted_ms, waited };
}

async function serverRound(server) {
  const prompt = randomTokens(promptTokens);
  const first = async (tokens) => ask(server, tokens, 1);
  const cold = await ask(server, prompt, decodedTokens);
  const same = await first(prompt);
  const append1 = await first([...prompt, ...randomTokens(1)]);
  const append16 = await first([...prompt, ...randomTokens(16)]);
  await first(prompt);
  const insert4 = await first([...prompt.slice(0, insertedAt), ...randomTokens(4), ...prompt.slice(insertedAt)]);
  // Servers put the suffix last, Tritter puts it before the prefix.
  const context = prompt.slice(suffixTokens + prefixTokens);
  const suffix = randomTokens(suffixTokens);
  const prefix = randomTokens(prefixTokens);
  await first([...context, ...prefix, ...suffix]);
  const edit4 = await first([...context, ...prefix.slice(0, prefixTokens / 2), ...randomTokens(4), ...prefix.slice(prefixTokens / 2), ...suffix]);
  const answers = { cold, same, append1, append16, insert4, edit4 };
  return {
    own: { ...Object.fromEntries(Object.entries(answers).map(([name, a]) => [name, a.prefill])), decode: cold.decode },
    client: Object.fromEntries(Object.entries(answers).map(([name, a]) => [name, a.waited])),
    read: Object.fromEntries(Object.entries(answers).map(([name, a]) => [name, a.read])),
  };
}

/** Random weights now and then decode half a character, over which llama-server ends its answer with an error: then asks anew. */
async function serverRoundWithRetries(server) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await serverRound(server);
    } catch (error) {
      if (attempt === mostAttempts) {
        throw error;
      }
    }
  }
}

/** A new process each round, so that both sides alternate; it warms up by itself. */
function tritterRound(threads) {
  const report = JSON.parse(execFileSync(tritterBench, ['first-token', threads, '1'], { encoding: 'utf8' }));
  return { own: Object.fromEntries(Object.entries(report).map(([name, [ms]]) => [name, ms])) };
}

const digits = (median) => (median < 100 ? 1 : 0);
const cell = (values) => show(spread(values), digits(spread(values).median));

function print(names, rounds, threads) {
  const of = (i, clock, name) => rounds.map((r) => r.results[i][clock][name]);
  const ratio = (i, name) => show(spread(rounds.map((r) => r.results[i].own[name] / r.results[0].own[name])), 2);
  const head = names.slice(1).flatMap((name) => [`${name}, own clock`, `${name}, client`, `${name} / Tritter`]);
  console.log([
    row([`ms, 100m, ${threads} threads`, 'Tritter', ...head]),
    row(['---', ...Array(1 + head.length).fill('---:')]),
    ...Object.entries(cases).map(([name, title]) => row([
      title,
      cell(of(0, 'own', name)),
      ...names.slice(1).flatMap((_, i) => [cell(of(i + 1, 'own', name)), name === 'decode' ? '' : cell(of(i + 1, 'client', name)), ratio(i + 1, name)]),
    ])),
    '',
    `${machine()}. Medians (lowest..highest) of ${rounds.length} rounds; a ratio above 1 means that Tritter is faster by the server's own clock.`,
    names.slice(1).map((name, i) => `${name} read ${Object.entries(rounds[0].results[i + 1].read).map(([c, n]) => `${n} (${c})`).join(', ')} tokens.`).join(' '),
    othersNote(rounds.map((r) => r.others)),
  ].join('\n').trimEnd());
}

await main(async () => {
  const { values } = parseArgs({
    options: {
      llama: { type: 'string' },
      ik: { type: 'string' },
      repeats: { type: 'string', default: '5' },
      threads: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
    },
  });
  const peers = [['llama.cpp', values.llama, []], ['ik_llama.cpp', values.ik, ['-rtr']]]
    .filter(([, given]) => given).map(([name, given, options]) => ({ name, ...programAndModel(given), options }));
  if (peers.length === 0) {
    throw new Error('name at least one server: --llama or --ik LLAMA_SERVER:MODEL.gguf');
  }

  const servers = [];
  try {
    for (const peer of peers) {
      servers.push(await start(peer, values.threads));
    }

    const rounds = [];
    // The first round warms up and is not counted.
    for (let round = 0; round <= Number(values.repeats); round++) {
      await whenQuiet();
      console.error(`round ${round} of ${values.repeats} ...`);
      const { result: results, others } = await watchOthers(async () => {
        const all = [tritterRound(values.threads)];
        for (const server of servers) {
          all.push(await serverRoundWithRetries(server));
        }

        return all;
      }, servers.map((s) => s.pid));
      if (round > 0) {
        rounds.push({ others, results });
      }
    }

    const names = ['Tritter', ...peers.map((p) => p.name)];
    if (values.json) {
      console.log(JSON.stringify({ machine: machine(), threads: Number(values.threads), names, rounds }));
    } else {
      print(names, rounds, values.threads);
    }
  } finally {
    servers.forEach((server) => server.stop());
  }
});
