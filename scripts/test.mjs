// `npm test [-- [--no-build] FILTER]`: builds with warnings as errors, runs every test project, and prints the counts last.
// FILTER is a part of a test's full name (namespace, class or method); `client-vscode` runs the tests of the VS Code client, which any
// other filter leaves out.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { build } from './build.mjs';
import { environment, executable, root } from './repository.mjs';

const zeroTestsRan = 8;
const client = 'client-vscode';

function testProjects() {
  return readdirSync(path.join(root, 'tests')).filter((name) => existsSync(path.join(root, 'tests', name, `${name}.csproj`)));
}

/** Runs one test project and returns its { passed, failed, skipped }; a run that leaves no readable report counts as one failure. */
async function runProject(name, filter, reports) {
  const report = `${name}.json`;
  const args = ['--report-xunit-ctrf', '--report-xunit-ctrf-filename', report, '--results-directory', reports, '--progress', 'off'];
  if (filter) {
    args.push('--filter-method', `*${filter}*`);
  }

  if (!filter) {
    console.log(`\n${name}`);
  }

  const { exitCode, output } = await run(executable(`tests/${name}`, name), args, Boolean(filter));
  const counts = readCounts(path.join(reports, report));
  if (output && exitCode !== zeroTestsRan) {
    console.log(`\n${name}\n${output.trim()}`);
  }

  const believable = counts && (exitCode === 0 || exitCode === zeroTestsRan || counts.failed > 0);
  if (!believable) {
    console.error(`${name} ended with ${exitCode} and ${counts ? 'reports no failed test' : 'left no report'}: counted as one failure`);
    return { passed: counts?.passed ?? 0, failed: 1, skipped: counts?.skipped ?? 0 };
  }

  return counts;
}

/** Runs the tests of the VS Code client; `args` as client-vscode/test/run.mjs takes them. A run that prints no counts is one failure. */
async function runClient(args) {
  console.log(`\n${client}`);
  const { exitCode, output } = await run(process.execPath, [path.join(root, client, 'test', 'run.mjs'), ...args], true);
  process.stdout.write(output ?? '');
  const counts = /(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/.exec(output ?? '');
  const [passed, failed, skipped] = counts ? counts.slice(1).map((n) => Number(n ?? 0)) : [0, 0, 0];
  return { passed, failed: failed || (exitCode === 0 && counts ? 0 : 1), skipped };
}

/** Runs a test executable. With a filter its words are kept back, since most projects then have nothing to say. */
function run(file, args, keepBack) {
  return new Promise((resolve) => {
    const output = [];
    const child = spawn(file, args, { cwd: root, env: environment, stdio: ['ignore', keepBack ? 'pipe' : 'inherit', 'inherit'] });
    child.stdout?.on('data', (data) => output.push(data));
    child.on('error', (error) => {
      console.error(error.message);
      resolve({ exitCode: -1 });
    });
    const end = (code, signal) => resolve({ exitCode: code ?? signal, output: Buffer.concat(output).toString() });
    child.on('close', end);
    // A process that a test left behind may hold the pipe open: this does not wait for it.
    child.on('exit', (code, signal) => setTimeout(() => end(code, signal), 2000).unref());
  });
}

function readCounts(report) {
  if (!existsSync(report)) {
    return undefined;
  }

  const { tests, passed, skipped, pending } = JSON.parse(readFileSync(report, 'utf8')).results.summary;
  // Whatever neither passed nor was skipped failed, by whatever name.
  return { passed, skipped: skipped + pending, failed: tests - passed - skipped - pending };
}

async function runAll(filter) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const add = (counts) => Object.keys(total).forEach((key) => (total[key] += counts[key]));
  const reports = mkdtempSync(path.join(os.tmpdir(), 'tritter-tests-'));
  try {
    for (const name of filter?.startsWith(client) ? [] : testProjects()) {
      add(await runProject(name, filter, reports));
    }

    if (!filter || filter.startsWith(client)) {
      add(await runClient(filter?.split('/').slice(1) ?? []));
    }
  } finally {
    rmSync(reports, { recursive: true });
  }

  return total;
}

const args = process.argv.slice(2);
const [filter] = args.filter((a) => a !== '--no-build');
const total = { passed: 0, failed: 0, skipped: 0 };
try {
  if (!args.includes('--no-build')) {
    await build('Tritter.sln', { CI: 'true' });
  }

  Object.assign(total, await runAll(filter));
  if (total.passed + total.failed === 0) {
    console.error(filter ? `no test has '${filter}' in its full name` : 'no test was run');
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error.message);
  total.failed += 1;
}

process.exitCode = total.failed > 0 ? 1 : process.exitCode;
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
