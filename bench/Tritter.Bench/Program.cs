using Tritter.Bench;

// Speed is measured by `tritter bench`; here stands what only Tritter's own developers ask.
// Usage: dotnet run -c Release --project bench/Tritter.Bench -- layouts MODEL COUNT FILE_OR_DIR...
//                                                               speculation MODEL COUNT FILE_OR_DIR...
//                                                               first-token THREADS ROUNDS     (bench/first-token.mjs asks for it)
if (args is ["layouts", var model, var count, .. var sources] && sources.Length > 0)
{
    LayoutComparison.Run(model, int.Parse(count), sources, Console.Out);
    return 0;
}

if (args is ["speculation", var with, var prompts, .. var code] && code.Length > 0)
{
    Speculation.Run(with, int.Parse(prompts), code, Console.Out);
    return 0;
}

if (args is ["first-token", var threads, var rounds])
{
    FirstToken.Run(int.Parse(threads), int.Parse(rounds), Console.Out);
    return 0;
}

Console.Error.WriteLine("usage: layouts MODEL COUNT FILE_OR_DIR..., speculation MODEL COUNT FILE_OR_DIR..., or first-token THREADS ROUNDS");
return 2;
