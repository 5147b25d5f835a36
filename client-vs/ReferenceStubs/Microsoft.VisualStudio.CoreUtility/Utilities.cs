namespace Microsoft.VisualStudio.Utilities;

// What MEF reads of editor parts. learn.microsoft.com/dotnet/api/microsoft.visualstudio.utilities

[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Field, AllowMultiple = false)]
public abstract class SingletonBaseMetadataAttribute : Attribute;

[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Field, AllowMultiple = true)]
public abstract class MultipleBaseMetadataAttribute : Attribute;

public sealed class NameAttribute(string name) : SingletonBaseMetadataAttribute
{
    public string Name => name;
}

public sealed class ContentTypeAttribute(string name) : MultipleBaseMetadataAttribute
{
    public string ContentTypes => name;
}

public sealed class OrderAttribute : MultipleBaseMetadataAttribute
{
    public string? Before { get; set; }

    public string? After { get; set; }
}
