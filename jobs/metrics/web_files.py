"""The files in which the web processes of this machine count, one set per process, so that none needs another.

Emptied when the web server starts; a process that left is added to one common set, so that their number does not grow.
Readers and whoever removes files hold a lock, so nothing is seen twice or not at all. Never written to by a worker.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "lock"
GONE = "gone"  # in place of a pid
KINDS = ("counter", "histogram")
GAUGES = ("gauge_livesum",)
FILE_BYTES = 1 << 20
PATIENCE_S = 1.0


def folder_of(data_dir: Path) -> Path:
    """Made when it is not there."""
    folder = data_dir / "metrics"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def held(folder: Path, *, alone: bool) -> Iterator[None]:
    """The lock: many may read, one may remove. TimeoutError: nobody waits long for a figure."""
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + PATIENCE_S
    try:
        while True:
            try:
                fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TimeoutError(f"{folder / LOCK} is held") from None
                time.sleep(0.01)
        yield
    finally:
        os.close(descriptor)


def reserve(folder: Path, owner: int | str) -> bool:
    """Take the files of a process (by its pid, or GONE) whole from the disk. False, and nothing new there, when there
    is no room: a page of a mapped file for which a full disk has no room ends the process that writes to it."""
    own = [folder / f"{kind}_{owner}.db" for kind in (KINDS if owner == GONE else (*KINDS, *GAUGES))]
    fresh = [path for path in own if not path.exists()]
    try:
        for path in own:
            with path.open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, FILE_BYTES)
    except OSError:
        for path in fresh:
            path.unlink(missing_ok=True)
        return False
    return True


def empty(folder: Path) -> None:
    """Before the first process: what an earlier server counted is over."""
    with held(folder, alone=True):
        for path in folder.glob("*.db"):
            path.unlink()


def fold(folder: Path, pid: int) -> None:
    """A process left: what it counted is kept, what it was doing is forgotten. After a TimeoutError its files are there
    as they were, and are counted all the same; so they are while a full disk has no room for the common set."""
    with held(folder, alone=True):
        for path in folder.glob(f"gauge_*_{pid}.db"):
            path.unlink()
        if not reserve(folder, GONE):
            return
        for kind in KINDS:
            path = folder / f"{kind}_{pid}.db"
            if path.exists():
                add(path, folder / f"{kind}_{GONE}.db")
                path.unlink()


def add(path: Path, common: Path) -> None:
    """Add every number of one file to another."""
    # Here, because it decides when it is imported whether it counts in files, by what the web server has set by then.
    from prometheus_client.mmap_dict import MmapedDict

    kept = MmapedDict(str(common))  # type: ignore[no-untyped-call]
    try:
        for key, value, at, _ in MmapedDict.read_all_values_from_file(str(path)):  # type: ignore[no-untyped-call]
            kept.write_value(key, kept.read_value(key)[0] + value, at)  # type: ignore[no-untyped-call]
    finally:
        kept.close()  # type: ignore[no-untyped-call]
