using Microsoft.CodeAnalysis;
using Tritter.Core.CSharp;
using Tritter.Repository.Projects;

namespace Tritter.Repository.Tests.Projects;

public sealed class ProjectLoaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tritter-projects").FullName;

    [Fact]
    public void A_small_project_has_its_framework_and_global_usings()
    {
        Write("A.csproj", Sdk("<TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable>"));
        Write("A.cs", "public class A { public List<string> Names() => File.ReadLines(\"a\").Select(l => l.Trim()).ToList(); }");
        Write("obj/Left.cs", "this is no code");

        Assert.Empty(Errors("A.csproj"));
    }

    [Fact]
    public void Without_implicit_usings_there_are_none()
    {
        Write("A.csproj", Sdk("<TargetFramework>net10.0</TargetFramework>"));
        Write("A.cs", "public class A { public List<string> Names; }");

        Assert.Equal(["CS0246"], Errors("A.csproj"));
    }

    [Fact]
    public void Properties_of_files_above_count_and_the_project_overrides_them()
    {
        Write("Directory.Build.props", "<Project><PropertyGroup><TargetFramework>net10.0</TargetFramework><DefineConstants>$(DefineConstants);ABOVE</DefineConstants><ImplicitUsings>enable</ImplicitUsings></PropertyGroup></Project>");
        Write("src/A.csproj", Sdk("<DefineConstants>$(DefineConstants);OWN</DefineConstants><ImplicitUsings>disable</ImplicitUsings>"));
        Write("src/A.cs", "#if ABOVE && OWN && NET10_0_OR_GREATER\npublic class A { public String S; }\n#endif");

        Assert.Equal(["CS0246"], Errors("src/A.csproj"));
    }

    [Fact]
    public void Files_can_be_left_out_and_taken_from_elsewhere()
    {
        Write("src/A.csproj", Sdk("<TargetFramework>net10.0</TargetFramework>", "<Compile Remove=\"old/**\" /><Compile Include=\"../shared/Shared.cs\" />"));
        Write("src/A.cs", "public class A : Shared;");
        Write("src/old/Broken.cs", "public class A;");
        Write("shared/Shared.cs", "public class Shared;");
        Write("shared/Other.cs", "public class Shared;");

        Assert.Empty(Errors("src/A.csproj"));
    }

    [Fact]
    public void Referenced_projects_show_what_is_public_and_internals_to_whom_they_name()
    {
        Write("B/B.csproj", Sdk("<TargetFramework>net10.0</TargetFramework>", "<InternalsVisibleTo Include=\"A\" />"));
        Write("B/B.cs", "public class B { internal int Inner; private int _own; }");
        Write("A/A.csproj", Sdk("<TargetFramework>net10.0</TargetFramework>", "<ProjectReference Include=\"..\\B\\B.csproj\" />"));
        Write("A/A.cs", "public class A { public int Of(B b) => b.Inner; public int Wrong(B b) => b._own; }");
        Write("C/C.csproj", Sdk("<TargetFramework>net10.0</TargetFramework>", "<ProjectReference Include=\"..\\A\\A.csproj\" />"));
        Write("C/C.cs", "public class C { public int Of(B b) => b.Inner; }");

        Assert.Equal(["CS0122"], Errors("A/A.csproj"));
        Assert.Equal(["CS0122"], Errors("C/C.csproj"));
    }

    [Theory]
    [InlineData("<SignAssembly>true</SignAssembly><AssemblyOriginatorKeyFile>../own.snk</AssemblyOriginatorKeyFile>", "")]
    [InlineData("<SignAssembly>true</SignAssembly><AssemblyOriginatorKeyFile>../public.snk</AssemblyOriginatorKeyFile>", "")]
    [InlineData("", "CS0281")]
    public void Internals_are_shown_to_who_has_the_key_that_they_name(string signing, string error)
    {
        // Made here with a random key: what a strong name's files hold is in ECMA-335, II.6.2.1.3.
        using var rsa = new System.Security.Cryptography.RSACryptoServiceProvider(1024);
        File.WriteAllBytes(Path.Combine(_folder, "own.snk"), rsa.ExportCspBlob(includePrivateParameters: true));
        byte[] key = [0x00, 0x24, 0, 0, 0x04, 0x80, 0, 0, 0x94, 0, 0, 0, .. rsa.ExportCspBlob(includePrivateParameters: false)];
        File.WriteAllBytes(Path.Combine(_folder, "public.snk"), key);
        Write("B/B.csproj", Sdk("<TargetFramework>net10.0</TargetFramework>", $"<InternalsVisibleTo Include=\"A\" Key=\"{Convert.ToHexStringLower(key)}\" />"));
        Write("B/B.cs", "public class B { internal int Inner; }");
        Write("A/A.csproj", Sdk("<TargetFramework>net10.0</TargetFramework>" + signing, "<ProjectReference Include=\"../B/B.csproj\" />"));
        Write("A/A.cs", "public class A { public int Of(B b) => b.Inner; }");

        Assert.Equal(error, string.Join(' ', Errors("A/A.csproj")));
    }

    [Fact]
    public void A_key_that_is_not_there_is_named()
    {
        Write("A.csproj", Sdk("<TargetFramework>net10.0</TargetFramework><SignAssembly>true</SignAssembly><AssemblyOriginatorKeyFile>own.snk</AssemblyOriginatorKeyFile>"));

        Assert.Equal(Path.Combine(_folder, "own.snk"), Assert.Single(Load("A.csproj").Missing));
    }

    [Fact]
    public void Assemblies_are_found_by_their_path()
    {
        File.Copy(typeof(FactAttribute).Assembly.Location, Path.Combine(_folder, "lib.dll"));
        Write("src/A.csproj", Sdk(
            "<TargetFramework>net10.0</TargetFramework><Libraries>..</Libraries>",
            "<Reference Include=\"xunit.v3.core\"><HintPath>$(Libraries)\\lib.dll</HintPath></Reference><Reference Include=\"System.Xml\" /><Reference Include=\"../gone.dll\" />"));
        Write("src/A.cs", "public class A { [Xunit.Fact] public void Of() { } }");

        Assert.Equal(Path.Combine(_folder, "gone.dll"), Assert.Single(Load("src/A.csproj").Missing));
        Assert.Empty(Errors("src/A.csproj"));
    }

    [Fact]
    public void Of_several_frameworks_the_newest_decides_on_conditions()
    {
        Write("A.csproj", Sdk(
            "<TargetFrameworks>netstandard2.0;net10.0</TargetFrameworks>",
            "<Using Include=\"System.Text\" Condition=\"'$(TargetFramework)' == 'net10.0'\" />",
            "<PropertyGroup Condition=\"'$(TargetFramework)' == 'netstandard2.0'\"><DefineConstants>OLD</DefineConstants></PropertyGroup>"));
        Write("A.cs", "public class A { public StringBuilder S; }\n#if OLD || !NET10_0\n#error wrong framework\n#endif");

        Assert.Empty(Errors("A.csproj"));
    }

    [Fact]
    public void A_package_that_is_nowhere_is_named_and_the_rest_is_there()
    {
        Write("Directory.Packages.props", "<Project><PropertyGroup><ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally></PropertyGroup><ItemGroup><PackageVersion Include=\"Tritter.NoSuchPackage\" Version=\"1.2.3\" /></ItemGroup></Project>");
        Write("A.csproj", Sdk("<TargetFramework>net10.0</TargetFramework>", "<PackageReference Include=\"Tritter.NoSuchPackage\" />"));
        Write("A.cs", "public class A;");

        LoadedProject loaded = Load("A.csproj");

        Assert.Contains("Tritter.NoSuchPackage", Assert.Single(loaded.Missing));
        Assert.False(loaded.Project.IsComplete);
        Assert.NotNull(loaded.Project.Compilation.GetTypeByMetadataName("A"));
    }

    [Fact]
    public void Projects_that_refer_to_each_other_are_loaded_all_the_same()
    {
        Write("A/A.csproj", Sdk("<TargetFramework>net10.0</TargetFramework>", "<ProjectReference Include=\"../B/B.csproj\" />"));
        Write("A/A.cs", "public class A;");
        Write("B/B.csproj", Sdk("<TargetFramework>net10.0</TargetFramework>", "<ProjectReference Include=\"../A/A.csproj\" />"));
        Write("B/B.cs", "public class B;");

        Assert.NotNull(Load("A/A.csproj").Project.Compilation.GetTypeByMetadataName("A"));
    }

    [Fact]
    public void A_file_of_no_project_is_compiled_with_the_framework()
    {
        CSharpProject loose = new ProjectLoader().Loose("/a.cs", "Console.WriteLine(new List<int> { 1 }.Sum());");

        Assert.DoesNotContain(loose.Errors("/a.cs", TestContext.Current.CancellationToken), e => e.Id is "CS0103" or "CS0246" or "CS1061");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Sdk(string properties, string items = "", string more = "") =>
        $"<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup>{properties}</PropertyGroup><ItemGroup>{items}</ItemGroup>{more}</Project>";

    private void Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private LoadedProject Load(string name) => new ProjectLoader().Load(Path.Combine(_folder, name), TestContext.Current.CancellationToken);

    private IEnumerable<string> Errors(string name) =>
        Load(name).Project.Compilation.GetDiagnostics(TestContext.Current.CancellationToken).Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.Id);
}
