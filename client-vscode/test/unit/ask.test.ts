import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askPage } from '../../src/ask/askPage';
import { render } from '../../src/ask/page/markdown';
import { note, Transcript } from '../../src/ask/transcript';
import { CitationStream } from '../../src/chat/citations';

const answer = { markdown: '', kind: 'ask', exact: true, citations: [] };

test('a citation becomes a link that the page can follow', () => {
  assert.match(render('It is here [[3]](citation:3).'), /<a href="#" class="citation" data-citation="3">\[3\]<\/a>/);
});

test('half a citation, while the answer streams, is text', () => assert.doesNotMatch(render('It is here [[3]](cita'), /<a/));
test('markup in an answer is shown, not run', () => assert.match(render('<img src=x onerror=alert(1)>'), /&lt;img/));
for (const url of ['javascript:alert(1)', 'command:workbench.action.quit', 'file:///etc/passwd', 'vscode://x', 'citation:3x']) {
  test(`an answer cannot link to ${url}`, () => assert.doesNotMatch(render(`[x](${url})`), /href/));
}

test('an answer loads no images', () => assert.doesNotMatch(render('![x](https://example.org/x.png)'), /<img/));
test('code is highlighted by its language', () => assert.match(render('```csharp\nreturn "a";\n```'), /<span class="hljs-keyword">return<\/span>/));
test('code of an unknown language is escaped', () => assert.match(render('```nope\n<b>\n```'), /&lt;b&gt;/));

test('the page lets in its own script and style only', () => {
  const page = askPage({ script: 'https://host/ask.js', style: 'https://host/ask.css', cspSource: 'https://host', nonce: 'n0' });
  assert.match(page, /content="default-src 'none'; style-src https:\/\/host; script-src 'nonce-n0';"/);
  assert.equal(page.match(/<script/g)?.length, 1);
  assert.doesNotMatch(page, /unsafe|onclick|style="/);
});

test('an answer says how it came about', () => {
  assert.equal(note({ ...answer, searched: { files: 3, chunks: 1, words: [] } }), 'searched 1 chunk in 3 files; every sentence is taken from the code');
  assert.equal(note({ ...answer, searched: { files: 1, chunks: 0, words: [] } }), 'searched 1 file; every sentence is taken from the code');
  assert.equal(note({ ...answer, exact: false, model: 'tritter-100m' }), 'other words written by tritter-100m on this machine');
  assert.equal(note({ ...answer, model: 'big', remote: 'team:8000' }), 'what is found is taken from the code; other words written by big; code was sent to team:8000');
  assert.equal(note({ ...answer, exact: false, remote: 'team:8000' }), 'code was sent to team:8000');
});

test('a citation is found in its own answer only', () => {
  const transcript = new Transcript();
  const [first, second] = [transcript.begin('a'), transcript.begin('b')];
  first.citations = [{ id: 1, uri: 'file:///a', path: 'a', range: { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } }, stale: false }];
  assert.equal(transcript.citation(first.id, 1)?.path, 'a');
  assert.equal(transcript.citation(second.id, 1), undefined);
});

for (const size of [1, 2, 3, 5, 100]) {
  test(`citations in the chat become numbers, in pieces of ${size} characters`, () => {
    const source = 'Here [[1]](citation:1) and [[12]](citation:12), not a[0] or [x](y) or [';
    let written = '';
    const stream = new CitationStream((text) => (written += text));
    for (let at = 0; at < source.length; at += size) {
      stream.append(source.slice(at, at + size));
    }

    stream.end();
    assert.equal(written, 'Here \\[1\\] and \\[12\\], not a[0] or [x](y) or [');
  });
}
