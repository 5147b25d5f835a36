// When to start a server again that ended by itself.

const forgottenAfterMs = 5 * 60_000;
const delaysMs = [500, 3000];

/** Counts crashes. A server that keeps ending is not started for ever: the third crash within five minutes is the user's to know. */
export class Restarts {
  private crashes: number[] = [];

  /** How long to wait before the next start, in ms; undefined to leave it. */
  afterCrash(now: number): number | undefined {
    this.crashes = [...this.crashes.filter((time) => now - time < forgottenAfterMs), now];
    return delaysMs[this.crashes.length - 1];
  }

  /** The user asked for a start: what was before does not count. */
  forget(): void {
    this.crashes = [];
  }
}
