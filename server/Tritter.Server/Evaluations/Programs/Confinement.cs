using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Tritter.Server.Evaluations.Programs;

/// <summary>What a program left behind.</summary>
/// <param name="ExitCode">Null when its time was over.</param>
/// <param name="Output">What it wrote to standard output, no more than the first 64 MB.</param>
internal sealed record ProgramResult(int? ExitCode, byte[] Output, string Error);

/// <summary>
/// Runs programs that nobody has read. On Linux each one has namespaces of its own (user_namespaces(7)): no network, no other process in sight,
/// no privilege, every file system read-only and without devices but a small folder in memory that is gone afterwards, and limits on memory and
/// on time. What the user may read, it may read. Where the system has no such namespaces a program gets an empty folder and the limits only.
/// </summary>
internal sealed class Confinement
{
    private const int MaxOutput = 64 << 20;
    private const int MaxFileBytes = 128 << 20;

    /// <summary>Makes the mounts read-only, puts the folder's files into memory, and gives up all rights. Arguments: options and path of each mount, --, the command.</summary>
    private const string Script = """
        set -e
        while [ "$1" != -- ]; do
          # What cannot even be looked at needs no protection.
          mount -o "$1" none "$2" 2>/dev/null || ! [ -e "$2" ]
          shift 2
        done
        shift
        mount -t tmpfs -o size=256m,mode=755 none /tmp
        mkdir /tmp/dev /tmp/work
        cp ./* /tmp/work/
        for device in null zero full random urandom; do
          : > /tmp/dev/$device
          mount --bind /dev/$device /tmp/dev/$device
        done
        mount -t proc -o ro,nosuid,nodev,noexec none /proc
        mount --rbind /tmp/dev /dev
        if [ -d /run ]; then mount -t tmpfs -o ro,size=4k none /run; fi
        cd /tmp/work
        set +e
        # Not the first process itself, which signals such as that of an abort do not end.
        setpriv --no-new-privs --inh-caps=-all --bounding-set=-all "$@" < /dev/null
        exit $?
        """;

    /// <summary>What only tries the system out ends at once, or never.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly IReadOnlyList<MountPoint>? _mounts;

    private Confinement(IReadOnlyList<MountPoint>? mounts) => _mounts = mounts;

    /// <summary>Limits only: for systems without namespaces, when the user says so.</summary>
    public static Confinement LimitsOnly { get; } = new(null);

    /// <summary>What holds programs in, for the report.</summary>
    public string Description => _mounts is null ? "network and files not cut off" : "no network, nothing written";

    /// <summary>The way to run programs here, tried out.</summary>
    /// <returns>Null where it cannot be done, and why.</returns>
    public static async Task<(Confinement? Confinement, string Problem)> FindAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            return (null, "this system has no namespaces to keep programs from files and network (that takes Linux)");
        }

        var confinement = new Confinement(MountTable.Parse(File.ReadLines("/proc/self/mountinfo")));
        ProgramResult result = await confinement.RunAsync(new Executable([("program", [])], ["true"]), _patience, cancellationToken);
        return result.ExitCode == 0
            ? (confinement, "")
            : (null, $"this system does not let programs be kept from files and network, which takes user namespaces and util-linux ({result.Error.Trim().Split('\n')[0]})");
    }

    /// <exception cref="OperationCanceledException">The token was cancelled; the program is stopped.</exception>
    public async Task<ProgramResult> RunAsync(Executable program, TimeSpan limit, CancellationToken cancellationToken)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tritter-eval-");
        try
        {
            foreach ((string name, byte[] content) in program.Files)
            {
                string path = Path.Combine(folder.FullName, name);
                await File.WriteAllBytesAsync(path, content, cancellationToken);
                if (!OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                }
            }

            return await RunAsync(StartInfo(program, folder.FullName), limit, cancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<ProgramResult> RunAsync(ProcessStartInfo start, TimeSpan limit, CancellationToken cancellationToken)
    {
        using Process? process = TryStart(start);
        if (process is null)
        {
            return new ProgramResult(127, [], $"{start.FileName} was not found");
        }

        process.StandardInput.Close();
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(limit);
        try
        {
            Task<byte[]> output = ReadAsync(process.StandardOutput.BaseStream, late.Token);
            Task<byte[]> error = ReadAsync(process.StandardError.BaseStream, late.Token);
            await process.WaitForExitAsync(late.Token);
            return new ProgramResult(process.ExitCode, await output, Encoding.UTF8.GetString(await error));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            return new ProgramResult(null, [], "");
        }
    }

    /// <summary>Reads to the end, so that nobody waits for room in the pipe, and keeps the beginning.</summary>
    private static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var kept = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            kept.Write(buffer, 0, (int)Math.Min(count, MaxOutput - kept.Length));
        }

        return kept.ToArray();
    }

    private ProcessStartInfo StartInfo(Executable program, string folder)
    {
        IReadOnlyList<string> command = _mounts is null ? WithLimits(program) : Confined(program, _mounts);
        var info = new ProcessStartInfo(command[0], command.Skip(1)) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        if (!OperatingSystem.IsWindows())
        {
            string? path = Environment.GetEnvironmentVariable("PATH");
            info.Environment.Clear();
            info.Environment["PATH"] = path;
            info.Environment["HOME"] = _mounts is null ? folder : "/tmp/work";
        }

        foreach ((string name, string value) in program.Environment)
        {
            info.Environment[name] = value;
        }

        return info;
    }

    private static IReadOnlyList<string> Confined(Executable program, IReadOnlyList<MountPoint> mounts) =>
    [
        "unshare", "--map-root-user", "--net", "--ipc", "--mount", "--pid", "--fork", "--kill-child",
        "prlimit", "--core=0", Invariant($"--as={program.Memory}"), Invariant($"--fsize={MaxFileBytes}"), "--nproc=4096",
        "/bin/sh", "-c", Script, "sh",
        .. mounts.SelectMany(mount => (string[])[string.Join(',', ["remount", "bind", "ro", .. mount.Options]), mount.Path]),
        "--",
        .. program.Command,
    ];

    private static IReadOnlyList<string> WithLimits(Executable program) => OperatingSystem.IsWindows()
        ? program.Command
        : ["/bin/sh", "-c", Invariant($"ulimit -c 0; ulimit -v {program.Memory / 1024} 2>/dev/null; exec \"$@\""), "sh", .. program.Command];

    private static Process? TryStart(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
