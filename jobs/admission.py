"""Who may work now, by estimated memory instead of by count: one budget per machine, kept in locked files.

Never trusts a process to clean up: a slot is a file under an exclusive lock of its holder, and the kernel drops the
lock with the holder, however it died. Never refuses for ever: with nobody else at work, any single image is let in.
"""

import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

logger = logging.getLogger("darkroom.admission")

BYTES_PER_PIXEL = 4
FACTOR = 4  # copies alive at the peak of a decode and conversion, measured for the worst format (WebP with alpha)
BASE_BYTES = 64 << 20  # an image's share of code, tables and encoders, whatever its size
POLL_SECONDS = 0.05


def estimate_bytes(pixels: int) -> int:
    """Memory in bytes that working on `pixels` (all sources together, and the largest result) is expected to take."""
    return BASE_BYTES + pixels * BYTES_PER_PIXEL * FACTOR


@contextmanager
def admitted(folder: Path, need: int, budget: int, check: Callable[[], None]) -> Iterator[float]:
    """Wait for `need` bytes of `budget`, hold them for the block; gives the seconds waited.

    Those who wait are served in turn, so that a large image is not overtaken for ever by small ones. `check` is
    called while waiting and may raise.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    began = time.monotonic()
    with _turn(folder / "turn", check):
        slot = _try_slot(folder, need, budget)
        while slot is None:
            check()
            time.sleep(POLL_SECONDS)
            slot = _try_slot(folder, need, budget)
    path, descriptor = slot
    waited = time.monotonic() - began
    if waited > 1:
        logger.info("waited for memory", extra={"event": "image.admitted", "waited_ms": int(waited * 1000)})
    try:
        yield waited
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


@contextmanager
def _turn(path: Path, check: Callable[[], None]) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _lock(descriptor):
            check()
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _try_slot(folder: Path, need: int, budget: int) -> tuple[Path, int] | None:
    """Called by whoever has the turn, so nobody else adds a slot meanwhile; others may only leave."""
    taken = used_bytes(folder)
    if taken and taken + need > budget:
        return None
    path = folder / f"{os.getpid()}-{time.monotonic_ns()}.slot"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.write(descriptor, str(need).encode())
    return path, descriptor


def used_bytes(folder: Path) -> int:
    """Sum over the living holders; slots of dead ones are removed."""
    total = 0
    for path in folder.glob("*.slot"):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            if _lock(descriptor):
                path.unlink(missing_ok=True)
                continue
            total += int(os.read(descriptor, 32) or b"0")
        finally:
            os.close(descriptor)
    return total
