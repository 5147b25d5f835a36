// Compiles the CUDA kernels to PTX, which is committed: users need neither this nor CUDA's toolkit. Needs clang 14 or newer with the NVPTX back end.
//   npm run cuda-kernels
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', 'Tritter.Inference', 'Cuda', 'Kernels');
const compiler = process.env.CLANG ?? 'clang++-14';

// What the test compares with: names and contents of the sources, in the order of their names.
const sources = readdirSync(folder).filter(name => /\.(cu|h)$/.test(name)).sort();
const hash = createHash('sha256');
for (const name of sources) {
  hash.update(`${name}\n`).update(readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n'));
}

const digest = hash.digest('hex');
for (const file of ['tritter', 'int4']) {
  // The compiler's remarks are a sixth of it. Those with '90:' are instructions of newer devices.
  const lines = compile(`${file}.cu`).split('\n').map(line => line.includes('//90:') ? line : line.replace(/\s*\/\/.*$/, '')).filter(line => line.trim().length > 0);
  writeFileSync(join(folder, `${file}.ptx`), `// sources ${digest}\n${lines.join('\n')}\n`);
  console.log(`${file}.ptx: ${lines.length} lines`);
}

function compile(source) {
  try {
    return execFileSync(compiler, [
      '-x', 'cuda', '--cuda-device-only', '-nocudainc', '-nocudalib', '--cuda-gpu-arch=sm_80', '-Xclang', '-target-feature', '-Xclang', '+ptx71',
      '-std=c++17', '-O3', '-ffp-contract=off', '-fno-strict-aliasing', '-mllvm', '-unroll-runtime=false', '-fcuda-short-ptr', '-mllvm', '-nvptx-short-ptr', '-S', source, '-o', '-',
    ], { cwd: folder, encoding: 'utf8', maxBuffer: 64 << 20 });
  } catch (error) {
    console.error(error.code === 'ENOENT' ? `${compiler} is not installed (Debian: apt-get install clang-14; or set CLANG)` : `${compiler} failed`);
    process.exit(1);
  }
}
