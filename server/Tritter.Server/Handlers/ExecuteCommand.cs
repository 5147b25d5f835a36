using System.Text.Json;
using Tritter.Server.Completions;
using Tritter.Server.Lsp;

namespace Tritter.Server.Handlers;

/// <summary><c>workspace/executeCommand</c>: the client ran the command of an item, which means that the user accepted it.</summary>
internal static class ExecuteCommand
{
    /// <exception cref="JsonException">There is no such command, or its argument is no id.</exception>
    public static object? Handle(OfferedSuggestions offered, ExecuteCommandParams parameters)
    {
        if (parameters.Command != Command.Accepted)
        {
            throw new JsonException($"there is no command {parameters.Command}");
        }

        if (parameters.Arguments is not [{ ValueKind: JsonValueKind.String } id])
        {
            throw new JsonException($"{Command.Accepted} takes one argument, the item's id");
        }

        offered.Accepted(id.GetString()!);
        return null;
    }
}
