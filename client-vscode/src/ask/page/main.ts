// The page of the ask view. It keeps nothing that the extension does not have.

import type { FromPage, ToPage } from '../messages';
import type { Entry } from '../transcript';
import { render } from './markdown';

declare function acquireVsCodeApi(): { postMessage(message: FromPage): void };

const vscode = acquireVsCodeApi();
const answers = document.querySelector<HTMLElement>('#answers')!;
const form = document.querySelector<HTMLFormElement>('#form')!;
const question = document.querySelector<HTMLTextAreaElement>('#question')!;
const stop = document.querySelector<HTMLButtonElement>('#stop')!;
const entries = new Map<number, Entry>();
const waiting = new Set<number>();

function show(entry: Entry): void {
  entries.set(entry.id, entry);
  const atEnd = answers.scrollHeight - answers.scrollTop - answers.clientHeight < 40;
  let article = document.getElementById(`entry-${entry.id}`);
  if (!article) {
    article = document.createElement('article');
    article.id = `entry-${entry.id}`;
    answers.append(article);
  }

  article.className = entry.state;
  article.setAttribute('aria-busy', String(entry.state === 'running'));
  article.replaceChildren(heading(entry), body(entry), ...footer(entry));
  stop.hidden = ![...entries.values()].some((e) => e.state === 'running');
  if (atEnd) {
    answers.scrollTop = answers.scrollHeight;
  }
}

function heading(entry: Entry): HTMLElement {
  const element = document.createElement('h2');
  element.textContent = entry.question;
  return element;
}

function body(entry: Entry): HTMLElement {
  const element = document.createElement('div');
  element.className = 'markdown';
  // render() escapes all markup of the text.
  element.innerHTML = render(entry.markdown);
  for (const link of element.querySelectorAll<HTMLAnchorElement>('a.citation')) {
    const citation = entry.citations.find((c) => String(c.id) === link.dataset['citation']);
    if (citation) {
      link.title = place(citation);
      link.setAttribute('aria-label', `Source ${citation.id}: ${place(citation)}`);
    }

    link.addEventListener('click', (event) => openCitation(event, entry.id, Number(link.dataset['citation'])));
  }

  for (const code of element.querySelectorAll('pre')) {
    code.tabIndex = 0;
    code.append(copyButton('Copy code', () => code.querySelector('code')?.textContent ?? ''));
  }

  return element;
}

function footer(entry: Entry): HTMLElement[] {
  if (entry.state === 'running') {
    return [line('progress', 'Thinking …')];
  }

  const parts: HTMLElement[] = [];
  if (entry.error) {
    parts.push(line('error', entry.error));
  }

  if (entry.state === 'stopped') {
    parts.push(line('note', 'Stopped.'));
  }

  if (entry.citations.length > 0) {
    parts.push(sources(entry));
  }

  if (entry.note) {
    parts.push(line('note', entry.note));
  }

  if (entry.markdown) {
    parts.push(copyButton('Copy answer', () => entry.markdown));
  }

  return parts;
}

function sources(entry: Entry): HTMLElement {
  const list = document.createElement('ol');
  list.className = 'sources';
  list.setAttribute('aria-label', 'Sources');
  for (const citation of entry.citations) {
    const item = document.createElement('li');
    item.value = citation.id;
    const link = document.createElement('a');
    link.href = '#';
    link.textContent = place(citation);
    link.addEventListener('click', (event) => openCitation(event, entry.id, citation.id));
    item.append(link);
    if (citation.stale) {
      item.append(line('stale', 'changed since'));
    }

    list.append(item);
  }

  return list;
}

function place({ path, range, symbol }: Entry['citations'][number]): string {
  return `${path}:${range.start.line + 1}${symbol ? ` ${symbol}` : ''}`;
}

function line(className: string, text: string): HTMLElement {
  const element = document.createElement('span');
  element.className = className;
  element.textContent = text;
  return element;
}

function copyButton(label: string, text: () => string): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy secondary';
  button.textContent = 'Copy';
  button.setAttribute('aria-label', label);
  button.addEventListener('click', () => {
    void navigator.clipboard.writeText(text()).then(() => {
      button.textContent = 'Copied';
      setTimeout(() => (button.textContent = 'Copy'), 1500);
    });
  });
  return button;
}

function openCitation(event: Event, entry: number, citation: number): void {
  event.preventDefault();
  vscode.postMessage({ type: 'open', entry, citation });
}

/** Text comes faster than a screen can show it: one rendering a frame. */
function showSoon(id: number): void {
  if (waiting.has(id)) {
    return;
  }

  waiting.add(id);
  requestAnimationFrame(() => {
    waiting.delete(id);
    const entry = entries.get(id);
    if (entry) {
      show(entry);
    }
  });
}

window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => {
  switch (data.type) {
    case 'all':
      entries.clear();
      answers.replaceChildren();
      data.entries.forEach(show);
      stop.hidden = !data.entries.some((e) => e.state === 'running');
      break;
    case 'entry':
      show(data.entry);
      break;
    case 'append': {
      const entry = entries.get(data.id);
      if (entry) {
        entry.markdown += data.markdown;
        showSoon(data.id);
      }

      break;
    }
    case 'focus':
      question.focus();
  }
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const text = question.value.trim();
  if (text) {
    vscode.postMessage({ type: 'ask', question: text });
    question.value = '';
  }
});

question.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  } else if (event.key === 'Escape') {
    vscode.postMessage({ type: 'stop' });
  }
});

stop.addEventListener('click', () => vscode.postMessage({ type: 'stop' }));
vscode.postMessage({ type: 'ready' });
