using System.Runtime.InteropServices;
using Tritter.Torch.CommandLine;

using var stopping = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return TrainCommandLine.Run(args, stopping.Token);

// The run sees its token cancelled, exports what it has and returns.
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stopping.Cancel();
}
