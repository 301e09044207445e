"""The private folder of one piece of work, with a locked note of whose lease it runs under.

The lock is the kernel's: when the holder dies, however it dies, whoever comes next can read the note, give the lease
back or record the crash, and remove the folder. Never holds a result; those are in the object store at once.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

NOTE = "lease.json"
WATCHDOG = "watchdog.txt"
PARENT_LOOKS_S = 3600.0  # longer than any image may take: a parent that has not looked by then never will
NOBODY = 0  # as a parent: whoever finds the folder without its holder may account for it at once
_own: list["Note"] = []


@dataclass
class Note:
    """Whose work this is. `kind` is image or packaging, `subject` the image's or batch's id."""

    kind: str
    subject: str
    token: str
    pid: int
    parent: int  # the process that forked this one, which records the death of its child itself
    hashes: list[str] = field(default_factory=list)  # SHA-256 of the sources, once they are known


class Workplace:
    """A folder under work; `path` is private to this process and its children."""

    def __init__(self, path: Path, note: Note, descriptor: int) -> None:
        self.path = path
        self.note = note
        self._descriptor = descriptor

    @property
    def watchdog(self) -> Path:
        """Where the stack is written when the wall-clock limit ends the process."""
        return self.path / WATCHDOG

    def write_note(self) -> None:
        """Put the note as it is now on disk."""
        text = json.dumps(asdict(self.note)).encode()
        # In this order: some file systems write a file that was emptied to the disk when it is closed.
        os.pwrite(self._descriptor, text, 0)
        os.ftruncate(self._descriptor, len(text))


@contextmanager
def open_workplace(
    root: Path, kind: str, subject: str, token: str, *, parent: int | None = None
) -> Iterator[Workplace]:
    """A fresh private folder, removed at the end with all that is in it; its lock lasts until the last child is gone.

    `parent` records the death of this process (None: the one that forked it).
    """
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = root / f"{subject}-{token[-12:]}"
    path.mkdir(mode=0o700)
    descriptor = os.open(path / NOTE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    note = Note(kind, subject, token, os.getpid(), os.getppid() if parent is None else parent)
    place = Workplace(path, note, descriptor)
    _own.append(place.note)
    try:
        place.write_note()
        yield place
    finally:
        _own.remove(place.note)
        shutil.rmtree(path, ignore_errors=True)
        os.close(descriptor)


def own_notes() -> list[Note]:
    """The notes of this process's open folders."""
    return [note for note in _own if note.pid == os.getpid()]


@dataclass(frozen=True)
class Abandoned:
    """A folder whose holder is gone. `timed_out`: its own watchdog ended it."""

    path: Path
    note: Note | None  # None: the holder died before it had written one
    timed_out: bool


@contextmanager
def abandoned(root: Path, pid: int | None = None) -> Iterator[list[Abandoned]]:
    """The folders whose holders are gone (of process `pid` only), locked against another finder and removed after."""
    found: list[tuple[int, Abandoned]] = []
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        with suppress(OSError):
            descriptor = os.open(path / NOTE, os.O_RDWR | os.O_CLOEXEC)
            if not _lock(descriptor) or not _still_there(path, descriptor):
                os.close(descriptor)
                continue
            entry = Abandoned(path, _read(descriptor), _written(path / WATCHDOG))
            if not _concerns(entry, pid):
                os.close(descriptor)
                continue
            found.append((descriptor, entry))
    try:
        yield [entry for _, entry in found]
        for _, entry in found:
            shutil.rmtree(entry.path, ignore_errors=True)
    finally:
        for descriptor, _ in found:
            os.close(descriptor)


def _concerns(entry: Abandoned, pid: int | None) -> bool:
    """For the finder who names a pid: that one's. For others: all but those whose parent is about to look itself."""
    if pid is not None:
        return entry.note is not None and entry.note.pid == pid
    if entry.note is None or entry.note.parent in (NOBODY, 1, os.getpid()):
        return True
    age = time.time() - (entry.path / NOTE).stat().st_mtime
    return age > PARENT_LOOKS_S or not Path(f"/proc/{entry.note.parent}").exists()


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _still_there(path: Path, descriptor: int) -> bool:
    """False when the holder removed its folder between our open and our lock."""
    try:
        return (path / NOTE).stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False


def _read(descriptor: int) -> Note | None:
    try:
        return Note(**json.loads(os.pread(descriptor, 65536, 0)))
    except (ValueError, TypeError):
        return None


def _written(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0
