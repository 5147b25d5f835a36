// The suggestion on the screen, told apart from what the user types through it.

export interface Shown {
  id: string;
  uri: string;
  /** Where it would be inserted, in UTF-16 units from the start of the document. */
  offset: number;
  /** What is not in the document yet. */
  text: string;
}

export interface Insertion {
  offset: number;
  deleted: number;
  text: string;
}

/**
 * What an edit does to the suggestion. VS Code takes a word or a line of it by inserting just that: an insertion of two or more characters
 * that the suggestion begins with was taken, a single one was typed. Undefined: the suggestion is gone, or was taken whole, which VS Code
 * reports by itself.
 */
export function afterEdit(shown: Shown, edit: Insertion): { rest: Shown; taken: number } | undefined {
  const within = edit.offset === shown.offset && edit.deleted === 0 && edit.text.length > 0 && edit.text.length < shown.text.length && shown.text.startsWith(edit.text);
  if (!within) {
    return undefined;
  }

  const rest = { ...shown, offset: shown.offset + edit.text.length, text: shown.text.slice(edit.text.length) };
  return { rest, taken: edit.text.length > 1 ? edit.text.length : 0 };
}
