using Tritter.Core.Chunking;
using Tritter.Core.Syntax;

namespace Tritter.Core.Tests.Chunking;

/// <summary>What files of Python, Rust, TypeScript and JavaScript define, name and import.</summary>
public sealed class TreeSymbolTests
{
    private const string Python = """
        import os, numpy as np
        from .cache import Cache as C
        from . import util
        LIMIT = os.cpu_count()
        class Box(Base):
            size: int = 0
            def add(self, item: Item, *rest, n=ONE):
                total = item.price * n
                def local(): pass
                return [x for x in rest]
        if LIMIT:
            def late(): ...
        def broken(a, b
        """;

    private const string Rust = """
        use std::{fmt, io::{self, Read as R}};
        use crate::config::Config;
        mod util;
        struct Point<T> { x: T }
        enum Kind { A, B(u8) }
        trait Draw { fn draw(&self, on: &Canvas); }
        impl<T> Draw for geo::Point<T> {
            fn draw(&self, on: &Canvas) { let p = on.pen(self.x); p.up(); }
        }
        mod inner { pub const N: usize = MAX; }
        """;

    private const string TypeScript = """
        import { a as b } from './a';
        import type X from "x";
        export * from './c';
        const fs = require('fs');
        interface Shape { area(scale: number): Size; name: string }
        class View extends Base {
          size = start();
          draw(on: Canvas) { const local = on.pen({ width: this.size }); }
        }
        export const scale = (by: number) => by * factor;
        enum Colour { Red, Green = 2 }
        """;

    [Theory]
    [InlineData("a.py", Python, "LIMIT@3 Member, Box@4 Type, Box.size@5 Member, Box.add@6 Member, late@11 Function")]
    [InlineData("a.rs", Rust, "Point@3 Type, Point::x@3 Member, Kind@4 Type, Kind::A@4 Member, Kind::B@4 Member, Draw@5 Type, Draw::draw@5 Member, Point::draw@7 Member, inner::N@9 Member")]
    [InlineData("a.ts", TypeScript, "fs@3 Member, Shape@4 Type, Shape.area@4 Member, Shape.name@4 Member, View@5 Type, View.size@6 Member, View.draw@7 Member, scale@9 Function, Colour@10 Type, Colour.Red@10 Member, Colour.Green@10 Member")]
    public void Definitions_have_qualified_names_lines_and_kinds(string path, string text, string expected)
    {
        Assert.Equal(expected, string.Join(", ", Scan(path, text).Definitions.Select(d => $"{d.QualifiedName}@{d.Line} {d.Kind}")));
    }

    [Theory]
    [InlineData("a.py", Python, "os@3 cpu_count@3 Base@4 int@5 Item@6 ONE@6 item@7 price@7 n@7 x@9 rest@9 LIMIT@10")]
    [InlineData("a.rs", Rust, "T@3 Canvas@5 Draw@6 geo@6 Point@6 T@6 Canvas@7 on@7 pen@7 x@7 p@7 up@7 MAX@9")]
    [InlineData("a.ts", TypeScript, "require@3 Size@4 Base@5 start@6 Canvas@7 on@7 pen@7 size@7 by@9 factor@9")]
    public void References_are_names_where_they_are_used(string path, string text, string expected)
    {
        Assert.Equal(expected, string.Join(' ', Scan(path, text).References.Where(r => r.Line <= 10).Select(r => $"{r.Name}@{r.Line}")));
    }

    [Theory]
    [InlineData("a.py", Python, "os numpy .cache .util")]
    [InlineData("a.rs", Rust, "std::fmt std::io std::io::Read crate::config::Config self::util")]
    [InlineData("a.ts", TypeScript, "./a x ./c fs")]
    public void Imports_are_modules_as_written(string path, string text, string expected) => Assert.Equal(expected, string.Join(' ', Scan(path, text).Imports));

    [Fact]
    public void A_definition_spans_its_decorators_and_body_and_is_signed()
    {
        const string Text = "\n@cached\ndef load(path: str,\n         n=1) -> Config:\n    return 1\n";

        SymbolDefinition load = Assert.Single(Scan("a.py", Text).Definitions);

        Assert.Equal(Text.Trim(), Text.Substring(load.Start, load.Length));
        Assert.Equal("def load(path: str, n=1) -> Config", load.Signature);
    }

    private static FileSymbols Scan(string path, string text)
    {
        Assert.SkipWhen(TreeSitter.Missing is not null, TreeSitter.Missing ?? "");
        return SymbolScan.Of(path, text, TestContext.Current.CancellationToken);
    }
}
