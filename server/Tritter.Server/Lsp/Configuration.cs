using System.Text.Json;

namespace Tritter.Server.Lsp;

// workspace/configuration and workspace/didChangeConfiguration, and the registration that makes a client send the latter.

internal sealed record ConfigurationParams(ConfigurationItem[] Items);

internal sealed record ConfigurationItem(string Section);

/// <param name="Settings">All settings by section, from clients that push them; null or meaningless from those that wait to be asked.</param>
internal sealed record DidChangeConfigurationParams(JsonElement Settings = default);

internal sealed record DynamicRegistrationCapability(bool? DynamicRegistration = null);

internal sealed record RegistrationParams(Registration[] Registrations);

internal sealed record Registration(string Id, string Method, RegistrationOptions RegisterOptions);

/// <param name="Section">For workspace/didChangeConfiguration.</param>
/// <param name="Watchers">For workspace/didChangeWatchedFiles.</param>
internal sealed record RegistrationOptions(string? Section = null, FileSystemWatcher[]? Watchers = null);
