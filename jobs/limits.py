"""What a process may use from here on: address space, CPU, file size, files, no core dumps, no new privileges.

The limits are the kernel's, so they hold inside C code. Never loosens a limit that is already tighter.
"""

import ctypes
import os
import resource
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS = 38, 39
MIB = 1 << 20


@dataclass(frozen=True)
class ProcessLimits:
    """`memory_bytes` is added to what the process has mapped; 0 leaves a limit as it is. Seconds are CPU time."""

    memory_bytes: int = 0
    cpu_seconds: int = 0
    file_bytes: int = 0
    open_files: int = 256


def limit_this_process(limits: ProcessLimits) -> None:
    """Apply `limits`, close core dumps, drop the way to more privileges, and make new files private. For good."""
    os.umask(0o077)
    _lower(resource.RLIMIT_CORE, 0)
    if limits.memory_bytes:
        _lower(resource.RLIMIT_AS, mapped_bytes() + limits.memory_bytes)
    if limits.cpu_seconds:
        used = resource.getrusage(resource.RUSAGE_SELF)
        _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + limits.cpu_seconds)
    if limits.file_bytes:
        _lower(resource.RLIMIT_FSIZE, limits.file_bytes)
    _lower(resource.RLIMIT_NOFILE, limits.open_files)
    libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


@lru_cache(maxsize=1)
def libc() -> ctypes.CDLL:
    """The C library. Its first use writes to some 700 pages, so whoever forks often uses it once before."""
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
    return library


def tidy_heap() -> None:
    """Merge and sort the C heap's free pieces; otherwise each child's first large request does, and copies 600 pages.

    For glibc: `malloc_trim` merges, the next request for a large piece sorts. Elsewhere it does no harm.
    """
    with suppress(AttributeError):
        libc().malloc_trim(0)
    for size in (100_000, 60_000):
        bytearray(size)


def mapped_bytes() -> int:
    """Address space of this process now (Linux: first field of /proc/self/statm)."""
    statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return int(os.read(statm, 64).split()[0]) * resource.getpagesize()
    finally:
        os.close(statm)


def peak_rss_mb() -> int:
    """Largest resident size of this process so far, in MiB (ru_maxrss is in KiB on Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def _lower(which: int, value: int) -> None:
    soft, hard = resource.getrlimit(which)
    ceilings = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    target = min([value, *ceilings])
    resource.setrlimit(which, (target, target))
