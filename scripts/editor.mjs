// `npm run editor -- FOLDER`: opens FOLDER in VS Code with Tritter. Takes the desktop's VS Code if `code` is on PATH, else VS Code in the browser.
// Options: --browser takes the browser although `code` is there; --port N; --no-open only prints the address.

import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { bundleClient, clientFolder } from './client.mjs';
import { installTools, serve, tools } from './codeServer.mjs';
import { environment, root, tritter } from './repository.mjs';

const { values, positionals } = parseArgs({
  options: { browser: { type: 'boolean' }, 'no-open': { type: 'boolean' }, port: { type: 'string', default: '0' } },
  allowPositionals: true,
});

function folderToOpen() {
  // npm runs scripts in the repository's root, and remembers where the user was.
  const folder = path.resolve(process.env.INIT_CWD ?? process.cwd(), positionals[0] ?? path.join(root, 'samples', 'csharp'));
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new Error(`${folder} is no folder; usage: npm run editor -- FOLDER`);
  }

  return folder;
}

function onPath(name) {
  const names = process.platform === 'win32' ? [`${name}.cmd`, `${name}.exe`] : [name];
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => names.some((n) => existsSync(path.join(folder, n))));
}

/** A window of the user's VS Code that has the extension from this checkout; nothing is installed there. */
function openDesktop(folder) {
  const args = ['--new-window', `--extensionDevelopmentPath=${clientFolder}`, folder];
  spawn('code', args, { stdio: 'inherit', env: environment, shell: process.platform === 'win32' });
  console.log(`Opening ${folder} in VS Code.`);
}

async function openBrowser(folder) {
  const server = await serve({ home: path.join(tools, 'home'), server: tritter, port: Number(values.port) });
  const address = server.open(folder);
  console.log(`\nVS Code with Tritter: ${address}\nCtrl+C ends it.`);
  if (!values['no-open'] && (process.env.DISPLAY || process.env.WAYLAND_DISPLAY) && onPath('xdg-open')) {
    spawn('xdg-open', [address], { stdio: 'ignore', detached: true }).unref();
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => void server.stop());
  }

  await server.exited;
}

try {
  const folder = folderToOpen();
  const desktop = !values.browser && onPath('code');
  // The compiler keeps the processors busy while npm waits for the network and the disk.
  await Promise.all([build('server/Tritter.Server', {}, false), bundleClient(), desktop || installTools()]);
  await (desktop ? openDesktop(folder) : openBrowser(folder));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
