namespace Tritter.Repository.Projects;

/// <summary>The namespaces that each SDK imports everywhere when a project says <c>ImplicitUsings</c> (as the .NET SDK documents them).</summary>
internal static class ImplicitUsings
{
    private static readonly string[] _base =
        ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks"];

    private static readonly string[] _web =
    [
        "System.Net.Http.Json", "Microsoft.AspNetCore.Builder", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Http", "Microsoft.AspNetCore.Routing",
        "Microsoft.Extensions.Configuration", "Microsoft.Extensions.DependencyInjection", "Microsoft.Extensions.Hosting", "Microsoft.Extensions.Logging",
    ];

    private static readonly string[] _worker =
        ["Microsoft.Extensions.Configuration", "Microsoft.Extensions.DependencyInjection", "Microsoft.Extensions.Hosting", "Microsoft.Extensions.Logging"];

    public static IEnumerable<string> Of(string sdk) => (sdk switch
    {
        "Microsoft.NET.Sdk.Web" => _base.Concat(_web),
        "Microsoft.NET.Sdk.Worker" => _base.Concat(_worker),
        _ => _base,
    }).Select(name => $"global::{name}");
}
