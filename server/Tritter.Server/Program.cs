using System.Runtime.InteropServices;
using Tritter.Server.CommandLine;

using var stopping = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await TritterCommandLine.RunAsync(args, CommandOutput.ForProcess(), stopping.Token);

// The command sees its token cancelled, cleans up and returns; without this the runtime would end the process at once.
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stopping.Cancel();
}
