// Prefill and decode beside other engines: the same shape, random ternary weights, the same machine, in turn.
// Usage: node bench/peers.mjs [--ik LLAMA_BENCH:MODEL.gguf] [--llama LLAMA_BENCH:MODEL.gguf] [--bitnet LLAMA_BENCH:MODEL.gguf]
//        [--tritter PATH] [--shape 100m|2b] [--repeats 5] [--threads 2] [--json]
// A peer is measured with the options that made it fastest here; ik_llama.cpp's run-time repacking (-rtr 1) helps prefill alone. Build both sides with optimisation first (`npm run build`).

import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { tritter as builtTritter } from '../scripts/repository.mjs';
import { machine, main, othersNote, programAndModel, row, show, spread, watchOthers, whenQuiet } from './measuring.mjs';

const prefillTokens = 512;
const decodedTokens = 128;
const runsARound = 3;
// Weights of each shape (BenchmarkShapes): a model of another size would be no comparison.
const shapes = { '100m': { ternary: 103_809_024, embedding: 25_165_824 }, '2b': { ternary: 2_084_044_800, embedding: 328_335_360 } };

function run(program, args) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 });
}

/** Decoding starts behind one token, where llama-bench starts behind none: the nearest to it, and not to Tritter's favour. */
function measureTritter(program, shape, threads) {
  const report = JSON.parse(run(program, ['bench', '--shape', shape, '--positions', '1', `${prefillTokens}`, '--repeats', `${runsARound}`, '--threads', threads, '--json']));
  const at = (positions) => report.speeds.find((s) => s.positions === positions);
  return { prefill: at(prefillTokens).prefill.median, decode: at(1).decode.median };
}

function measurePeer({ program, model, options }, shape, threads) {
  const tests = JSON.parse(run(program, ['-m', model, '-t', threads, '-p', `${prefillTokens}`, '-n', `${decodedTokens}`, '-r', `${runsARound}`, '-o', 'json', ...options]));
  const { ternary, embedding } = shapes[shape];
  // Some engines count the tied embedding again as the output matrix.
  const counts = [ternary + embedding, ternary + 2 * embedding];
  if (!counts.some((count) => Math.abs(tests[0].model_n_params / count - 1) < 0.01)) {
    throw new Error(`${model} has ${tests[0].model_n_params} weights, but the shape ${shape} has ${counts[0]}`);
  }

  const median = (prompt) => spread(tests.find((t) => (prompt ? t.n_prompt === prefillTokens && t.n_gen === 0 : t.n_gen === decodedTokens)).samples_ts).median;
  return { prefill: median(true), decode: median(false), commit: tests[0].build_commit, type: tests[0].model_type };
}

function engines(values) {
  const peers = [
    ['llama.cpp', values.llama, '-fa 1'],
    ['bitnet.cpp', values.bitnet, ''],
    ['ik_llama.cpp', values.ik, ''],
    ['ik_llama.cpp', values.ik, '-rtr 1'],
    ['ik_llama.cpp', values.ik, '-rtr 1 -ub 128'],
  ].filter(([, given]) => given).map(([name, given, options]) =>
    ({ name: `${name} ${options}`.trim(), ...programAndModel(given), options: options.split(' ').filter(Boolean) }));
  if (peers.length === 0) {
    throw new Error('name at least one peer: --ik, --llama or --bitnet LLAMA_BENCH:MODEL.gguf');
  }

  return [{ name: 'Tritter', program: values.tritter }, ...peers];
}

/** Medians over the rounds, and ratios within a round, since a machine's speed drifts from round to round. */
function summarise(names, rounds) {
  const ratio = (metric, of) => spread(rounds.map((r) => r.results[0][metric] / of(r)));
  const best = (metric) => ratio(metric, (r) => Math.max(...r.results.slice(1).map((p) => p[metric])));
  return {
    engines: names.map((name, i) => {
      const metric = (m) => ({ tokensPerSecond: spread(rounds.map((r) => r.results[i][m])), tritterRatio: ratio(m, (r) => r.results[i][m]) });
      const { commit, type } = rounds[0].results[i];
      return { name, commit, type, prefill: metric('prefill'), decode: metric('decode') };
    }),
    best: { prefill: best('prefill'), decode: best('decode') },
  };
}

function print(shape, threads, { engines: measured, best }, rounds) {
  const cells = (m, own) => [show(m.tokensPerSecond, m.tokensPerSecond.median < 100 ? 1 : 0), own ? '' : show(m.tritterRatio, 2)];
  console.log([
    row([`engine, ${shape}, ${threads} threads`, `prefill of ${prefillTokens}, tokens/s`, 'Tritter / it', `decode of ${decodedTokens}, tokens/s`, 'Tritter / it']),
    row(['---', '---:', '---:', '---:', '---:']),
    ...measured.map((e, i) => row([e.name, ...cells(e.prefill, i === 0), ...cells(e.decode, i === 0)])),
    row(['the best peer of each round', '', `**${show(best.prefill, 2)}**`, '', `**${show(best.decode, 2)}**`]),
    '',
    `${machine()}. Medians (lowest..highest) of ${rounds.length} rounds, each the median of ${runsARound} runs; all from an empty context.`,
    measured.map((e) => `${e.name} ${e.commit}${e.type ? ` (${e.type})` : ''}`).join('; ') + '.',
    othersNote(rounds.map((r) => r.others)),
  ].join('\n').trimEnd());
}

await main(async () => {
  const { values } = parseArgs({
    options: {
      tritter: { type: 'string', default: builtTritter },
      ik: { type: 'string' },
      llama: { type: 'string' },
      bitnet: { type: 'string' },
      shape: { type: 'string', default: '100m' },
      repeats: { type: 'string', default: '5' },
      threads: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
    },
  });
  const { shape, threads } = values;
  if (!(shape in shapes)) {
    throw new Error(`--shape is one of ${Object.keys(shapes).join(' and ')}`);
  }

  const all = engines(values);
  const tritterVersion = run(values.tritter, ['--version']).trim();
  const rounds = [];
  // The first round warms up files and processors and is not counted.
  for (let round = 0; round <= Number(values.repeats); round++) {
    await whenQuiet();
    console.error(`round ${round} of ${values.repeats} ...`);
    const { result: results, others } = await watchOthers(() =>
      all.map((engine, i) => (i === 0 ? { ...measureTritter(engine.program, shape, threads), commit: tritterVersion } : measurePeer(engine, shape, threads))));
    console.error(results.map((r, i) => `${all[i].name} ${r.prefill.toFixed(0)} and ${r.decode.toFixed(0)}`).join(', '));
    if (round > 0) {
      rounds.push({ others, results });
    }
  }

  const summary = summarise(all.map((e) => e.name), rounds);
  if (values.json) {
    console.log(JSON.stringify({ machine: machine(), shape, threads: Number(threads), ...summary, rounds }));
  } else {
    print(shape, threads, summary, rounds);
  }
});
