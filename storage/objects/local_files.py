"""The disk work under a local store: places, temporary files, flushes, renames; never checks a signature."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from types import TracebackType
from typing import Any, BinaryIO, Self

from storage.objects.contract import Stored
from storage.objects.digest import Digest
from storage.objects.faults import ObjectStoreDown
from storage.objects.keys import check_key

SCRATCH = ".tmp"
LOCK = ".lock"
_BUFFER = 256 << 10
_LARGE_PIECE = 256 << 10  # hashing this takes long enough to be worth a thread's waking
_LONG_STREAM = 8 << 20


@contextmanager
def disk_faults() -> Iterator[None]:
    """Turn the operating system's errors into ObjectStoreDown."""
    try:
        yield
    except OSError as error:
        raise ObjectStoreDown(f"disk: {error.strerror or error}") from error


def flush_to_disk(path: Path) -> None:
    """fsync a file or a folder, so that it survives a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class FolderPlaces:
    """Where a key lies below one root, and how a file gets there and away again. Raises plain OSError."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def of(self, key: str) -> Path:
        """The file of a checked key."""
        return self.root / check_key(key)

    def scratch(self) -> Path:
        """The folder for unfinished writes, made when needed."""
        path = self.root / SCRATCH
        path.mkdir(mode=0o750, parents=True, exist_ok=True)
        return path

    def new_scratch_file(self) -> Path:
        """A name in scratch() that nobody uses."""
        return self.scratch() / secrets.token_hex(16)

    def install(self, path: Path, key: str) -> None:
        """Rename a flushed file to its key, then flush every folder that has a new name in it."""
        target = self.of(key)
        changed = {target.parent}
        with self._folders_stay(fcntl.LOCK_SH):
            self._make_folder(target.parent, changed)
            os.replace(path, target)
        # Not all of the parents: each flush costs 2 ms on a common disk, even of a folder without changes.
        for folder in changed:
            with suppress(FileNotFoundError):
                flush_to_disk(folder)

    def remove(self, key: str) -> None:
        """Unlink the file if it is there, then every folder above it that is empty."""
        target = self.of(key)
        with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            target.unlink()
        with self._folders_stay(fcntl.LOCK_EX):
            for folder in target.parents[: len(Path(key).parts) - 1]:
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    continue
                except OSError as error:
                    if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                        return
                    raise

    @contextmanager
    def _folders_stay(self, mode: int) -> Iterator[None]:
        """Among threads and processes: many may put files into folders, or one may remove empty folders."""
        self.scratch()
        handle = os.open(self.root / LOCK, os.O_RDWR | os.O_CREAT, 0o640)
        try:
            fcntl.flock(handle, mode)
            yield
        finally:
            os.close(handle)

    def walk(self, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
        """Keys and stats of all objects that start with `prefix`, in byte order of the keys."""
        folder = prefix.rpartition("/")[0]
        yield from self._walk(f"{folder}/" if folder else "", prefix)

    def _walk(self, inside: str, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
        with disk_faults():
            found = sorted(self._entries(inside), key=lambda entry: entry[0])
        for key, stat in found:
            if key.endswith("/"):
                if key.startswith(prefix) or prefix.startswith(key):
                    yield from self._walk(key, prefix)
            elif key.startswith(prefix):
                yield key, stat

    def _entries(self, inside: str) -> Iterator[tuple[str, os.stat_result]]:
        """One folder's keys; a folder's ends in "/", which sorts it where its objects belong."""
        try:
            listing = os.scandir(self.root / inside)
        except (FileNotFoundError, NotADirectoryError):
            return
        with listing:
            for entry in listing:
                if entry.name.startswith("."):
                    continue
                with suppress(FileNotFoundError):
                    stat = entry.stat(follow_symlinks=False)
                    if S_ISDIR(stat.st_mode):
                        yield f"{inside}{entry.name}/", stat
                    elif S_ISREG(stat.st_mode):
                        yield inside + entry.name, stat

    def _make_folder(self, folder: Path, changed: set[Path]) -> None:
        """mkdir -p below the root, noting in `changed` each folder that got a new name."""
        if folder.is_dir():
            return
        if folder != self.root:
            self._make_folder(folder.parent, changed)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o750)
            changed.add(folder.parent)


class FileWriter:
    """One object on its way in: an ObjectWriter and its own context manager."""

    def __init__(self, key: str, places: FolderPlaces) -> None:
        self._key = key
        self._places = places
        self._digest = Digest()
        self._stored: Stored | None = None
        self._hasher: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        with disk_faults():
            self._path = self._places.new_scratch_file()
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
            self._file = open(handle, "wb", buffering=_BUFFER)  # noqa: SIM115 - closed by __exit__
        return self

    def write(self, data: bytes | memoryview) -> int:
        """Hash and write all of `data`; in a long stream at the same time, on two cores."""
        view = memoryview(data).cast("B")
        if self._hasher is None and self._digest.bytes >= _LONG_STREAM:
            self._hasher = ThreadPoolExecutor(1, thread_name_prefix="hash")
        if self._hasher is None or len(view) < _LARGE_PIECE:
            with disk_faults():
                self._file.write(view)
            self._digest.update(view)
            return len(view)
        hashing = self._hasher.submit(self._digest.update, view)
        try:
            with disk_faults():
                self._file.write(view)
        finally:
            # Also after a failed write: the caller may reuse its buffer as soon as we return.
            hashing.result()
        return len(view)

    @property
    def stored(self) -> Stored:
        """What was committed."""
        if self._stored is None:
            raise ValueError(f"{self._key} is not committed")
        return self._stored

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._commit()
        finally:
            if self._hasher is not None:
                self._hasher.shutdown()
            # After a commit the name is gone already; a failed close (disk full) must not hide the first error.
            with suppress(OSError):
                self._file.close()
            self._path.unlink(missing_ok=True)

    def _commit(self) -> None:
        with disk_faults():
            self._file.flush()
            os.fsync(self._file.fileno())
            written = os.fstat(self._file.fileno()).st_size
            if written != self._digest.bytes:
                raise ObjectStoreDown(f"{written} bytes on disk instead of {self._digest.bytes}")
            self._file.close()
            self._places.install(self._path, self._key)
        self._stored = self._digest.stored(self._key)


class Slice(io.RawIOBase):
    """The next `length` bytes of an open file."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file = file
        self._left = length

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill what fits (the RawIOBase contract); 0 at the end."""
        piece = self._file.read(min(len(buffer), self._left))
        buffer[: len(piece)] = piece
        self._left -= len(piece)
        return len(piece)
