using Tritter.Core.Chunking;
using Tritter.Core.Syntax;

namespace Tritter.Core.Tests.Chunking;

/// <summary>Where files of Python, Rust, TypeScript and JavaScript are cut, and what their chunks are called.</summary>
public sealed class TreeChunkTests
{
    // "¦" stands where one chunk ends and the next begins; nothing is merged, and what is longer than 40 tokens is split.
    private static readonly ChunkBudget _apart = new(40, 0);

    public static TheoryData<string, string, string[]> Files => new()
    {
        {
            "a.py",
            """
            # Copyright
            import os
            from .cache import (
                Cache,
            )
            ¦
            LIMIT = 10
            ¦
            @dataclass
            class Box(Base):
                '''Holds things.

                More of it.
                '''
            ¦    size: int = 0
            ¦
                # Adds one.
                @property
                def count(self) -> int:
                    if self.size:  # not empty
                        return 1
            ¦        return 0
            ¦
                class Inner:
                    pass
            ¦

            # Opens it.
            async def open_box(path: str,
                               *, mode="r") -> Box:
                '''Opens.'''
            ¦    return Box(path)
            ¦
            if __name__ == "__main__":
                open_box("a")

            """,
            [
                "Imports",
                "Lines",
                "TypeHeader Box: class Box(Base) { size: int; def count(self) -> int; class Inner } // Holds things./More of it.",
                "Member Box.size: size: int",
                "Member Box.count: def count(self) -> int",
                "Member Box.count: def count(self) -> int",
                "Type Box.Inner: class Inner",
                "Function open_box: async def open_box(path: str, *, mode=\"r\") -> Box // Opens.",
                "Function open_box: async def open_box(path: str, *, mode=\"r\") -> Box // Opens.",
                "Lines",
            ]
        },
        {
            "a.rs",
            """
            //! A crate.
            use std::fmt;
            use crate::a::{B, C};
            ¦
            /// A point.
            #[derive(Debug)]
            pub struct Point<T> {
                pub x: T,
            }
            ¦
            impl<T: Copy> fmt::Display for Point<T>
            where
                T: Debug,
            {
            ¦    // Shows it.
                fn fmt(&self, f: &mut Formatter) -> fmt::Result {
                    write!(f, "{}", self.x)
                }
            ¦    #[inline]
                fn get(&self) -> T { self.x }
            }
            ¦
            pub trait Draw { fn draw(&self); }
            ¦
            #[cfg(test)]
            mod tests {
                #[test]
                fn works() { assert!(true); }
            ¦
                const N: usize = 3;
            }
            ¦
            macro_rules! m {
                () => {};
            }
            """,
            [
                "Imports",
                "Type Point: pub struct Point<T> { pub x: T } // A point.",
                "TypeHeader Point: impl<T: Copy> fmt::Display for Point<T> where T: Debug { fn fmt(&self, f: &mut Formatter) -> fmt::Result; fn get(&self) -> T }",
                "Member Point::fmt: fn fmt(&self, f: &mut Formatter) -> fmt::Result",
                "Member Point::get: fn get(&self) -> T",
                "Type Draw: pub trait Draw { fn draw(&self) }",
                "Function tests::works: fn works()",
                "Member tests::N: const N: usize",
                "Function m: macro_rules! m",
            ]
        },
        {
            "a.ts",
            """
            import { a } from './a';
            export * from "./b";
            ¦
            /** A shape. */
            export interface Shape<T> extends Base {
              area(scale: number): number;
              readonly name?: string;
            }
            ¦
            @Component({ selector: 'x' })
            export default class View extends Base implements Shape<number> {
            ¦  private size = 1;
            ¦
              /** Draws. */
              @Input()
              draw(on: Canvas): void {
                on.line(1);
              }
            ¦  handler = (e: Event) => { this.draw(e); };
            }
            ¦
            export const scale = async (by: number): Promise<number> => {
              return by * 2;
            };
            ¦
            namespace Inner {
              export function one(): number { return 1; }
            ¦  enum Colour { Red, Green = 2 }
            }
            ¦
            export type Id = string | number;
            """,
            [
                "Imports",
                "Type Shape: export interface Shape<T> extends Base { area(scale: number): number; readonly name?: string } // A shape.",
                "TypeHeader View: export default class View extends Base implements Shape<number> { private size; draw(on: Canvas): void; handler = (e: Event) => }",
                "Member View.size: private size",
                "Member View.draw: draw(on: Canvas): void // Draws.",
                "Member View.handler: handler = (e: Event) =>",
                "Function scale: export const scale = async (by: number): Promise<number> =>",
                "Function Inner.one: export function one(): number",
                "Type Inner.Colour: enum Colour { Red; Green }",
                "Type Id: export type Id = string | number",
            ]
        },
        {
            "a.tsx",
            """
            export function App({ name }: Props) {
              return <b title="x">{name}</b>;
            }
            """,
            ["Function App: export function App({ name }: Props)"]
        },
        {
            "a.js",
            """
            'use strict';
            ¦const fs = require('fs');
            ¦
            function* walk(dir) {
              yield dir;
            }
            ¦
            class A {
              #n = 1;
              static of() { return new A(); }
            }
            ¦
            module.exports = { walk };
            """,
            ["Lines", "Member fs: const fs", "Function walk: function* walk(dir)", "Type A: class A { #n; static of() }", "Lines"]
        },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_declaration_keeps_its_comments_and_decorators(string path, string marked, string[] described)
    {
        Assert.SkipWhen(TreeSitter.Missing is not null, TreeSitter.Missing ?? "");
        string text = marked.Replace("¦", "", StringComparison.Ordinal);

        IReadOnlyList<Chunk> chunks = Cut(path, text, _apart);

        Assert.Equal(marked, string.Join('¦', chunks.Select(c => c.In(text).ToString())));
        Assert.Equal(described, chunks.Select(Describe));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Windows_line_endings_and_a_byte_order_mark_change_no_cut(string path, string marked, string[] described)
    {
        Assert.SkipWhen(TreeSitter.Missing is not null, TreeSitter.Missing ?? "");
        string text = "\uFEFF" + marked.ReplaceLineEndings("\r\n").Replace("¦", "", StringComparison.Ordinal);

        // A carriage return in every line makes some pieces larger than the budget.
        IReadOnlyList<Chunk> chunks = Cut(path, text, new ChunkBudget(48, 0));

        Assert.Equal(text, string.Concat(chunks.Select(c => c.In(text).ToString())));
        Assert.Equal(described.Distinct(), chunks.Select(Describe).Distinct());
    }

    [Theory]
    [InlineData("a.py", "def whole(a):\n    return a\n\n\nclass Torn(:\n    def inner(self):\n        return )\n\n\ndef after():\n    pass\n", "whole after")]
    [InlineData("a.rs", "fn whole() {}\n\nfn torn( { let x = ;\n\nstruct After { a: u8 }\n", "whole After")]
    [InlineData("a.ts", "function whole() {}\n\nconst torn = ; @@\n\nclass After { m() {} }\n", "whole After")]
    public void What_is_whole_in_a_broken_file_is_still_named(string path, string text, string names)
    {
        Assert.SkipWhen(TreeSitter.Missing is not null, TreeSitter.Missing ?? "");

        Assert.Subset(Cut(path, text, new ChunkBudget(12, 0)).Select(c => c.Symbol ?? "").ToHashSet(), names.Split(' ').ToHashSet());
    }

    [Theory]
    [InlineData("a.py", "(")]
    [InlineData("a.py", "[(")]
    [InlineData("a.rs", "{")]
    [InlineData("a.rs", "mod a { ")]
    [InlineData("a.ts", "({[")]
    [InlineData("a.ts", "namespace A { ")]
    [InlineData("a.js", "class A { static { ")]
    [InlineData("a.tsx", "<a>{")]
    [InlineData("a.py", "class A:\n")]
    public void A_hundred_thousand_open_brackets_are_only_text(string path, string opening)
    {
        Assert.SkipWhen(TreeSitter.Missing is not null, TreeSitter.Missing ?? "");
        string text = string.Concat(Enumerable.Repeat(opening, 100_000 / opening.Length));

        Assert.Equal(text, string.Concat(Cut(path, text, ChunkBudget.Default).Select(c => c.In(text).ToString())));
        SymbolScan.Of(path, text, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_file_of_megabytes_is_cut()
    {
        Assert.SkipWhen(TreeSitter.Missing is not null, TreeSitter.Missing ?? "");
        string text = string.Concat(Enumerable.Range(0, 40_000).Select(i => $"def f{i}(a, b):\n    return a + {i} * b\n\n"));

        IReadOnlyList<Chunk> chunks = Cut("a.py", text, ChunkBudget.Default);

        Assert.Equal(text.Length, chunks.Sum(c => c.Length));
        Assert.Equal("f0", chunks[0].Symbol);
    }

    [Fact]
    public void A_cancelled_parse_ends()
    {
        Assert.SkipWhen(TreeSitter.Missing is not null, TreeSitter.Missing ?? "");

        Assert.Throws<OperationCanceledException>(() => Chunker.Cut("a.py", "x = 1", ChunkBudget.Default, new CancellationToken(canceled: true)));
    }

    private static string Describe(Chunk c) =>
        $"{c.Kind}{(c.Symbol is null ? "" : $" {c.Symbol}: {c.Signature}")}{(c.Doc is null ? "" : " // " + c.Doc.ReplaceLineEndings("/"))}";

    private static IReadOnlyList<Chunk> Cut(string path, string text, ChunkBudget budget) => Chunker.Cut(path, text, budget, TestContext.Current.CancellationToken);
}
