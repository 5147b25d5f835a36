// Compiles tree-sitter and the grammars of Python, Rust, TypeScript, TSX and JavaScript into one native library, which the builds copy next to
// the server: artifacts/tree-sitter/RID/. The C sources come from npm, pinned in scripts/tree-sitter/package-lock.json. Does nothing when the
// library is there and its inputs are the same.
// Usage: node scripts/tree-sitter.mjs [--target RID]   (linux-x64, linux-arm64, osx-arm64, win-x64, ...; this machine's by default)

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { root } from './repository.mjs';

const folder = path.join(root, 'artifacts', 'tree-sitter');
const modules = path.join(folder, 'node_modules');
const manifests = ['package.json', 'package-lock.json'].map((name) => path.join(root, 'scripts', 'tree-sitter', name));
const runtime = 'tree-sitter/vendor/tree-sitter/lib';
const grammars = ['tree-sitter-python', 'tree-sitter-rust', 'tree-sitter-typescript/typescript', 'tree-sitter-typescript/tsx', 'tree-sitter-javascript'];
const licences = [
  ['tree-sitter', 'tree-sitter/LICENSE'],
  ...['python', 'rust', 'typescript', 'javascript'].map((name) => [`tree-sitter-${name}`, `tree-sitter-${name}/LICENSE`]),
  ['Unicode headers of ICU, part of tree-sitter', `${runtime}/src/unicode/LICENSE`],
];

/** The .NET name of this machine's platform. */
function hostRid() {
  const system = { linux: 'linux', darwin: 'osx', win32: 'win' }[process.platform] ?? process.platform;
  const musl = system === 'linux' && !process.report.getReport().header.glibcVersionRuntime ? '-musl' : '';
  return `${system}${musl}-${process.arch}`;
}

function libraryName(rid) {
  return rid.startsWith('win') ? 'tritter-tree-sitter.dll' : rid.startsWith('osx') ? 'libtritter-tree-sitter.dylib' : 'libtritter-tree-sitter.so';
}

// Compilers for other platforms, and the Debian packages that have them; Debian has none for Windows on ARM and for macOS.
const cross = {
  'win-x64': ['x86_64-w64-mingw32-gcc', 'gcc-mingw-w64-x86-64'],
  'win-arm64': ['aarch64-w64-mingw32-gcc'],
  'linux-x64': ['x86_64-linux-gnu-gcc', 'gcc-x86-64-linux-gnu'],
  'linux-arm64': ['aarch64-linux-gnu-gcc', 'gcc-aarch64-linux-gnu'],
};

/** The C compilers that can make code for a platform, best first. */
function compilers(rid) {
  return [...(rid === hostRid() ? [process.env.CC, 'cc', 'gcc', 'clang'] : []), cross[rid]?.[0]].filter(Boolean);
}

function findCompiler(rid) {
  const found = compilers(rid).find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
  if (!found) {
    const [, debian] = cross[rid] ?? [];
    const others = compilers(rid).join(', ') || 'a cross compiler';
    throw new Error(`no C compiler for ${rid} was found: ${debian && rid !== hostRid() ? `apt install ${debian} (it has ${others})` : `install one of ${others}`}`);
  }

  return found;
}

/** Runs a command; an Error with its output when it fails. */
function run(command, args, cwd) {
  return new Promise((resolve, reject) => {
    const output = [];
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' && command === 'npm' });
    child.stdout.on('data', (data) => output.push(data));
    child.stderr.on('data', (data) => output.push(data));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${command} failed: ${Buffer.concat(output).toString().trim().split('\n').slice(-5).join(' ')}`))));
  });
}

async function fetchSources() {
  mkdirSync(folder, { recursive: true });
  for (const manifest of manifests) {
    cpSync(manifest, path.join(folder, path.basename(manifest)));
  }

  // Their install scripts would compile Node.js addons; only the C sources are of use here.
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
}

async function compile(compiler, rid, work) {
  const windows = rid.startsWith('win');
  const flags = ['-O2', '-std=c11', '-fvisibility=hidden', '-D_POSIX_C_SOURCE=200112L', '-D_DEFAULT_SOURCE', ...(windows ? [] : ['-fPIC'])];
  const sources = [
    { file: `${runtime}/src/lib.c`, includes: [`${runtime}/include`, `${runtime}/src`] },
    ...grammars.flatMap((g) => ['parser.c', 'scanner.c'].map((name) => ({ file: `${g}/src/${name}`, includes: [`${g}/src`] }))),
  ];
  const objects = sources.filter(({ file }) => existsSync(path.join(modules, file))).map(({ file, includes }, i) => ({ file, includes, object: path.join(work, `${i}.o`) }));
  await Promise.all(objects.map(({ file, includes, object }) => run(compiler, [...flags, ...includes.flatMap((i) => ['-I', i]), '-c', file, '-o', object], modules)));
  const link = windows ? ['-shared', '-static-libgcc', '-Wl,--export-all-symbols'] : rid.startsWith('osx') ? ['-dynamiclib'] : ['-shared', '-s'];
  await run(compiler, [...link, ...objects.map((o) => o.object), '-o', path.join(work, libraryName(rid))], modules);
}

function notice() {
  const title = 'libtritter-tree-sitter is compiled from the sources of the following projects.\n';
  return [title, ...licences.map(([name, file]) => `=== ${name}\n\n${readFileSync(path.join(modules, file), 'utf8').trim()}\n`)].join('\n');
}

/** Sees to it that the library for a platform is there, and says what it did on one line. An Error says why it cannot be made. */
export async function buildTreeSitter(rid = hostRid()) {
  const target = path.join(folder, rid);
  // Not inside the target: all of that is copied next to the server.
  const stamp = path.join(folder, `${rid}.stamp`);
  const inputs = createHash('sha256').update([...manifests, new URL(import.meta.url)].map((file) => readFileSync(file)).join('\n')).digest('hex');
  if (existsSync(path.join(target, libraryName(rid))) && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) {
    return;
  }

  const started = Date.now();
  const compiler = findCompiler(rid);
  console.log(`Compiling tree-sitter for ${rid} ...`);
  await fetchSources();
  const work = mkdtempSync(path.join(folder, 'work-'));
  try {
    await compile(compiler, rid, work);
    mkdirSync(target, { recursive: true });
    writeFileSync(path.join(target, 'tritter-tree-sitter-NOTICE.txt'), notice());
    renameSync(path.join(work, libraryName(rid)), path.join(target, libraryName(rid)));
    writeFileSync(stamp, inputs);
  } finally {
    rmSync(work, { recursive: true });
  }

  console.log(`Compiled tree-sitter in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [option, rid, ...rest] = process.argv.slice(2);
  try {
    if (rest.length > 0 || (option && (option !== '--target' || !rid))) {
      throw new Error('usage: node scripts/tree-sitter.mjs [--target RID]');
    }

    await buildTreeSitter(rid);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
