// "Why no suggestion?": the nearest reason known, the client's own first.

import type { ServerState } from '../server/server';
import type { Stats } from '../server/protocol';

export function whyNot(server: ServerState, refusal: string | undefined, stats: Stats | undefined): string {
  switch (server.state) {
    case 'stopped':
      return `No suggestion: the server does not run (${server.reason ?? 'no reason known'}).`;
    case 'error':
      return `No suggestion: ${server.reason ?? 'the model could not be loaded'}.`;
    case 'starting':
      return 'No suggestion yet: the model is being loaded.';
  }

  if (refusal) {
    return `No suggestion: ${refusal}.`;
  }

  if (stats?.lastEmpty) {
    const file = decodeURIComponent(stats.lastEmpty.uri.slice(stats.lastEmpty.uri.lastIndexOf('/') + 1));
    return `The last empty answer, in ${file}: ${stats.lastEmpty.reason}.`;
  }

  return 'No answer has been empty so far. The log tells each completion.';
}
