// What somebody who types feels: replays a session of keystrokes against the server on a repository, and times the answers.
// A piece of a real file is left out and typed again, key by key, at a person's pace; each key asks for a completion and cancels the one before.
// Usage: node bench/typing.mjs DIR FILE:LINE [--keys 500] [--seed 1] [--settings JSON] [--phases] [--json]      (after `npm run build`)
//   DIR is the repository, FILE a path in it; typing begins at LINE. Prints a table, with --json one object; --phases says where the slowest answers spent their time.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { LspClient } from './lsp-client.mjs';
import { machine, main, row, watchOthers } from './measuring.mjs';

const fastestKeyMs = 120;
const slowestKeyMs = 250;
const shortestPauseMs = 600;
const longestPauseMs = 2000;
// Share of line ends, and of other keys, after which the typist thinks.
const pausesAtLineEnds = 0.5;
const pausesElsewhere = 0.02;
const shareAccepted = 0.5;
const shortestAccepted = 6;
const settleMs = 10_000;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomNumbers(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** What one key puts into the text: an editor indents by itself. */
function nextKey(text) {
  return /^\r?\n[ \t]*/.exec(text)?.[0] ?? text[0];
}

const position = (text) => ({ line: text.split('\n').length - 1, character: text.length - (text.lastIndexOf('\n') + 1) });

function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? null : Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] * 10) / 10;
}

class Typist {
  answers = [];
  cancelled = 0;
  accepted = 0;
  #pending;
  #version = 1;

  constructor(client, uri, before, toType, after, random) {
    Object.assign(this, { client, uri, before, toType, after, random });
  }

