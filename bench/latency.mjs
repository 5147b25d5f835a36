// What a developer waits for: a cold `tritter complete`, and a warm request in the server with the prompt's beginning cached; and what the
// server takes of memory after the longest prompt that it ever makes.
// Usage: node bench/latency.mjs [REPEATS]     (after `npm run build`; prints a table, then JSON on the last line)
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const tritter = path.join(root, 'server/Tritter.Server/bin/Release/net10.0/tritter');
const repeats = Number(process.argv[2] ?? 10);
const tokens = 16;

// A list that goes on for ever, so that the answer always uses its whole budget of tokens; about 1,000 tokens before the cursor.
const lines = Array.from({ length: 90 }, (_, i) => `    total += weights[${i}] * Measure(samples[${i}]);`);
const source = (typed) => `static double Sum(double[] weights, Sample[] samples)\n{\n    double total = 0;\n${lines.join('\n')}\n    total = Combine(${typed}`;

function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { min: sorted[0], median: sorted[Math.floor(sorted.length / 2)], max: sorted.at(-1) };
}

function cold() {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'tritter-bench-')), 'Sum.cs');
  writeFileSync(file, source('total, '));
  const place = `${file}:${source('').split('\n').length}:${source('total, ').split('\n').at(-1).length + 1}`;
  return Array.from({ length: repeats }, () => {
    const start = performance.now();
    const run = spawnSync(tritter, ['complete', place, '--max-tokens', String(tokens), '--json'], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(run.stderr);
    return { ms: performance.now() - start, generated: JSON.parse(run.stdout).generatedTokens };
  });
}

async function warm() {
  const server = spawn(tritter, ['lsp'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const waiting = new Map();
  const costs = [];
  let buffer = Buffer.alloc(0);
  server.stdout.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (let head; (head = buffer.indexOf('\r\n\r\n')) >= 0; ) {
      const length = Number(/Content-Length: (\d+)/i.exec(buffer.subarray(0, head).toString())[1]);
      if (buffer.length < head + 4 + length) break;
      const message = JSON.parse(buffer.subarray(head + 4, head + 4 + length).toString());
      buffer = buffer.subarray(head + 4 + length);
      if (message.method && message.id !== undefined) send({ id: message.id, result: message.method === 'workspace/configuration' ? [{ completion: { maxTokens: tokens } }] : null });
      else if (message.id !== undefined) waiting.get(message.id)(message);
      else if (message.method === 'window/logMessage') costs.push(message.params.message);
    }
  });
  function send(message) {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
    server.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    server.stdin.write(body);
  }
  let nextId = 1;
  const request = (method, params) => new Promise((resolve) => {
    waiting.set(nextId, resolve);
    send({ id: nextId++, method, params });
  });
  const notify = (method, params) => send({ method, params });

  await request('initialize', { processId: process.pid, rootUri: null, capabilities: { workspace: { configuration: true } } });
  notify('initialized', {});
  const uri = 'file:///bench/Sum.cs';
  notify('textDocument/didOpen', { textDocument: { uri, languageId: 'csharp', version: 1, text: source('') } });
  const line = source('').split('\n').length - 1;
  const timings = [];
  let character = source('').split('\n').at(-1).length;
  for (let i = 0; i <= repeats; i++) {
    // Each keystroke adds one argument, as a person would type it.
    const typed = `samples[${i}], `;
    notify('textDocument/didChange', {
      textDocument: { uri, version: i + 2 },
      contentChanges: [{ range: { start: { line, character }, end: { line, character } }, text: typed }],
    });
    character += typed.length;
    const start = performance.now();
    const answer = await request('textDocument/inlineCompletion', { textDocument: { uri }, position: { line, character }, context: { triggerKind: 2 } });
    if (answer.error) throw new Error(answer.error.message);
    if (i > 0) timings.push({ ms: performance.now() - start, log: costs.at(-1) });
  }
  // More text on both sides of the cursor than a prompt takes.
  const long = Array.from({ length: 600 }, (_, i) => `    total += weights[${i}] * Measure(samples[${i}]);`).join('\n');
  notify('textDocument/didOpen', { textDocument: { uri: 'file:///bench/Long.cs', languageId: 'csharp', version: 1, text: long } });
  await request('textDocument/inlineCompletion', { textDocument: { uri: 'file:///bench/Long.cs' }, position: { line: 400, character: 4 }, context: { triggerKind: 2 } });
  const status = `/proc/${server.pid}/status`;
  const residentMB = existsSync(status) ? Math.round((Number(/VmRSS:\s+(\d+)/.exec(readFileSync(status, 'utf8'))[1]) * 1024) / 1e5) / 10 : null;
  const longest = costs.at(-1);
  await request('shutdown', null);
  notify('exit', null);
  return { timings, residentMB, longest };
}

const coldRuns = cold();
const { timings: warmRuns, residentMB, longest } = await warm();
const result = { tokens, cold: spread(coldRuns.map((r) => Math.round(r.ms))), coldGenerated: coldRuns[0].generated, warm: spread(warmRuns.map((r) => Math.round(r.ms * 10) / 10)), warmLast: warmRuns.at(-1).log, residentMB, longest };
console.log(`cold, process start to exit (${result.coldGenerated} tokens): ${result.cold.median} ms (${result.cold.min}-${result.cold.max}), ${repeats} runs`);
console.log(`warm request in the server: ${result.warm.median} ms (${result.warm.min}-${result.warm.max}), ${repeats} runs; last: ${result.warmLast}`);
if (residentMB !== null) console.log(`server's resident memory after the longest prompt: ${residentMB} MB (${longest})`);
console.log(JSON.stringify(result));
