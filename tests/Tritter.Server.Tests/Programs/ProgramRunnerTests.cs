using System.Net;
using System.Net.Sockets;
using Tritter.Server.CommandLine;
using Tritter.Server.Evaluations.Programs;

namespace Tritter.Server.Tests.Programs;

/// <summary>Programs that do what a model's program may do, in each language; skipped where the language or the namespaces are missing.</summary>
public sealed class ProgramRunnerTests
{
    // A program that ends does so long before; only one that hangs is still there.
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("python", "x = 1\n", (int)ProgramEnd.Passed)]
    [InlineData("python", "assert 1 == 2\n", (int)ProgramEnd.Failed)]
    [InlineData("python", "print('a' * 10_000_000)\n", (int)ProgramEnd.Passed)]
    [InlineData("python", "input()\n", (int)ProgramEnd.Failed)]
    [InlineData("python", "open('own', 'w').write('a')\nassert open('own').read() == 'a'\n", (int)ProgramEnd.Passed)]
    [InlineData("rust", "fn main() {\n    assert_eq!(1, 1);\n}\n", (int)ProgramEnd.Passed)]
    [InlineData("rust", "fn main() {\n    assert_eq!(1, 2);\n}\n", (int)ProgramEnd.Failed)]
    [InlineData("rust", "fn main() {\n    let x: isize = \"\";\n}\n", (int)ProgramEnd.DoesNotCompile)]
    [InlineData("cs", "using System.Diagnostics;\nclass Problem { static void Main() { Debug.Assert(1 == 1); } }\n", (int)ProgramEnd.Passed)]
    [InlineData("cs", "using System.Diagnostics;\nclass Problem { static void Main() { Debug.Assert(1 == 2); } }\n", (int)ProgramEnd.Failed)]
    [InlineData("cs", "class Problem { static void Main() { return 1; } }\n", (int)ProgramEnd.DoesNotCompile)]
    public async Task AProgramEndsAsItsTestsSay(string language, string program, int expected) =>
        Assert.Equal((ProgramEnd)expected, await RunAsync(language, program, _limit));

    [Theory]
    [InlineData("python", "while True: pass\n")]
    [InlineData("rust", "fn main() {\n    loop {}\n}\n")]
    [InlineData("cs", "class Problem { static void Main() { while (true) { } } }\n")]
    public async Task AProgramThatLoopsIsStopped(string language, string program) =>
        Assert.Equal(ProgramEnd.TimedOut, await RunAsync(language, program, TimeSpan.FromSeconds(3)));

    [Theory]
    [InlineData("python", "x = b'a' * (3 << 30)\n")]
    [InlineData("rust", "fn main() {\n    let x = vec![1u8; 3 << 30];\n    println!(\"{}\", x[12345]);\n}\n")]
    [InlineData("cs", "using System.Collections.Generic;\nclass Problem { static void Main() { var all = new List<byte[]>(); for (int i = 0; i < 30; i++) { all.Add(new byte[100 << 20]); } } }\n")]
    public async Task AProgramThatEatsMemoryFails(string language, string program) =>
        Assert.Equal(ProgramEnd.Failed, await RunAsync(language, program, _limit));

    [Theory]
    [InlineData("python", "open('PATH', 'w')\n")]
    [InlineData("rust", "fn main() {\n    std::fs::write(\"PATH\", \"a\").unwrap();\n}\n")]
    [InlineData("cs", "class Problem { static void Main() { System.IO.File.WriteAllText(\"PATH\", \"a\"); } }\n")]
    public async Task AProgramThatWritesElsewhereFailsAndWritesNothing(string language, string program)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "written-by-a-program");

        Assert.Equal(ProgramEnd.Failed, await RunAsync(language, program.Replace("PATH", path, StringComparison.Ordinal), _limit));
        Assert.False(File.Exists(path));
    }

    [Theory]
    [InlineData("python", "import socket\nsocket.create_connection(('127.0.0.1', PORT), 5)\n")]
    [InlineData("rust", "fn main() {\n    std::net::TcpStream::connect(\"127.0.0.1:PORT\").unwrap();\n}\n")]
    [InlineData("cs", "class Problem { static void Main() { new System.Net.Sockets.TcpClient(\"127.0.0.1\", PORT).Dispose(); } }\n")]
    public async Task AProgramReachesNoNetwork(string language, string program)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;

        Assert.Equal(ProgramEnd.Failed, await RunAsync(language, program.Replace("PORT", $"{port}", StringComparison.Ordinal), _limit));
        Assert.False(listener.Pending());
    }

    // Whoever it leaves behind ends with it: nothing of it is there to write later.
    [Fact]
    public async Task WhatAProgramStartsEndsWithIt()
    {
        string program = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    os.close(1); os.close(2)\n    time.sleep(1000)\n";

        Assert.Equal(ProgramEnd.Passed, await RunAsync("python", program, _limit));
    }

    [Fact]
    public async Task AProgramHasNoRightsToUndoItsLimits()
    {
        string program = """
            import os, subprocess
            assert subprocess.run(["mount", "-o", "remount,bind,rw", "none", "/"], stderr=subprocess.DEVNULL).returncode != 0
            assert not any(p.isdigit() and int(p) > 100 for p in os.listdir("/proc"))
            assert all(line.split()[1] == "0000000000000000" for line in open("/proc/self/status") if line.startswith("Cap"))

            """;

        Assert.Equal(ProgramEnd.Passed, await RunAsync("python", program, _limit));
    }

    private static async Task<ProgramEnd> RunAsync(string language, string program, TimeSpan limit)
    {
        Toolchain toolchain = language switch { "python" => new PythonToolchain(), "rust" => new RustToolchain(), _ => new CSharpToolchain() };
        ProgramRunner? runner = null;
        try
        {
            runner = await ProgramRunner.FindAsync(toolchain, confined: true, limit, TestContext.Current.CancellationToken);
        }
        catch (CommandFailure e)
        {
            Assert.Skip(e.Message);
        }

        return await runner!.RunAsync(program, TestContext.Current.CancellationToken);
    }
}
