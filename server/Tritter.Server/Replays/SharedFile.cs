namespace Tritter.Server.Replays;

/// <summary>Opens files that several processes read and write in turns, each for moments only.</summary>
internal static class SharedFile
{
    // On Unix a file without sharing waits for all others and others for it, readers included, whatever they are ready to share.
    private const int Attempts = 100;
    private static readonly TimeSpan _betweenAttempts = TimeSpan.FromMilliseconds(10);

    /// <exception cref="FileNotFoundException">There is no such file, and the mode makes none.</exception>
    /// <exception cref="IOException">It cannot be opened, or another process keeps it open for more than a second.</exception>
    public static FileStream Open(string path, FileStreamOptions options)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(path, options);
            }
            catch (IOException) when (attempt < Attempts && File.Exists(path))
            {
                Thread.Sleep(_betweenAttempts);
            }
        }
    }
}
