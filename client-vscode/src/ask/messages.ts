// What the extension and the page of the ask view say to each other.

import type { Entry } from './transcript';

export type ToPage =
  /** The whole conversation, when the page appears and when it was cleared. */
  | { type: 'all'; entries: readonly Entry[] }
  /** One entry's new state. */
  | { type: 'entry'; entry: Entry }
  | { type: 'append'; id: number; markdown: string }
  | { type: 'focus' };

export type FromPage =
  | { type: 'ready' }
  | { type: 'ask'; question: string }
  | { type: 'stop' }
  | { type: 'open'; entry: number; citation: number };
