// Bundles the extension and the page of its ask view into dist/. Usage: node build.mjs

import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import process from 'node:process';
import { build } from 'esbuild';

const folder = path.dirname(fileURLToPath(import.meta.url));

/** Leaves the language client out of the extension's bundle, to be loaded from its own. */
const languageClientApart = {
  name: 'language client apart',
  setup: ({ onResolve }) => onResolve({ filter: /^\.\/languageClient$/ }, () => ({ path: './languageClient.cjs', external: true })),
};

/** Bundles for VS Code's extension host, which loads CommonJS, and one for the webview's browser. */
export async function bundle() {
  const common = { absWorkingDir: folder, bundle: true, minify: true, sourcemap: false, logLevel: 'warning', legalComments: 'eof' };
  rmSync(path.join(folder, 'dist'), { recursive: true, force: true });
  // VS Code gives its API to what is required, so import() becomes that.
  const host = { ...common, platform: 'node', format: 'cjs', target: 'node22', external: ['vscode'], supported: { 'dynamic-import': false } };
  await Promise.all([
    build({ ...host, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.cjs', plugins: [languageClientApart] }),
    build({ ...host, entryPoints: ['src/server/languageClient.ts'], outfile: 'dist/languageClient.cjs' }),
    build({ ...common, entryPoints: ['src/ask/page/main.ts'], outfile: 'dist/ask.js', platform: 'browser', format: 'iife', target: 'es2022' }),
  ]);
  mkdirSync(path.join(folder, 'dist'), { recursive: true });
  copyFileSync(path.join(folder, 'src/ask/page/ask.css'), path.join(folder, 'dist/ask.css'));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await bundle();
}
