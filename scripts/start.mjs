// `npm start`: builds Tritter and completes at every place of samples/places.json, with timings.

import { spawn } from 'node:child_process';
import process from 'node:process';
import readline from 'node:readline';
import { build } from './build.mjs';
import { readPlaces } from './places.mjs';
import { environment, root, tritter } from './repository.mjs';

const linesBefore = 4;
const coloured = process.stdout.isTTY && !process.env.NO_COLOR;
const dim = (text) => (coloured ? `\u001b[2m${text}\u001b[22m` : `⟨${text}⟩`);
const bold = (text) => (coloured ? `\u001b[1m${text}\u001b[22m` : text);
const ms = (value) => `${value.toFixed(0)} ms`;

/** Completes at all places in one process, shows each answer as it comes, and returns what was answered. */
async function complete(places) {
  const args = ['complete', ...places.map((p) => `${p.file}:${p.line}:${p.column}`), '--json', '--max-tokens', '32'];
  const started = performance.now();
  const child = spawn(tritter, args, { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve));
  const reports = [];
  for await (const line of readline.createInterface({ input: child.stdout })) {
    const report = JSON.parse(line);
    report.sinceStartMs = performance.now() - started;
    show(places[reports.length], report);
    reports.push(report);
  }

  return { reports, exitCode: await exited };
}

function show(place, report) {
  const line = place.lines[place.line - 1];
  const ghost = report.text ? dim(report.text) : '';
  console.log(`\n${bold(`${place.file}:${place.line}:${place.column}`)}`);
  for (const before of place.lines.slice(Math.max(0, place.line - 1 - linesBefore), place.line - 1)) {
    console.log(`  ${before}`);
  }

  console.log(`  ${line.slice(0, place.column - 1)}${ghost.replaceAll('\n', '\n  ')}${line.slice(place.column - 1)}`);
  if (!report.text) {
    console.log(`  nothing to suggest: ${report.reason}`);
  }

  const speed = report.tokensPerSecond > 0 ? `, ${report.tokensPerSecond.toFixed(0)} tokens/s` : '';
  console.log(
    `  ${report.promptTokens} prompt tokens (${report.cachedTokens} cached) in ${ms(report.prefillMs)}, ` +
      `${report.generatedTokens} tokens in ${ms(report.decodeMs)}${speed}, ${ms(report.totalMs)} in all`);
}

function summarise({ reports, exitCode }, places) {
  const [first, ...later] = reports;
  if (first) {
    const texts = reports.filter((r) => r.text).length;
    const warm = later.length > 0 ? `, then ${ms(later.reduce((sum, r) => sum + r.totalMs, 0) / later.length)} each on average` : '';
    console.log(
      `\n${reports.length} of ${places.length} places answered by ${first.model}, ${texts} with a suggestion. ` +
        `First one ${ms(first.sinceStartMs)} after the start of the process (${ms(first.loadMs)} loading the model)${warm}.`);
  }

  if (exitCode !== 0 || reports.length !== places.length) {
    throw new Error(`tritter complete answered ${reports.length} of ${places.length} places and ended with exit code ${exitCode}`);
  }
}

try {
  const places = readPlaces();
  await build('server/Tritter.Server', {}, false);
  summarise(await complete(places), places);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