  open(languageId) {
    this.client.notify('textDocument/didOpen', { textDocument: { uri: this.uri, languageId, version: this.#version, text: this.before + this.after } });
  }

  /** One key, and the wait until the next one. */
  async key() {
    const suggestion = this.#pending?.text;
    if (suggestion?.length >= shortestAccepted && this.toType.startsWith(suggestion) && this.random() < shareAccepted) {
      this.#insert(suggestion);
      this.client.request('workspace/executeCommand', { command: 'tritter.completion.accepted', arguments: [this.#pending.id] });
      this.accepted++;
    } else {
      this.#insert(nextKey(this.toType));
    }

    this.ask();
    const pause = this.random() < (this.before.endsWith('\n') || /\n[ \t]*$/.test(this.before) ? pausesAtLineEnds : pausesElsewhere);
    const [least, most] = pause ? [shortestPauseMs, longestPauseMs] : [fastestKeyMs, slowestKeyMs];
    await sleep(least + (most - least) * this.random());
  }

  ask() {
    if (this.#pending && !this.#pending.done) {
      this.client.notify('$/cancelRequest', { id: this.#pending.number });
      this.cancelled++;
    }

    const start = performance.now();
    const { id, answer } = this.client.request('textDocument/inlineCompletion', {
      textDocument: { uri: this.uri },
      position: position(this.before),
      context: { triggerKind: 2 },
    });
    const pending = { number: id, done: false };
    this.#pending = pending;
    answer.then((message) => {
      pending.done = true;
      if (!message.error) {
        const [item] = message.result.items;
        pending.text = item?.insertText;
        pending.id = item?.command?.arguments[0];
        this.answers.push({ ms: performance.now() - start, text: pending.text ?? '' });
        if (item) {
          this.client.notify('tritter/didShowCompletion', { id: pending.id });
        }
      }
    });
  }

  #insert(text) {
    const at = position(this.before);
    this.client.notify('textDocument/didChange', {
      textDocument: { uri: this.uri, version: ++this.#version },
      contentChanges: [{ range: { start: at, end: at }, text }],
    });
    this.before += text;
    this.toType = this.toType.slice(text.length);
  }
}

await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { keys: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' }, settings: { type: 'string', default: '{}' }, phases: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  });
  const [, file, line] = /^(.*):(\d+)$/.exec(positionals[1] ?? '') ?? [];
  if (!file) {
    throw new Error('usage: node bench/typing.mjs DIR FILE:LINE [--keys 500] [--seed 1] [--settings JSON] [--phases] [--json]');
  }

  const root = path.resolve(positionals[0]);
  const text = readFileSync(path.join(root, file), 'utf8').replace(/^\uFEFF/, '');
  const lines = text.split(/(?<=\n)/);
  const before = lines.slice(0, Number(line) - 1).join('');
  const keys = Number(values.keys);
  // Whole lines go, more than will be typed: an accepted suggestion takes many characters at once.
  let end = Number(line) - 1;
  for (let typed = 0; typed < 2 * keys && end < lines.length; end++) {
    typed += lines[end].trim().length + 1;
  }

  const toType = lines.slice(Number(line) - 1, end).join('');
  const client = new LspClient(JSON.parse(values.settings));
  await client.initialize(pathToFileURL(root).href);
  const typist = new Typist(client, pathToFileURL(path.join(root, file)).href, before, toType, lines.slice(end).join(''), randomNumbers(Number(values.seed)));
  typist.open('csharp');
  typist.ask();
  await sleep(settleMs);
  typist.answers.length = 0;
  const startUp = { memoryMb: client.memory().now, processorMs: client.processorMs() };
  const statsBefore = (await client.request('tritter/stats', {}).answer).result;

  const { result: pressed, others } = await watchOthers(async () => {
    let count = 0;
    for (; count < keys && typist.toType.length > 0; count++) {
      await typist.key();
    }

    return count;
  }, [client.server.pid]);
  const processorMs = client.processorMs() - startUp.processorMs;
  const stats = (await client.request('tritter/stats', {}).answer).result;
  const memory = client.memory();
  await client.end();

  const all = typist.answers.map((a) => a.ms);
  const shown = typist.answers.filter((a) => a.text).map((a) => a.ms);
  const count = (key) => stats[key] - statsBefore[key];
  const report = {
    machine: machine(),
    file: `${file}:${line}`,
    keys: pressed,
    answered: all.length,
    cancelled: typist.cancelled,
    withSuggestion: shown.length,
    fromCache: count('fromCache'),
    accepted: typist.accepted,
    ms: { p50: percentile(all, 0.5), p95: percentile(all, 0.95), most: percentile(all, 1) },
    suggestionMs: { p50: percentile(shown, 0.5), p95: percentile(shown, 0.95) },
    processorMsPerKey: Math.round((processorMs / pressed) * 10) / 10,
    startUp,
    promptTokens: { cached: stats.promptTokens.cached - statsBefore.promptTokens.cached, computed: stats.promptTokens.computed - statsBefore.promptTokens.computed },
    emptyReasons: stats.emptyReasons,
    slowest: stats.latencyMs.slowest,
    memoryMb: memory,
    others: Math.round(others * 100) / 100,
  };
  console.log(
    values.json
      ? JSON.stringify(report)
      : `${report.keys} keys, ${report.answered} answered (${report.withSuggestion} with a suggestion, ${report.fromCache} from the cache), ${report.cancelled} cancelled, ${report.accepted} accepted
answers: p50 ${report.ms.p50} ms, p95 ${report.ms.p95} ms, most ${report.ms.most} ms; ${report.processorMsPerKey} ms of processor time a key
memory: ${memory.now} MB, at most ${memory.most} MB; other programs used ${Math.round(others * 100)} % of the processors
nothing to say: ${report.emptyReasons.map((r) => `${r.count} x ${r.reason}`).join(', ') || 'never'}`,
  );
  if (values.phases && !values.json) {
    const phases = ['ms', 'context', 'prefill', 'decode', 'names', 'gate', 'computed', 'generated'];
    console.log([row(phases), row(phases.map(() => '---:')), ...report.slowest.map((answer) => row(phases.map((phase) => answer[phase])))].join('\n'));
  }

  process.exit(0);
});
