"""Every hostile sample through the decode door: each gives a picture or a fault, none a crash or a flood of memory."""

import os
import resource
from pathlib import Path

from jobs.imaging import codec, faults

LIMITS = codec.DecodeLimits(formats=codec.STUDIO_FORMATS)


def test_every_hostile_file_gives_a_picture_or_a_fault(samples: Path) -> None:
    """In one limited child for all: the first that dies, hangs past the CPU limit or throws anything else fails."""
    files = sorted((samples / "hostile" / "images").iterdir())
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
        bad = []
        for path in files:
            try:
                codec.decode(path, LIMITS)
            except faults.ImagingFault:
                pass
            except BaseException as error:
                bad.append(f"{path.name}: {error!r}")
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        os.write(write, f"done {rss} {bad}".encode()[:4000])
        os._exit(0)
    os.close(write)
    os.waitpid(pid, 0)
    with os.fdopen(read) as pipe:
        word, rss, bad = pipe.read().split(" ", 2)
    assert word == "done" and bad == "[]"
    assert int(rss) < 1_000
