namespace System.Runtime.CompilerServices;

/// <summary>The compiler wants this type for records; .NET Framework has none.</summary>
internal static class IsExternalInit;
