import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseServer } from '../../src/server/location';

const none = { path: '', model: '', threads: 0 };
const packaged = '/ext/server/tritter';
const built = '/server/Tritter.Server/bin/Release/net10.0/tritter';
const check = (files: string[], settings: Partial<typeof none>, expected: string | undefined, platform: NodeJS.Platform = 'linux') => {
  const choice = chooseServer('/ext', { ...none, ...settings }, platform, (file) => files.includes(file));
  assert.equal(choice && [choice.command, ...choice.args].join(' '), expected);
};

test('the packaged server comes before a built one', () => check([packaged, built], {}, `${packaged} lsp`));
test('a checkout uses what it built', () => check([built], {}, `${built} lsp`));
test('what the user names comes before both', () => check([packaged, '/mine'], { path: '/mine' }, '/mine lsp'));
test('a name that leads nowhere is not replaced silently', () => check([packaged], { path: '/gone' }, undefined));
test('without any server there is none', () => check([], {}, undefined));
test('Windows programs end in .exe', () => check(['/ext/server/tritter.exe'], {}, '/ext/server/tritter.exe lsp', 'win32'));
test('model and threads are passed on', () => check([packaged], { model: 'big', threads: 3 }, `${packaged} lsp --model big --threads 3`));
