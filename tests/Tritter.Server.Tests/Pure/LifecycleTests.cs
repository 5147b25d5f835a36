using Tritter.Server.Lsp;

namespace Tritter.Server.Tests.Pure;

/// <summary>The order of messages that LSP demands. A method with a <c>?</c> is a request.</summary>
public sealed class LifecycleTests
{
    [Theory]
    [InlineData("x?", "RefuseAsNotInitialized")]
    [InlineData("x", "Drop")]
    [InlineData("shutdown?", "RefuseAsNotInitialized")]
    [InlineData("exit", "Dispatch")]
    [InlineData("initialize?", "Dispatch")]
    [InlineData("initialize? x?", "Dispatch")]
    [InlineData("initialize? x", "Dispatch")]
    [InlineData("initialize? initialize?", "RefuseAsInvalid")]
    [InlineData("initialize? shutdown?", "Dispatch")]
    [InlineData("initialize? shutdown? x?", "RefuseAsInvalid")]
    [InlineData("initialize? shutdown? x", "Drop")]
    [InlineData("initialize? shutdown? shutdown?", "RefuseAsInvalid")]
    [InlineData("initialize? shutdown? initialize?", "RefuseAsInvalid")]
    [InlineData("initialize? shutdown? $/cancelRequest", "Dispatch")]
    [InlineData("initialize? shutdown? exit", "Dispatch")]
    public void LastMessage_Is(string messages, string admission)
    {
        (Admission last, Phase phase) = (default, Phase.Created);
        foreach (string message in messages.Split(' '))
        {
            (last, phase) = Lifecycle.Admit(phase, message.TrimEnd('?'), message.EndsWith('?'));
        }

        Assert.Equal(admission, last.ToString());
    }
}
