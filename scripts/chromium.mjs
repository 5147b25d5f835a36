// The browser that the tests of the VS Code client drive: Debian's Chromium.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome-stable', '/usr/bin/google-chrome'];

export const findChromium = () => places.find(existsSync);

/** Installs Chromium where that needs no password: as root, or, in CI, by sudo. Returns its path, or undefined. */
export function ensureChromium() {
  const found = findChromium();
  if (found || !existsSync('/usr/bin/apt-get')) {
    return found;
  }

  const sudo = process.getuid() === 0 ? [] : process.env.CI ? ['sudo', '-n'] : undefined;
  if (!sudo) {
    return undefined;
  }

  console.log('Installing Chromium for the tests of the VS Code client ...');
  for (const args of [['update', '-qq'], ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core']]) {
    const [command, ...rest] = [...sudo, 'apt-get', ...args];
    const { status, stderr } = spawnSync(command, rest, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    if (status !== 0) {
      console.error(`apt-get ${args[0]} failed: ${stderr?.trim().split('\n').at(-1)}`);
      return undefined;
    }
  }

  return findChromium();
}
