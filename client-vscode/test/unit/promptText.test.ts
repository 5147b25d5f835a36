import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promptText } from '../../src/prompt/promptText';

test('the prompt is shown piece by piece with its tokens counted', () => {
  const text = promptText(
    {
      uri: 'file:///repo/a.cs', promptTokens: 30, cachedTokens: 20, computedTokens: 10,
      pieces: [
        { kind: 'context', path: 'b.cs', tokens: 12, text: 'class B;\n' },
        { kind: 'prefix', tokens: 1, text: 'var' },
      ],
    },
    (uri) => uri.slice('file:///repo/'.length),
  );
  assert.match(text, /^What the model saw of a\.cs\n30 tokens: 20 from the cache, 10 computed\n/);
  assert.match(text, /──── from another file · b\.cs · 12 tokens ─+\nclass B;\n/);
  assert.match(text, /──── before the cursor · 1 token ─+\nvar\n$/);
});

test('before the first completion it says what to do', () => assert.match(promptText(null, String), /type in a file/));
