// Publishes the server as a folder that needs nothing else: what the editors' packages have in them.
// Usage: node scripts/publish-server.mjs FOLDER [--target TARGET] [--ready-to-run]
// TARGET is linux-x64, linux-arm64, win-x64, win-arm64, osx-x64 or osx-arm64; without it, this system's. The server is compiled to native code
// (Native AOT) where its target is this very system, since it starts fastest so; else, or with --ready-to-run, it brings along what it uses of .NET (trimmed).

import { rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { run } from './client.mjs';
import { environment } from './repository.mjs';
import { buildTreeSitter } from './tree-sitter.mjs';

const systems = { linux: 'linux', win32: 'win', darwin: 'osx' };

/** This system, as .NET calls it. */
export const here = `${systems[process.platform]}-${os.arch()}`;

export async function publishServer(folder, target = here, readyToRun = false) {
  const native = target === here && !readyToRun;
  const kind = native ? ['-p:PublishAot=true', '-p:StripSymbols=true'] : ['--self-contained', '-p:PublishReadyToRun=true', '-p:PublishTrimmed=true'];
  try {
    await buildTreeSitter(target);
  } catch (error) {
    console.error(`Python, Rust, TypeScript and JavaScript will be read by lines only: ${error.message}`);
  }

  console.log(`Publishing the server for ${target} (${native ? 'Native AOT, takes minutes' : 'ReadyToRun'}) ...`);
  const args = ['publish', 'server/Tritter.Server', '-c', 'Release', '-r', target, ...kind, '-o', folder, '-p:DebugType=none', '-v', 'quiet', '--nologo', '-nodeReuse:false'];
  await run('dotnet', args, { env: { ...environment, CI: '' } });
  for (const leftover of ['tritter.dbg', 'tritter.pdb']) {
    rmSync(path.join(folder, leftover), { force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const { values, positionals } = parseArgs({ options: { target: { type: 'string', default: here }, 'ready-to-run': { type: 'boolean' } }, allowPositionals: true });
    if (positionals.length !== 1) {
      throw new Error('Usage: node scripts/publish-server.mjs FOLDER [--target TARGET] [--ready-to-run]');
    }

    await publishServer(path.resolve(positionals[0]), values.target, values['ready-to-run']);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
