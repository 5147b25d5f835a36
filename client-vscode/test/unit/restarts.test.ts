import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Restarts } from '../../src/server/restarts';

const minute = 60_000;

test('a crash is followed by a start, a second one by a later start, a third one by none', () => {
  const restarts = new Restarts();
  const [first, second, third] = [0, 1, 2].map((n) => restarts.afterCrash(n * minute));
  assert.ok(first! < second!);
  assert.equal(third, undefined);
});

test('crashes of long ago do not count', () => {
  const restarts = new Restarts();
  const first = restarts.afterCrash(0);
  restarts.afterCrash(minute);
  assert.equal(restarts.afterCrash(20 * minute), first);
});

test('a start by the user wipes the slate', () => {
  const restarts = new Restarts();
  const first = restarts.afterCrash(0);
  restarts.afterCrash(1);
  restarts.forget();
  assert.equal(restarts.afterCrash(2), first);
});
