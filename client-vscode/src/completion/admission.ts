// Whether a completion may be asked for at all. What depends on the text is the server's to decide.

export interface Circumstances {
  /** Completion is on for this language, here. */
  enabled: boolean;
  automatic: boolean;
  besideSuggestions: boolean;
  /** Until when completion is paused, in ms since 1970. */
  pausedUntil: number | undefined;
  now: number;
  /** The user asked by a key or command. */
  asked: boolean;
  /** An entry of the editor's own suggestion list is selected. */
  listOpen: boolean;
  /** The editor shows a comparison of two files. */
  inDiff: boolean;
}

/** Undefined to go on, else why not, as the end of "No suggestion: ...". */
export function refusal(c: Circumstances): string | undefined {
  if (!c.enabled) {
    return 'completion is turned off here (tritter.completion.enabled)';
  }

  if (c.pausedUntil !== undefined && c.now < c.pausedUntil && !c.asked) {
    return 'completion is paused';
  }

  if (!c.automatic && !c.asked) {
    return 'completion waits to be asked (tritter.completion.automatic is off)';
  }

  if (c.inDiff) {
    return 'the editor shows a comparison';
  }

  if (c.listOpen && !c.besideSuggestions && !c.asked) {
    return 'the suggestion list was open (tritter.completion.besideSuggestions is off)';
  }

  return undefined;
}
