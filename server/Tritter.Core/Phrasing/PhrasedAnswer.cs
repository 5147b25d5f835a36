using System.Text;
using Tritter.Core.Answers;

namespace Tritter.Core.Phrasing;

/// <summary>
/// What was found, and below it a model's words about it. Without the model's words the answer is complete: whatever goes wrong with them is said in a
/// line of the answer.
/// </summary>
public static class PhrasedAnswer
{
    /// <param name="found">The answer that needs no model; its text is shown already.</param>
    /// <param name="material">What the model is given.</param>
    /// <param name="onText">Told of each piece of text that is added.</param>
    /// <exception cref="OperationCanceledException"/>
    public static async Task<Answer> AddAsync(IPhraser phraser, Answer found, PhrasingMaterial material, Action<string>? onText, CancellationToken cancellationToken)
    {
        if (material.Citations.Count == 0)
        {
            // Nothing was found that a model could speak of.
            return found;
        }

        var added = new StringBuilder();
        Add(phraser.Host is { } host
            ? $"\n**In other words**, by {phraser.Model} at `{host}`, to which your question, the findings above and {Count(material.Excerpts)} of code are sent:\n\n"
            : $"\n**In other words**, by {phraser.Model} on this machine:\n\n");
        var checks = new CheckedSentences(material, Add);
        bool wasSent = phraser.Host is not null;
        try
        {
            await phraser.WriteAsync(PhrasingMaterial.Instructions, material.Text, checks.Append, cancellationToken);
            checks.Finish();
        }
        catch (PhrasingFailure e)
        {
            checks.Finish();
            wasSent &= e.WasSent;
            Add($"{(checks.HasText ? "\n\nIt broke off" : "No words came")}: {e.Message}. {(phraser.Host is not null && !wasSent ? "Nothing was sent. " : "")}What stands above does not depend on it.");
        }

        if (checks.LeftOut > 0)
        {
            Add($"\n\n{(checks.LeftOut == 1 ? "One sentence is" : $"{checks.LeftOut} sentences are")} left out: what they name is not in the code that was found.");
        }
        else if (added[^1] == '\n' && !checks.HasText)
        {
            Add("It had nothing to say.");
        }

        Add("\n");
        return found with
        {
            Markdown = found.Markdown + added,
            Model = checks.HasText ? phraser.Model : null,
            Remote = wasSent ? phraser.Host : null,
        };

        void Add(string piece)
        {
            added.Append(piece);
            onText?.Invoke(piece);
        }
    }

    private static string Count(int excerpts) => excerpts == 1 ? "1 excerpt" : $"{excerpts} excerpts";
}
