// The VS Code client's own tools: its npm packages and its bundle.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { environment, root } from './repository.mjs';

export const clientFolder = path.join(root, 'client-vscode');

// esbuild comes as a package of its own for each system: nothing has to run after the download.
const npmOptions = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** Runs a command and throws an Error with its output when it fails. */
export function run(command, args, { cwd = root, env = environment, shell = false } = {}) {
  return new Promise((resolve, reject) => {
    const output = [];
    const child = spawn(command, args, { cwd, env, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (data) => output.push(data));
    child.stderr.on('data', (data) => output.push(data));
    child.on('error', reject);
    child.on('close', (code) => {
      const text = Buffer.concat(output).toString();
      return code === 0 ? resolve(text) : reject(new Error(`${text.trim()}\n\n${command} ${args.join(' ')} ended with ${code}`));
    });
  });
}

/** `npm ci` or `npm install` in a folder. */
export async function npm(args, cwd) {
  await run(process.platform === 'win32' ? 'npm.cmd' : 'npm', [...args, ...npmOptions], { cwd, shell: process.platform === 'win32' });
}

/** Does `install` unless it was done for the very text of `lockFile`, which the stamp file remembers. */
export async function once(lockFile, stamp, install) {
  const wanted = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) {
    return;
  }

  await install();
  writeFileSync(stamp, wanted);
}

/** The packages that build and check the client, as package-lock.json says. */
export async function installClientPackages() {
  await once(path.join(root, 'package-lock.json'), path.join(root, 'node_modules', '.tritter-installed'), async () => {
    console.log('Installing the packages of the VS Code client ...');
    await npm(['ci'], root);
  });
}

/** Makes client-vscode/dist. */
export async function bundleClient() {
  await installClientPackages();
  const { bundle } = await import(pathToFileURL(path.join(clientFolder, 'build.mjs')).href);
  await bundle();
}
