// The files that end-to-end tests open: samples/csharp/Inventory.cs, cut where somebody types.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../../scripts/repository.mjs';

const unfinished = 'return _items.';
const inventory = readFileSync(path.join(root, 'samples', 'csharp', 'Inventory.cs'), 'utf8').replaceAll('\r\n', '\n');

/** The last character is still to be typed. */
export const cut = unfinished.slice(0, -1);
export const rest = unfinished.at(-1);

/** Inventory.cs with `line` in the place of the unfinished statement and with what `change` does to the rest. */
export function inventoryWith(line = cut, change = (text) => text) {
  return change(inventory.replace(unfinished, () => line));
}

/** The number, from 1, of the first line that ends in `text`. */
export function lineOf(source, text) {
  const index = source.split(/\r?\n/).findIndex((line) => line.endsWith(text));
  if (index < 0) {
    throw new Error(`no line ends in '${text}'`);
  }

  return index + 1;
}
