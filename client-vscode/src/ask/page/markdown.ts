// An answer's Markdown as HTML. Nothing that the text says can become markup or script.

import MarkdownIt from 'markdown-it';
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import cpp from 'highlight.js/lib/languages/cpp';
import csharp from 'highlight.js/lib/languages/csharp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import go from 'highlight.js/lib/languages/go';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import python from 'highlight.js/lib/languages/python';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

for (const [name, language] of Object.entries({ bash, cpp, csharp, css, diff, go, java, javascript, json, python, rust, sql, typescript, xml, yaml })) {
  hljs.registerLanguage(name, language);
}

const citationLink = /^citation:(\d+)$/;

/** Only places in the repository and pages of the web can be linked. */
function isAllowed(url: string): boolean {
  return citationLink.test(url) || /^https?:/i.test(url);
}

const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });
// markdown-it takes its own options back when they name functions of it, so the highlighter is set afterwards.
markdown.options.highlight = (code, language) => (hljs.getLanguage(language) ? hljs.highlight(code, { language, ignoreIllegals: true }).value : '');
markdown.validateLink = isAllowed;
markdown.disable('image');

markdown.renderer.rules['link_open'] = (tokens, index, options, _environment, renderer) => {
  const token = tokens[index]!;
  const number = citationLink.exec(String(token.attrGet('href') ?? ''))?.[1];
  if (number) {
    token.attrSet('href', '#');
    token.attrSet('class', 'citation');
    token.attrSet('data-citation', number);
  }

  return renderer.renderToken(tokens, index, options);
};

export function render(text: string): string {
  return markdown.render(text);
}
