// What each part of completion brings: the tables of docs/evaluation.md, by `tritter eval infill` on checkouts of public repositories.
// "Without the gate" is counted in the run that has it: the model says the same, and only what happens to it afterwards differs.
// Usage: node bench/infill-tables.mjs CHECKOUTS [--n 60] [--seed 1] [--only serilog,flask] [--variants all,no-gate] [--model MODEL] [--threads 0] [--json FILE]
//   CHECKOUTS is a folder with the repositories (`git clone`; C# after `dotnet restore`). Needs `npm run build`. Prints Markdown; --json keeps every figure and case as well.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import readline from 'node:readline';
import { parseArgs } from 'node:util';
import { tritter } from '../scripts/repository.mjs';
import { machine, main, row } from './measuring.mjs';

const repositories = { serilog: 'cs', stateless: 'cs', nodatime: 'cs', flask: 'py', requests: 'py', bat: 'rs', fd: 'rs' };
const usual = ['serilog', 'stateless', 'flask', 'bat'];
const variants = { all: ['--compare-gate'], 'every-source': ['--retrieval', 'outlines,imports,names'], 'no-retrieval': ['--no-retrieval'], 'no-gate': ['--no-gate'], 'no-mask': ['--no-mask'], 'no-filter': ['--no-filter'] };
const kinds = { RestOfLine: 'rest of line', NextLine: 'next line', Block: 'block' };
const titles = ['repository', 'parts', 'kind', 'answered', 'exact', 'exact of answered', 'identifier F1', 'adds error', 'p50 / p95 ms'];

const titlesTogether = ['repository', 'parts', 'answered', 'exact', 'identifier F1', 'add an error'];

const share = (value) => (value === null || value === undefined ? '-' : `${(100 * value).toFixed(1)} %`);

/** Runs one evaluation; its cases and its report for each kind. */
async function evaluate(folder, language, parts, { n, seed, model, threads }) {
  const args = ['eval', 'infill', folder, '--lang', language, '--n', n, '--seed', seed, '--threads', threads, '--show', '--json', ...parts, ...(model ? ['--model', model] : [])];
  const child = spawn(tritter, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve));
  const cases = [];
  let rest = '';
  for await (const line of readline.createInterface({ input: child.stdout })) {
    // A case is an object a line; the report behind them is one array over several lines.
    if (rest === '' && line.startsWith('{')) {
      cases.push(JSON.parse(line));
    } else {
      rest += line;
    }
  }

  if ((await exited) !== 0) {
    throw new Error(`tritter ${args.join(' ')} failed`);
  }

  return { cases, reports: JSON.parse(rest) };
}

await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      n: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string', default: usual.join(',') },
      variants: { type: 'string', default: 'all,no-retrieval,no-gate' },
      model: { type: 'string' },
      threads: { type: 'string', default: '0' },
      json: { type: 'string' },
    },
  });
  const [checkouts] = positionals;
  if (!checkouts) {
    throw new Error('usage: node bench/infill-tables.mjs CHECKOUTS [--n 60] [--seed 1] [--only serilog,flask] [--variants all,no-gate] [--model MODEL] [--threads 0] [--json FILE]');
  }

  const all = [];
  const totals = {};
  const started = performance.now();
  const together = [];
  const label = (variant) => (variant === 'all' ? 'all' : `\`--${variant}\``);
  const print = (repository, language, variant, reports) => {
    for (const r of reports) {
      console.log(row([repository, label(variant), kinds[r.kind], share(r.answered), share(r.exact), share(r.exactOfAnswered), r.identifierF1.toFixed(3), share(r.addsError), `${Math.round(r.p50Ms)} / ${Math.round(r.p95Ms)}`]));
    }

    const sum = (of) => reports.reduce((total, r) => total + of(r) * r.cases, 0);
    const [cases, shown, errors] = [sum(() => 1), sum((r) => r.answered), sum((r) => r.answered * (r.addsError ?? 0))].map(Math.round);
    const total = (totals[`${language} ${variant}`] ??= { shown: 0, errors: 0 });
    total.shown += shown;
    total.errors += errors;
    together.push(row([repository, label(variant), share(shown / cases), share(sum((r) => r.exact) / cases), (sum((r) => r.identifierF1) / cases).toFixed(3), `${errors} of ${shown}`]));
  };

  console.log(`${machine()}, ${values.n} cases a kind, seed ${values.seed}\n\n${row(titles)}\n${row(titles.map((_, i) => (i < 3 ? '---' : '---:')))}`);
  for (const name of values.only.split(',')) {
    const folder = path.join(checkouts, name);
    if (!repositories[name] || !existsSync(folder)) {
      throw new Error(`there is no ${folder}, or it is none of ${Object.keys(repositories).join(', ')}`);
    }

    const commit = execFileSync('git', ['-C', folder, 'rev-parse', '--short=7', 'HEAD'], { encoding: 'utf8' }).trim();
    const asked = values.variants.split(',');
    const found = {};
    for (const variant of asked.filter((v) => v !== 'no-gate' || !asked.includes('all'))) {
      const { cases, reports } = await evaluate(folder, repositories[name], variants[variant], values);
      all.push({ repository: name, commit, variant, reports, cases });
      found[variant] = reports.filter((r) => !r.ungated);
      found['no-gate'] ??= reports.some((r) => r.ungated) ? reports.filter((r) => r.ungated) : undefined;
    }

    asked.forEach((variant) => print(`${name} ${commit}`, repositories[name], variant, found[variant]));
  }

  console.log(`\nAll kinds together:\n\n${row(titlesTogether)}\n${row(titlesTogether.map((_, i) => (i < 2 ? '---' : '---:')))}\n${together.join('\n')}`);
  console.log();
  for (const [which, { shown, errors }] of Object.entries(totals)) {
    console.log(`${which}: ${errors} of ${shown} suggestions add an error (${share(errors / shown)})`);
  }

  console.error(`${Math.round((performance.now() - started) / 1000)} s`);

  if (values.json) {
    writeFileSync(values.json, JSON.stringify({ machine: machine(), n: values.n, seed: values.seed, runs: all }, null, 1));
  }
});
