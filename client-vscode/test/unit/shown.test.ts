import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterEdit, type Insertion } from '../../src/completion/shown';

const shown = { id: '7', uri: 'file:///a.cs', offset: 10, text: 'Sum(x => x.Price);' };
const check = (edit: Partial<Insertion>, expected: [text: string, taken: number] | undefined) => {
  const after = afterEdit(shown, { offset: 10, deleted: 0, text: '', ...edit });
  assert.deepEqual(after && [after.rest.text, after.taken], expected);
};

test('a typed character leaves the rest', () => check({ text: 'S' }, ['um(x => x.Price);', 0]));
test('a word taken leaves the rest and counts', () => check({ text: 'Sum' }, ['(x => x.Price);', 3]));
test('another character ends the suggestion', () => check({ text: 'C' }, undefined));
test('the whole text is reported by VS Code itself', () => check({ text: shown.text }, undefined));
test('an edit elsewhere ends the suggestion', () => check({ offset: 4, text: 'Sum' }, undefined));
test('a replacement ends the suggestion', () => check({ deleted: 2, text: 'Sum' }, undefined));
test('the rest begins behind what was typed', () => assert.equal(afterEdit(shown, { offset: 10, deleted: 0, text: 'Sum' })?.rest.offset, 13));
