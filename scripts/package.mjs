// `npm run package [-- TARGET] [--ready-to-run | --built]`: makes artifacts/tritter-vscode-TARGET.vsix, which has everything in it: the extension,
// the server, and the model. TARGET is linux-x64, linux-arm64, win-x64, win-arm64, osx-x64 or osx-arm64, or the marketplace's name of one of them
// (win32-x64, darwin-arm64); without it, this system's. For this very system the server is compiled to one native program (Native AOT), since that
// starts fastest; it takes minutes. For another system, whose linker is not here, or with --ready-to-run it brings the .NET runtime along, its code
// compiled beforehand. With --built it is what `npm run build` left, which needs .NET where it is installed: for tests.

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { bundleClient, clientFolder, run } from './client.mjs';
import { canRunHere, installTools, node, tools } from './codeServer.mjs';
import { inspect, marketplace } from './inspect-vsix.mjs';
import { here, publishServer } from './publish-server.mjs';
import { root, tritter } from './repository.mjs';

const modelFiles = ['config.json', 'generation_config.json', 'tokenizer.json', 'model.safetensors'];

/** Everything that goes into the package, as the installed extension will have it. */
async function stage(folder, target, server) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const manifest = JSON.parse(readFileSync(path.join(clientFolder, 'package.json'), 'utf8'));
  for (const key of ['private', 'scripts', 'devDependencies']) {
    delete manifest[key];
  }

  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest, undefined, 2));
  for (const part of ['dist', 'media', 'README.md']) {
    cpSync(path.join(clientFolder, part), path.join(folder, part), { recursive: true });
  }

  for (const file of ['LICENSE', 'CHANGELOG.md']) {
    cpSync(path.join(root, file), path.join(folder, file));
  }

  const model = path.join('models', 'tritter-100m');
  modelFiles.forEach((file) => cpSync(path.join(root, model, file), path.join(folder, model, file)));
  if (server === 'built') {
    // Beside it may lie what was published for single systems.
    const built = path.dirname(tritter);
    cpSync(built, path.join(folder, 'server'), { recursive: true, filter: (file) => path.dirname(file) !== built || !(path.basename(file) in marketplace) });
  } else {
    await publishServer(path.join(folder, 'server'), target, server === 'ready-to-run');
  }
}

async function pack(folder, target, vsix) {
  await installTools();
  const vsce = path.join(tools, 'node_modules', '@vscode', 'vsce', 'vsce');
  const args = ['package', '--target', marketplace[target], '--no-dependencies', '--allow-missing-repository', '--allow-package-all-secrets', '--out', vsix];
  await run(canRunHere ? node : process.execPath, [vsce, ...args], { cwd: folder });
}

/** Makes a .vsix, looks at what is in it, and returns its path. `server` is 'native', 'ready-to-run' or 'built'. */
export async function packageExtension(target = here, server = 'native', name = `tritter-vscode-${target}`) {
  if (!marketplace[target]) {
    throw new Error(`there are packages for ${Object.keys(marketplace).join(', ')}, not for ${target}`);
  }

  const folder = path.join(root, 'artifacts', 'package', name);
  const vsix = path.join(root, 'artifacts', `${name}.vsix`);
  await bundleClient();
  await stage(folder, target, server);
  await pack(folder, target, vsix);
  if (server !== 'built') {
    console.log(await inspect(vsix, target));
  }

  return vsix;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const options = { target: { type: 'string' }, 'ready-to-run': { type: 'boolean' }, built: { type: 'boolean' } };
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const target = (values.target ?? positionals[0] ?? here).replace(/^win32-/, 'win-').replace(/^darwin-/, 'osx-');
    await packageExtension(target, values.built ? 'built' : values['ready-to-run'] ? 'ready-to-run' : 'native');
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
