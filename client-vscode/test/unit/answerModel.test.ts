import assert from 'node:assert/strict';
import { test } from 'node:test';
import manifest from '../../package.json';
import { answerModel } from '../../src/server/answerModel';

const user = (values: Record<string, unknown>) => (name: string) => ({ globalValue: values[name] });
const url = 'http://team:8000/v1';

test('by default nothing is sent anywhere', () => assert.deepEqual(answerModel(() => undefined), { options: { answers: {} } }));

test('an endpoint that the user names is passed on, and its host is known', () =>
  assert.deepEqual(answerModel(user({ 'answers.endpoint.url': url, 'answers.endpoint.model': 'big' }), 'k'), {
    options: { answers: { endpoint: { url, model: 'big', key: 'k' } } },
    remote: 'team:8000',
  }));

test('a chat model on this machine comes before an endpoint', () =>
  assert.deepEqual(answerModel(user({ 'answers.chatModel': 'mine', 'answers.endpoint.url': url })), { options: { answers: { chatModel: 'mine' } } }));

test('what a workspace says is ignored', () =>
  assert.deepEqual(answerModel(() => ({ workspaceValue: url, workspaceFolderValue: url })), { options: { answers: {} } }));

test('VS Code itself takes these settings from the user alone', () => {
  const groups = manifest.contributes.configuration as unknown as { properties: Record<string, { scope?: string }> }[];
  const settings = groups.flatMap(({ properties }) => Object.entries(properties)).filter(([name]) => name.startsWith('tritter.answers.'));
  assert.equal(settings.length, 3);
  for (const [name, { scope }] of settings) {
    assert.equal(scope, 'machine', name);
  }
});
