// The conversation as the page shows it. It lives in the extension, since VS Code throws a hidden page away.

import type { Answer, Citation } from '../server/protocol';

export interface Entry {
  id: number;
  /** What was asked, as the user would say it. */
  question: string;
  markdown: string;
  state: 'running' | 'done' | 'stopped' | 'failed';
  /** One line below a failed answer. */
  error?: string;
  citations: Citation[];
  /** How the answer came about, one line. */
  note?: string;
}

export class Transcript {
  private entries: Entry[] = [];
  private nextId = 1;

  get all(): readonly Entry[] {
    return this.entries;
  }

  begin(question: string): Entry {
    const entry: Entry = { id: this.nextId++, question, markdown: '', state: 'running', citations: [] };
    this.entries.push(entry);
    return entry;
  }

  citation(entryId: number, citationId: number): Citation | undefined {
    return this.entries.find((e) => e.id === entryId)?.citations.find((c) => c.id === citationId);
  }

  clear(): void {
    this.entries = [];
  }
}

/** What an answer says about itself, below it. */
export function note(answer: Answer): string {
  const parts = [];
  if (answer.searched) {
    const { files, chunks } = answer.searched;
    // The compiler reads files whole; only the index has chunks.
    parts.push(`searched ${chunks > 0 ? `${count(chunks, 'chunk')} in ` : ''}${count(files, 'file')}`);
  }

  if (answer.exact) {
    parts.push(answer.model || answer.remote ? 'what is found is taken from the code' : 'every sentence is taken from the code');
  }

  if (answer.model) {
    parts.push(`other words written by ${answer.model}${answer.remote ? '' : ' on this machine'}`);
  }

  if (answer.remote) {
    parts.push(`code was sent to ${answer.remote}`);
  }

  return parts.join('; ');
}

const count = (number: number, thing: string) => `${number} ${thing}${number === 1 ? '' : 's'}`;
