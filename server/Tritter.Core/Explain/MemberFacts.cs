using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Tritter.Core.CSharp;

namespace Tritter.Core.Explain;

/// <summary>A place in source code.</summary>
public readonly record struct Place(SyntaxTree Tree, TextSpan Span);

/// <summary>What a body calls, or which data it touches, with the places where it does.</summary>
public sealed record Touched(ISymbol Symbol, IReadOnlyList<Place> Places);

/// <summary>A member that uses the one that is explained, with the places where it does.</summary>
public sealed record User(ISymbol Member, IReadOnlyList<SymbolUse> Uses);

/// <summary>An exception that a body throws.</summary>
/// <param name="Exception">Its type's name; null for <c>throw;</c>.</param>
/// <param name="When">The condition as written, with the word before it; null when it is thrown always.</param>
public sealed record Thrown(string? Exception, string? When, Place Place);

/// <summary>What a body does with one of its parameters.</summary>
/// <param name="Use">Such as "passed to `Find`", a sentence's part.</param>
public sealed record ParameterUse(IParameterSymbol Parameter, IReadOnlyList<(string Use, Place Place)> Uses);

/// <summary>How a body waits, and what it does with the cancellation that its caller gives it.</summary>
/// <param name="Blocking">Calls that wait without <c>await</c>.</param>
/// <param name="Cancellation">Its cancellation token's parameter; null when it has none.</param>
/// <param name="PassedOn">Where the token is passed on.</param>
public sealed record AsyncFacts(bool IsAsync, bool ReturnsTask, IReadOnlyList<Place> Awaits, IReadOnlyList<Place> Blocking, IParameterSymbol? Cancellation, IReadOnlyList<Place> PassedOn);

/// <summary>What a body makes that has to be disposed of.</summary>
/// <param name="Disposed">By <c>using</c>, type and place.</param>
/// <param name="Kept">Created without <c>using</c>, type and place.</param>
/// <param name="Returned">The disposable type that is returned; null when it is none.</param>
public sealed record DisposalFacts(IReadOnlyList<(string Type, Place Place)> Disposed, IReadOnlyList<(string Type, Place Place)> Kept, string? Returned);

/// <summary>Ways through a body: 1 and one more for each branch, of which <see cref="Branches"/> says what they are.</summary>
public sealed record Complexity(int Value, IReadOnlyDictionary<string, int> Branches);

/// <summary>All that the compiler knows about a method, property, field or event.</summary>
/// <param name="Declarations">Those that somebody wrote; empty for what is in an assembly.</param>
/// <param name="Users">Who calls, reads or writes it, most uses first.</param>
/// <param name="ThroughBase">Who uses a member that this one overrides or implements.</param>
/// <param name="Calls">In the order of the text, what it calls.</param>
/// <param name="Bases">What it overrides or implements.</param>
/// <param name="Derived">What overrides or implements it.</param>
/// <param name="Tests">Test methods that use it, directly or through one method of a test class.</param>
public sealed record MemberFacts(
    ISymbol Symbol,
    IReadOnlyList<SyntaxNode> Declarations,
    DocComment? Doc,
    IReadOnlyList<User> Users,
    IReadOnlyList<User> ThroughBase,
    IReadOnlyList<Touched> Calls,
    IReadOnlyList<Touched> Reads,
    IReadOnlyList<Touched> Writes,
    IReadOnlyList<ParameterUse> Parameters,
    IReadOnlyList<Thrown> Throws,
    AsyncFacts Async,
    DisposalFacts Disposal,
    Complexity Complexity,
    IReadOnlyList<ISymbol> Bases,
    IReadOnlyList<ISymbol> Derived,
    IReadOnlyList<TestUse> Tests);

/// <summary>A test that reaches what is explained.</summary>
/// <param name="Through">The method of the tests through which it does; null when directly.</param>
public sealed record TestUse(ISymbol Test, ISymbol? Through, SymbolUse Use);
