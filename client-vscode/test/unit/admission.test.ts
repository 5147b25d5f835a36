import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal, type Circumstances } from '../../src/completion/admission';

const usual: Circumstances = { enabled: true, automatic: true, besideSuggestions: false, pausedUntil: undefined, now: 1000, asked: false, listOpen: false, inDiff: false };
const check = (change: Partial<Circumstances>, expected: RegExp | undefined) => {
  const reason = refusal({ ...usual, ...change });
  if (expected) {
    assert.match(reason ?? '', expected);
  } else {
    assert.equal(reason, undefined);
  }
};

test('typing asks for a completion', () => check({}, undefined));
test('nothing is asked where completion is off, not even by key', () => check({ enabled: false, asked: true }, /turned off here/));
test('a pause holds typing back', () => check({ pausedUntil: 2000 }, /paused/));
test('a pause that has passed holds nothing back', () => check({ pausedUntil: 500 }, undefined));
test('the key asks in spite of a pause', () => check({ pausedUntil: 2000, asked: true }, undefined));
test('without automatic completion typing asks for nothing', () => check({ automatic: false }, /waits to be asked/));
test('without automatic completion the key asks', () => check({ automatic: false, asked: true }, undefined));
test('an open suggestion list has the place for itself', () => check({ listOpen: true }, /suggestion list/));
test('a setting shows both', () => check({ listOpen: true, besideSuggestions: true }, undefined));
test('the key shows both', () => check({ listOpen: true, asked: true }, undefined));
test('a comparison of files is left alone', () => check({ inDiff: true, asked: true }, /comparison/));
