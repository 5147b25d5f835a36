namespace Tritter.Repository.Index;

/// <summary>The tables of an index.</summary>
internal static class IndexSchema
{
    /// <summary>Raised whenever the tables, or what is put into them, change: an index of another version is built anew.</summary>
    public const int Version = 2;

    /// <summary>
    /// Words stand in a table without content: the text is on disk, and only what it takes to find a chunk is kept. They are split before they
    /// come here and have neither capitals nor signs, so the plainest tokenizer is the right one.
    /// </summary>
    public const string Create = """
        CREATE TABLE files(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, hash BLOB NOT NULL, size INTEGER NOT NULL, language TEXT NOT NULL, chunks INTEGER NOT NULL);
        CREATE TABLE chunks(id INTEGER PRIMARY KEY, file INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL,
            first_line INTEGER NOT NULL, last_line INTEGER NOT NULL, kind INTEGER NOT NULL, symbol TEXT, signature TEXT);
        CREATE INDEX chunks_file ON chunks(file);
        CREATE VIRTUAL TABLE words USING fts5(path, symbol, body, content='', contentless_delete=1, tokenize='ascii');
        CREATE TABLE symbols(file INTEGER NOT NULL, name TEXT NOT NULL, qualified TEXT NOT NULL, kind INTEGER NOT NULL,
            start INTEGER NOT NULL, length INTEGER NOT NULL, line INTEGER NOT NULL, signature TEXT NOT NULL);
        CREATE INDEX symbols_name ON symbols(name COLLATE NOCASE);
        CREATE INDEX symbols_file ON symbols(file);
        CREATE TABLE names(file INTEGER PRIMARY KEY, lines BLOB NOT NULL);
        CREATE TABLE imports(file INTEGER NOT NULL, name TEXT NOT NULL);
        CREATE INDEX imports_file ON imports(file);
        CREATE TABLE redactions(file INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL, kind TEXT NOT NULL);
        CREATE INDEX redactions_file ON redactions(file);
        CREATE TABLE state(name TEXT PRIMARY KEY, value TEXT NOT NULL);
        """;
}
