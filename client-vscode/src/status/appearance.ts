// What the status bar shows for a state.

import type { ServerState } from '../server/server';

export interface Appearance {
  text: string;
  /** What a screen reader says, and one line for the tooltip. */
  label: string;
  background?: 'error' | 'warning';
}

export interface Shown {
  server: ServerState;
  pausedUntil: number | undefined;
  /** Completion is on for the language of the active editor. */
  enabled: boolean;
  automatic: boolean;
}

export function appearance({ server, pausedUntil, enabled, automatic }: Shown, clock: (time: number) => string): Appearance {
  switch (server.state) {
    case 'stopped':
      return { text: '$(error) Tritter', label: `Tritter: stopped, ${server.reason ?? 'no reason known'}`, background: 'error' };
    case 'error':
      return { text: '$(error) Tritter', label: `Tritter: error, ${server.reason ?? 'no reason known'}`, background: 'error' };
    case 'starting': {
      const share = server.progress === undefined ? '' : ` ${Math.round(server.progress * 100)} %`;
      return { text: `$(loading~spin) Tritter${share}`, label: `Tritter: starting${share}` };
    }
  }

  if (pausedUntil !== undefined) {
    const end = pausedUntil === Infinity ? '' : ` until ${clock(pausedUntil)}`;
    return { text: '$(bell-slash) Tritter', label: `Tritter: paused${end}` };
  }

  if (!enabled) {
    return { text: '$(circle-slash) Tritter', label: 'Tritter: off here' };
  }

  if (server.state === 'busy') {
    return { text: '$(pulse) Tritter', label: 'Tritter: thinking' };
  }

  return { text: '$(sparkle) Tritter', label: automatic ? 'Tritter: ready' : 'Tritter: ready when asked' };
}
