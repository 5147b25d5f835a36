using Tritter.Server.Evaluations.Programs;

namespace Tritter.Server.Tests.Programs;

public sealed class MountTableTests
{
    [Fact]
    public void EachPlaceIsTheLastThatWasMountedThereWithWhatMayNotBeLifted()
    {
        string[] lines =
        [
            "22 27 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw",
            "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard",
            "30 27 0:40 / /media/my\\040disk\\134 ro,nosuid,idmapped - vfat /dev/sdb1 ro",
            "31 27 0:41 / /data rw - xfs /dev/sdc rw",
            "32 31 0:42 / /data rw,noatime - tmpfs none rw",
            "damaged",
        ];

        string read = string.Join('\n', MountTable.Parse(lines).Select(mount => $"{mount.Path}: {string.Join(' ', mount.Options)}"));

        Assert.Equal("/proc: nosuid nodev noexec relatime\n/: relatime\n/media/my disk\\: nosuid\n/data: noatime", read);
    }
}
