using Tritter.Bench;

// Speed is measured by `tritter bench`; here stands what only Tritter's own developers ask.
// Usage: dotnet run -c Release --project bench/Tritter.Bench -- layouts MODEL COUNT FILE_OR_DIR...
if (args is ["layouts", var model, var count, .. var sources] && sources.Length > 0)
{
    LayoutComparison.Run(model, int.Parse(count), sources, Console.Out);
    return 0;
}

Console.Error.WriteLine("usage: layouts MODEL COUNT FILE_OR_DIR...");
return 2;
