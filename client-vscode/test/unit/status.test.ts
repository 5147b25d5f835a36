import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stats } from '../../src/server/protocol';
import { appearance } from '../../src/status/appearance';
import { tooltip } from '../../src/status/tooltip';
import { whyNot } from '../../src/status/whyNot';

const usual = { server: { state: 'ready' as const }, pausedUntil: undefined, enabled: true, automatic: true };
const label = (change: Partial<Parameters<typeof appearance>[0]>) => appearance({ ...usual, ...change }, (time) => `t${time}`).label;

const stats: Stats = {
  model: 'tritter-100m', tokensPerSecond: 316.4, requests: 50, answered: 40, shown: 30, accepted: 9, keptAfter30s: 8,
  latencyMs: { p50: 41.6, p95: 120 }, promptTokens: { cached: 9000, computed: 1000 }, emptyReasons: [], memoryMb: 210.2,
  index: { state: 'building', files: 1200, filesDone: 300, redactions: 0 },
};

test('each state has its words', () => {
  assert.equal(label({}), 'Tritter: ready');
  assert.equal(label({ automatic: false }), 'Tritter: ready when asked');
  assert.equal(label({ server: { state: 'busy' } }), 'Tritter: thinking');
  assert.equal(label({ server: { state: 'starting', progress: 0.426 } }), 'Tritter: starting 43 %');
  assert.equal(label({ server: { state: 'error', reason: 'no config.json' } }), 'Tritter: error, no config.json');
  assert.equal(label({ server: { state: 'stopped', reason: 'it ended three times' } }), 'Tritter: stopped, it ended three times');
  assert.equal(label({ pausedUntil: 5 }), 'Tritter: paused until t5');
  assert.equal(label({ pausedUntil: Infinity }), 'Tritter: paused');
  assert.equal(label({ enabled: false }), 'Tritter: off here');
});

test('an error is coloured, also while paused', () => {
  assert.equal(appearance({ ...usual, server: { state: 'error' }, pausedUntil: 5 }, String).background, 'error');
});

test('the tooltip tells model, speed, latency, acceptance, cache, memory and index', () => {
  const text = tooltip('Tritter: ready', stats);
  for (const part of ['tritter-100m', '316 tokens/s', '42 ms \\(half\\), 120 ms', '9 of 30 shown \\(30 %\\)', '10,000 tokens, 90 % from the cache', '210 MB', '300 of 1,200 files']) {
    assert.ok(text.includes(part.replace('tokens/s', 'tokens/s')), `${part} is missing in\n${text}`);
  }
});

test('the tooltip tells where the model computes, and why there', () => {
  assert.match(tooltip('x', stats, undefined, 'processor: no NVIDIA driver is installed'), /\| Computes on \| processor: no NVIDIA driver is installed \|/);
  assert.doesNotMatch(tooltip('x', stats), /Computes on/);
});

test('the tooltip has no figures before there are any', () => {
  assert.doesNotMatch(tooltip('Tritter: starting', undefined), /\d/);
  assert.match(tooltip('x', { ...stats, shown: 0, answered: 0, tokensPerSecond: 0 }), /none shown yet/);
});

test('a model name cannot become markup', () => {
  assert.match(tooltip('x', { ...stats, model: '[a](command:b)' }), /\\\[a\\\]\\\(command:b\\\)/);
});

test('the reason of silence is the nearest one', () => {
  const last = { ...stats, lastEmpty: { uri: 'file:///src/a%20b.cs', reason: 'the suggestion would not compile' } };
  assert.match(whyNot({ state: 'stopped', reason: 'gone' }, 'completion is paused', last), /does not run \(gone\)/);
  assert.match(whyNot({ state: 'starting' }, undefined, last), /being loaded/);
  assert.match(whyNot({ state: 'ready' }, 'completion is paused', last), /completion is paused/);
  assert.match(whyNot({ state: 'ready' }, undefined, last), /in a b\.cs: the suggestion would not compile/);
  assert.match(whyNot({ state: 'ready' }, undefined, undefined), /No answer has been empty/);
});
