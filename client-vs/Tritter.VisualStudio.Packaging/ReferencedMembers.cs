using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Tritter.VisualStudio.Packaging;

/// <summary>Which members of Visual Studio's assemblies an assembly of ours uses, as its metadata says: what must exist at run time.</summary>
internal static class ReferencedMembers
{
    /// <summary>Lines "assembly: type.member(parameters) : result", sorted; a type of which only the name is used has a line of its own.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<string> assemblies) =>
        [.. assemblies.SelectMany(path => Of(File.ReadAllBytes(path))).Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Of(byte[] image)
    {
        using var pe = new PEReader(new MemoryStream(image));
        MetadataReader metadata = pe.GetMetadataReader();
        var names = new TypeNames();
        foreach (TypeReferenceHandle handle in metadata.TypeReferences)
        {
            if (AssemblyOf(metadata, handle) is { } assembly)
            {
                yield return $"{assembly}: {names.GetTypeFromReference(metadata, handle, 0)}";
            }
        }

        foreach (MemberReferenceHandle handle in metadata.MemberReferences)
        {
            MemberReference member = metadata.GetMemberReference(handle);
            if (member.Parent.Kind == HandleKind.TypeReference && AssemblyOf(metadata, (TypeReferenceHandle)member.Parent) is { } assembly)
            {
                yield return $"{assembly}: {names.GetTypeFromReference(metadata, (TypeReferenceHandle)member.Parent, 0)}.{Signature(metadata, member, names)}";
            }
        }
    }

    private static string Signature(MetadataReader metadata, MemberReference member, TypeNames names)
    {
        string name = metadata.GetString(member.Name);
        if (member.GetKind() == MemberReferenceKind.Field)
        {
            return $"{name} : {member.DecodeFieldSignature(names, null)}";
        }

        MethodSignature<string> signature = member.DecodeMethodSignature(names, null);
        string generic = signature.GenericParameterCount > 0 ? $"<{signature.GenericParameterCount}>" : "";
        return $"{name}{generic}({string.Join(", ", signature.ParameterTypes)}) : {signature.ReturnType}";
    }

    /// <summary>The assembly of a type, if it is one that Visual Studio brings.</summary>
    private static string? AssemblyOf(MetadataReader metadata, TypeReferenceHandle handle)
    {
        EntityHandle scope = metadata.GetTypeReference(handle).ResolutionScope;
        while (scope.Kind == HandleKind.TypeReference)
        {
            scope = metadata.GetTypeReference((TypeReferenceHandle)scope).ResolutionScope;
        }

        string name = scope.Kind == HandleKind.AssemblyReference ? metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)scope).Name) : "";
        return name.StartsWith("Microsoft.VisualStudio.", StringComparison.Ordinal) || name is "StreamJsonRpc" or "Newtonsoft.Json" ? name : null;
    }

    private sealed class TypeNames : ISignatureTypeProvider<string, object?>
    {
        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            TypeReference type = reader.GetTypeReference(handle);
            string name = reader.GetString(type.Name);
            return type.ResolutionScope.Kind == HandleKind.TypeReference
                ? $"{GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, 0)}.{name}"
                : $"{reader.GetString(type.Namespace)}.{name}";
        }

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => reader.GetString(reader.GetTypeDefinition(handle).Name);

        public string GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public string GetSZArrayType(string elementType) => elementType + "[]";

        public string GetArrayType(string elementType, ArrayShape shape) => elementType + "[,]";

        public string GetByReferenceType(string elementType) => elementType + "&";

        public string GetPointerType(string elementType) => elementType + "*";

        public string GetPinnedType(string elementType) => elementType;

        public string GetFunctionPointerType(MethodSignature<string> signature) => "function";

        public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) => $"{genericType}<{string.Join(", ", typeArguments)}>";

        public string GetGenericTypeParameter(object? genericContext, int index) => $"!{index}";

        public string GetGenericMethodParameter(object? genericContext, int index) => $"!!{index}";

        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;
    }
}
