// The servers that an editor started, found in /proc among its descendants.

import { readdirSync, readFileSync } from 'node:fs';

/** Every process as { pid, parent, command }; those that end meanwhile are left out. */
function processes() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')[1];
        return [{ pid: Number(pid), parent: Number(parent), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') }];
      } catch {
        return [];
      }
    });
}

/** The running `tritter lsp` processes below `ancestor`, as { pid, parent }. */
export function serversBelow(ancestor) {
  const all = processes();
  const isBelow = (process) => {
    for (let at = process; at; at = all.find((p) => p.pid === at.parent)) {
      if (at.parent === ancestor) {
        return true;
      }
    }

    return false;
  };
  return all.filter((p) => /tritter(\.exe)?$/.test(p.command[0]) && p.command[1] === 'lsp' && isBelow(p));
}

export function isRunning(pid) {
  try {
    // A zombie has ended; nobody has asked for its exit code yet.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)[0] !== 'Z';
  } catch {
    return false;
  }
}
