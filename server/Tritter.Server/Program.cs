using Tritter.Server;

string model = args.SkipWhile(a => a != "--model").Skip(1).FirstOrDefault() ?? "models/tritter-100m";
return await LspServer.RunAsync(Console.OpenStandardInput(), Console.OpenStandardOutput(), new LspServerOptions(model, 0, Console.Error));
