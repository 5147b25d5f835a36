// The status bar's tooltip: what the server has done so far, in Markdown.

import type { Stats } from '../server/protocol';

export function tooltip(label: string, stats: Stats | undefined, remote?: string, device?: string): string {
  const lines = [`**${escape(label)}**`];
  if (stats) {
    lines.push('', table(rows(stats, device)));
    const index = indexLine(stats);
    if (index) {
      lines.push('', escape(index));
    }
  }

  lines.push('', `${remote ? `Questions, and the code that answers them, are sent to ${escape(remote)}. Nothing else leaves this machine.` : 'Nothing leaves this machine.'} Click for commands.`);
  return lines.join('\n');
}

function rows(stats: Stats, device: string | undefined): [string, string][] {
  const { cached, computed } = stats.promptTokens;
  const all = cached + computed;
  return [
    ['Model', stats.model ?? 'none'],
    ...(device ? [['Computes on', device] satisfies [string, string]] : []),
    ['Speed', stats.tokensPerSecond > 0 ? `${whole(stats.tokensPerSecond)} tokens/s` : 'not measured yet'],
    ['Answer after', stats.answered > 0 ? `${whole(stats.latencyMs.p50)} ms (half), ${whole(stats.latencyMs.p95)} ms (95 %)` : 'not measured yet'],
    ['Accepted', stats.shown > 0 ? `${stats.accepted} of ${stats.shown} shown (${percent(stats.accepted, stats.shown)})` : 'none shown yet'],
    ['Context', all > 0 ? `${grouped(all)} tokens, ${percent(cached, all)} from the cache` : 'none yet'],
    ['Memory', `${whole(stats.memoryMb)} MB`],
  ];
}

function indexLine({ index }: Stats): string | undefined {
  switch (index?.state) {
    case 'building':
      return `Indexing: ${grouped(index.filesDone)} of ${grouped(index.files)} files`;
    case 'ready':
      return `Index: ${grouped(index.files)} files`;
    case 'failed':
      return `Index failed: ${index.reason ?? 'no reason known'}`;
    default:
      return undefined;
  }
}

const table = (cells: [string, string][]) => ['| | |', '| --- | --- |', ...cells.map(([name, value]) => `| ${name} | ${escape(value)} |`)].join('\n');
const whole = (value: number) => value.toFixed(0);
const grouped = (value: number) => value.toLocaleString('en-US');
const percent = (part: number, all: number) => `${((100 * part) / all).toFixed(0)} %`;
const escape = (text: string) => text.replace(/[\\`*_{}[\]<>()#|~]/g, '\\$&');
