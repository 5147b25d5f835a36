// Where the server's program and the model are.

import path from 'node:path';

export interface ServerChoice {
  command: string;
  args: string[];
}

export interface ServerSettings {
  path: string;
  model: string;
  threads: number;
}

/**
 * The program that the user names; else the one packaged with the extension; else, in a checkout of the repository, the built one.
 * Undefined when there is none.
 */
export function chooseServer(extensionFolder: string, settings: ServerSettings, platform: NodeJS.Platform, exists: (file: string) => boolean): ServerChoice | undefined {
  const program = platform === 'win32' ? 'tritter.exe' : 'tritter';
  const candidates = settings.path
    ? [settings.path]
    : [path.join(extensionFolder, 'server', program), path.join(extensionFolder, '..', 'server', 'Tritter.Server', 'bin', 'Release', 'net10.0', program)];
  const command = candidates.find(exists);
  if (!command) {
    return undefined;
  }

  const args = ['lsp'];
  if (settings.model) {
    args.push('--model', settings.model);
  }

  if (settings.threads > 0) {
    args.push('--threads', String(settings.threads));
  }

  return { command, args };
}
