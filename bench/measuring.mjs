// What the comparisons with other engines share: spreads, a quiet machine, and the words on what was measured where.

import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const quietShare = 0.05;
const patienceMs = 60_000;

export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return { median: sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2, min: sorted[0], max: sorted.at(-1) };
}

/** "12.3 (11.9..13.0)". */
export function show({ median, min, max }, digits) {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}..${max.toFixed(digits)})`;
}

/** One row of a Markdown table. */
export const row = (cells) => `| ${cells.join(' | ')} |`;

/** Splits "PROGRAM:MODEL.gguf" into absolute paths. */
export function programAndModel(text) {
  const [program, model] = text.split(':');
  if (!program || !model) {
    throw new Error(`'${text}' is not PROGRAM:MODEL.gguf`);
  }

  return { program: path.resolve(program), model: path.resolve(model) };
}

export const machine = () => `${os.cpus()[0].model.trim()}, ${os.availableParallelism()} cores, ${new Date().toISOString().slice(0, 10)}`;

/** The processors' ticks so far, as { busy, all }; a virtual machine's stolen ticks count as busy. */
function ticks() {
  const [user, nice, system, idle, iowait, irq, softirq, steal] = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1).map(Number);
  const busy = user + nice + system + irq + softirq + steal;
  return { busy, all: busy + idle + iowait };
}

/** Ticks that this process, the processes it has waited for, and the running ones of `pids` have used. */
function ownTicks(pids) {
  // Behind the name, which may hold blanks: utime, stime, cutime, cstime are fields 14 to 17 of proc(5).
  const used = (pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ').slice(11, 15).reduce((sum, n) => sum + Number(n), 0);
  return ['self', ...pids].reduce((sum, pid) => sum + used(pid), 0);
}

/** Runs `work` and returns its result, and the share of all processors (0 to 1) that programs other than ours used meanwhile. */
export async function watchOthers(work, pids = []) {
  const before = { ...ticks(), own: ownTicks(pids) };
  const result = await work();
  const after = { ...ticks(), own: ownTicks(pids) };
  return { result, others: Math.max(0, after.busy - before.busy - (after.own - before.own)) / (after.all - before.all) };
}

/** Waits until other programs leave the processors alone for a second, at most a minute: what shares the machine is measured too. */
export async function whenQuiet() {
  for (const deadline = Date.now() + patienceMs; ; ) {
    const { others } = await watchOthers(() => sleep(1000));
    if (others < quietShare) {
      return;
    }

    if (Date.now() > deadline) {
      console.error(`other programs still use ${Math.round(others * 100)} % of the processors: this round is worth little`);
      return;
    }
  }
}

/** What to say below a table about rounds that other programs disturbed, given their shares in each; empty when none did. */
export function othersNote(shares) {
  const disturbed = shares.filter((share) => share >= quietShare);
  return disturbed.length > 0 ? `**Not quiet:** other programs used up to ${Math.round(Math.max(...disturbed) * 100)} % of the processors during ${disturbed.length} of ${shares.length} rounds.` : '';
}

/** Runs a script's main function and turns what goes wrong into one line. */
export async function main(run) {
  try {
    await run();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
