// Builds Release, quietly: one line while it runs, the compiler's words only when it fails.
// Usage: node scripts/build.mjs [project or solution]

import { spawn } from 'node:child_process';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { environment, root } from './repository.mjs';
import { buildTreeSitter } from './tree-sitter.mjs';

/**
 * Throws an Error with the build's output when it fails. Without `analyzers` it takes less than half the time: for somebody who wants to see Tritter
 * work. A later build does not repeat what is up to date, but the tests' strict one compiles all anew.
 */
export async function build(target, extraEnvironment = {}, analyzers = true) {
  await parsers();
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
  const title = `Building ${target} (Release)`;
  const ticking = process.stdout.isTTY ? setInterval(() => process.stdout.write(`\r${title} ... ${seconds()}`), 500) : undefined;
  if (!ticking) {
    console.log(`${title} ...`);
  }

  try {
    // A reused node would outlive this process and hold its output open.
    await run('dotnet', ['build', target, '-c', 'Release', '-v', 'quiet', '-nodeReuse:false', '--nologo', ...(analyzers ? [] : ['-p:RunAnalyzers=false'])], { ...environment, ...extraEnvironment });
  } finally {
    clearInterval(ticking);
    if (ticking) {
      process.stdout.write('\r\u001b[K');
    }
  }

  console.log(`Built ${target} in ${seconds()}.`);
}

/** Everything works without the native parsers, only worse: a machine without a C compiler still gets a build. */
async function parsers() {
  try {
    await buildTreeSitter();
  } catch (error) {
    console.error(`Python, Rust, TypeScript and JavaScript will be read by lines only: ${error.message}`);
  }
}

function run(command, args, env) {
  return new Promise((resolve, reject) => {
    const output = [];
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (data) => output.push(data));
    child.stderr.on('data', (data) => output.push(data));
    child.on('error', (error) =>
      reject(error.code === 'ENOENT' ? new Error('dotnet was not found: install the .NET 10 SDK (https://dot.net) and put it on PATH') : error));
    child.on('exit', (code) => {
      // Compiler servers that stay behind may hold the pipes open, so this does not wait for their end.
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        if (code === 0) {
          resolve();
        } else {
          reject(new Error(`${Buffer.concat(output).toString().trim()}\n\nThe build failed: ${command} ${args.join(' ')}`));
        }
      }, 100);
    });
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await build(process.argv[2] ?? 'Tritter.sln');
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
