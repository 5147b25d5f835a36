using Tritter.Inference.Model;

namespace Tritter.Inference.Tests.Damage;

/// <summary>Checks how a file is refused: one line that names the file and what is wrong with it.</summary>
internal static class Refused
{
    /// <param name="path">File that the message must begin with.</param>
    /// <param name="expected">What the message must say, parts separated by |.</param>
    public static void Check(string path, string expected, Action load)
    {
        var error = Assert.Throws<ModelFormatException>(load);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Equal(path, error.File);
        AssertOneLine(error);
        Assert.All(expected.Split('|'), part => Assert.Contains(part, error.Message[path.Length..], StringComparison.Ordinal));
    }

    /// <summary>Runs a loader on a file that may be damaged: it loads, or is refused properly.</summary>
    /// <returns>Whether it was refused.</returns>
    public static bool OrLoaded(string what, Action load)
    {
        try
        {
            load();
            return false;
        }
        catch (ModelFormatException e)
        {
            AssertOneLine(e);
            return true;
        }
        catch (Exception e)
        {
            Assert.Fail($"{what}: {e}");
            throw;
        }
    }

    private static void AssertOneLine(ModelFormatException error)
    {
        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.InRange(error.Message.Length, 1, 1000);
    }
}
