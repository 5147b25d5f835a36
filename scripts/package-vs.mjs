// `npm run package:vs`: makes artifacts/tritter-visualstudio.vsix, with the extension, the server for Windows on x64 and the model in it, on any
// system, and checks its manifest, its contents and what its assemblies ask of Visual Studio.
// Usage: node scripts/package-vs.mjs [--server FOLDER]   (a server published before)

import { rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { run } from './client.mjs';
import { publishServer } from './publish-server.mjs';
import { executable, root } from './repository.mjs';

try {
  const { values } = parseArgs({ options: { server: { type: 'string' } } });
  await build('client-vs/Tritter.VisualStudio.Packaging');
  const server = path.resolve(values.server ?? path.join(root, 'artifacts', 'server', 'win-x64'));
  if (!values.server) {
    rmSync(server, { recursive: true, force: true });
    await publishServer(server, 'win-x64');
  }

  const vsix = path.join(root, 'artifacts', 'tritter-visualstudio.vsix');
  const output = await run(executable('client-vs/Tritter.VisualStudio.Packaging', 'tritter-vsix'), [root, server, path.join(root, 'models', 'tritter-100m'), vsix]);
  console.log(output.trim());
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
