// The places of samples/places.json as lines and columns.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './repository.mjs';

/** Every place as { file, line, column, lines }: line and column count from 1 in UTF-16 characters, lines is the whole file. */
export function readPlaces() {
  const places = JSON.parse(readFileSync(path.join(root, 'samples', 'places.json'), 'utf8'));
  return places.map(({ file, cursor }) => locate(file, cursor));
}

function locate(file, cursor) {
  const text = readFileSync(path.join(root, file), 'utf8').replaceAll('\r\n', '\n');
  const [before, after] = cursor.split('$0');
  const start = text.indexOf(before + after);
  if (start < 0 || text.indexOf(before + after, start + 1) >= 0) {
    throw new Error(`samples/places.json: ${JSON.stringify(cursor)} must occur exactly once in ${file}`);
  }

  const prefix = text.slice(0, start + before.length).split('\n');
  return { file, line: prefix.length, column: prefix.at(-1).length + 1, lines: text.split('\n') };
}
