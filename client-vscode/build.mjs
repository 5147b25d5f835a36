// Bundles the extension and the page of its ask view into dist/. Usage: node build.mjs

import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import process from 'node:process';
import { build } from 'esbuild';

const folder = path.dirname(fileURLToPath(import.meta.url));

/** Two bundles: one for VS Code's extension host, which loads CommonJS, one for the webview's browser. */
export async function bundle() {
  const common = { absWorkingDir: folder, bundle: true, minify: true, sourcemap: false, logLevel: 'warning', legalComments: 'eof' };
  rmSync(path.join(folder, 'dist'), { recursive: true, force: true });
  await Promise.all([
    build({ ...common, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.cjs', platform: 'node', format: 'cjs', target: 'node22', external: ['vscode'] }),
    build({ ...common, entryPoints: ['src/ask/page/main.ts'], outfile: 'dist/ask.js', platform: 'browser', format: 'iife', target: 'es2022' }),
  ]);
  mkdirSync(path.join(folder, 'dist'), { recursive: true });
  copyFileSync(path.join(folder, 'src/ask/page/ask.css'), path.join(folder, 'dist/ask.css'));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await bundle();
}
