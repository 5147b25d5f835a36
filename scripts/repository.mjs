// Where things lie in the repository, and what every process that the scripts start inherits.

import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** The path of an executable that `dotnet build -c Release` made. */
export function executable(projectFolder, name) {
  return path.join(root, projectFolder, 'bin', 'Release', 'net10.0', process.platform === 'win32' ? `${name}.exe` : name);
}

export const tritter = executable('server/Tritter.Server', 'tritter');

/** This process's environment, with the telemetry of the build tools switched off: nothing leaves the machine. */
export const environment = {
  ...process.env,
  DOTNET_CLI_TELEMETRY_OPTOUT: '1',
  TESTINGPLATFORM_TELEMETRY_OPTOUT: '1',
  DOTNET_NOLOGO: '1',
};
