using Tritter.Server.CommandLine;
using Tritter.Server.Evaluations;
using Tritter.Server.Tests.CommandLine;

namespace Tritter.Server.Tests.Programs;

/// <summary>Problems as the benchmarks' authors publish them, one of each file cut short.</summary>
public sealed class ProgramProblemTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void HumanEvalIsAPromptAndAFunctionThatChecksIt()
    {
        string file = Write("""
            {"task_id": "HumanEval/53", "prompt": "def add(x: int, y: int):\n", "entry_point": "add", "canonical_solution": "    return x + y\n", "test": "def check(candidate):\n    assert candidate(0, 1) == 1\n"}
            """);

        ProgramProblem problem = Assert.Single(ProgramProblem.HumanEval(file));

        Assert.Equal("HumanEval/53", problem.Id);
        Assert.Contains("\ndef", problem.Stops);
        Assert.Equal("def add(x: int, y: int):\n    return x + y\ndef check(candidate):\n    assert candidate(0, 1) == 1\n\ncheck(add)\n", problem.Program("    return x + y"));
    }

    [Fact]
    public void MbppIsADocStringOfTheTaskAndItsTestsAndOnlyTheTasksToTestWithCount()
    {
        string file = Write("""
            {"text": "Write a function to double.", "code": "x", "task_id": 10, "test_setup_code": "", "test_list": ["assert double(1) == 2"], "challenge_test_list": []}
            {"text": "Write a function to double.", "code": "x", "task_id": 11, "test_setup_code": "one = 1", "test_list": ["assert double(one) == 2", "assert double(0) == 0"], "challenge_test_list": ["assert double(2) == 4"]}
            {"text": "Write a function to double.", "code": "x", "task_id": 511, "test_setup_code": "", "test_list": ["assert double(1) == 2"], "challenge_test_list": []}
            """);

        ProgramProblem problem = Assert.Single(ProgramProblem.Mbpp(file));

        Assert.Equal("\"\"\"\nWrite a function to double.\nassert double(one) == 2\nassert double(0) == 0\n\"\"\"\n", problem.Prompt);
        Assert.Equal(problem.Prompt + "def double(x):\n    return 2 * x\none = 1\nassert double(one) == 2\nassert double(0) == 0\n", problem.Program("def double(x):\n    return 2 * x"));
    }

    [Fact]
    public void TheCleanedMbppIsOneArrayWithImports()
    {
        string file = Write("""
            [
              {"source_file": "a.ipynb", "task_id": 20, "prompt": "Write a function to take a root.", "code": "x", "test_imports": ["import math"], "test_list": ["assert math.isclose(root(4), 2)"]}
            ]
            """);

        ProgramProblem problem = Assert.Single(ProgramProblem.Mbpp(file));

        Assert.EndsWith("import math\n\nassert math.isclose(root(4), 2)\n", problem.Program("root = lambda x: x ** 0.5"));
    }

    [Fact]
    public void MultiPlENamesItsOwnStopsAndItsTestsCloseTheFunction()
    {
        string file = Write("""
            {"name": "HumanEval_53_add", "language": "rs", "prompt": "/// Add.\nfn add(x: isize, y: isize) -> isize {\n", "doctests": "transform", "tests": "}\n\nfn main() {\n    assert_eq!(add(0, 1), 1);\n}\n", "stop_tokens": ["\n}"]}
            """);

        ProgramProblem problem = Assert.Single(ProgramProblem.MultiPlE(file, "rs"));

        Assert.Equal(["\n}"], problem.Stops);
        Assert.Equal("/// Add.\nfn add(x: isize, y: isize) -> isize {\n    x + y\n}\n\nfn main() {\n    assert_eq!(add(0, 1), 1);\n}\n", problem.Program("    x + y"));
        Assert.Contains("expected an object with name, prompt, tests, stop_tokens and language \"cs\"", Assert.Throws<CommandFailure>(() => ProgramProblem.MultiPlE(file, "cs")).Message);
    }

    [Theory]
    [InlineData("", "holds no problems")]
    [InlineData("[]", "holds no problems")]
    [InlineData("[{]", "is no JSON")]
    [InlineData("{\"task_id\": 1}", ":1 is no problem: expected an object with task_id, prompt, entry_point and test")]
    [InlineData("\n12", ":2 is no problem")]
    public void WhatIsNoSuchFileIsRefused(string text, string message) =>
        Assert.Contains(message, Assert.Throws<CommandFailure>(() => ProgramProblem.HumanEval(Write(text))).Message);

    private string Write(string text)
    {
        _folder.Write("problems.jsonl", text);
        return Path.Combine(_folder.Path, "problems.jsonl");
    }
}
