"""Uploaded files on their way into the object store: written once, hashed on the way, adopted by a rename. A thread of
its own writes and hashes while the request thread parses, because both let the interpreter go meanwhile.

Never holds more than a few pieces in memory and leaves nothing behind when the request fails.
"""

import os
import queue
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path

from batch_api.sniffing import HEAD_BYTES, content_type, picture_format
from storage.clock import Clock
from storage.ids import new_id
from storage.names import staging_key
from storage.objects import ObjectStore, ObjectStoreDown
from storage.objects.digest import Digest

QUEUED_PIECES = 16


@dataclass(frozen=True)
class ReceivedFile:
    """An uploaded file that lies in staging. `format` is what its first bytes say, None when they say nothing."""

    field: str
    filename: str
    key: str
    bytes: int
    sha256: str
    crc32: int
    format: str | None


class _Part:
    """One file while it is written."""

    def __init__(self, folder: Path, field: str, filename: str) -> None:
        self.field, self.filename = field, filename
        self.path = folder / secrets.token_hex(16)
        self._handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        self.digest = Digest()
        self.head = b""

    def write(self, piece: bytes) -> None:
        if len(self.head) < HEAD_BYTES:
            self.head = (self.head + piece[:HEAD_BYTES])[:HEAD_BYTES]
        view = memoryview(piece)
        while view:
            view = view[os.write(self._handle, view) :]
        self.digest.update(piece)

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def drop(self) -> None:
        self.close()
        self.path.unlink(missing_ok=True)


class Staging:
    """Takes the parts of one request in order: begin, write …, end. `finish` gives the files, `abandon` undoes all.

    A fault of the disk or the store is raised by the next call, as ObjectStoreDown.
    """

    def __init__(self, objects: ObjectStore, clock: Clock) -> None:
        self._objects, self._clock = objects, clock
        self._folder = objects.scratch_dir()
        self._work: queue.Queue[tuple[str, tuple[str, str] | bytes | None]] = queue.Queue(QUEUED_PIECES)
        self._thread: threading.Thread | None = None
        self._part: _Part | None = None
        self._fault: Exception | None = None
        self.files: list[ReceivedFile] = []

    def begin(self, field: str, filename: str) -> None:
        """A new file part; the one before has ended."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="staging", daemon=True)
            self._thread.start()
        self._put("begin", (field, filename))

    def write(self, piece: bytes) -> None:
        self._put("write", piece)

    def end(self) -> None:
        self._put("end", None)

    def finish(self) -> list[ReceivedFile]:
        """Wait for the last byte; all files, in order of arrival."""
        self._join()
        self._raise_fault()
        return list(self.files)

    def abandon(self) -> None:
        """Remove everything this request has written."""
        self._join()
        if self._part is not None:
            self._part.drop()
        for file in self.files:
            self._objects.delete(file.key)
        self.files.clear()

    def _put(self, verb: str, what: tuple[str, str] | bytes | None) -> None:
        self._raise_fault()
        self._work.put((verb, what))

    def _join(self) -> None:
        if self._thread is not None:
            self._work.put(("stop", None))
            self._thread.join()
            self._thread = None

    def _raise_fault(self) -> None:
        if isinstance(self._fault, ObjectStoreDown):
            raise self._fault
        if self._fault is not None:
            raise ObjectStoreDown(f"staging: {self._fault}") from self._fault

    def _run(self) -> None:
        while True:
            verb, what = self._work.get()
            if verb == "stop":
                return
            if self._fault is not None:
                continue  # the request thread must never wait for a full queue; it learns of the fault at its next call
            try:
                self._take(verb, what)
            except (OSError, ObjectStoreDown) as fault:
                self._fault = fault

    def _take(self, verb: str, what: tuple[str, str] | bytes | None) -> None:
        if isinstance(what, tuple):
            self._part = _Part(self._folder, *what)
        elif isinstance(what, bytes) and self._part is not None:
            self._part.write(what)
        elif self._part is not None:
            part, self._part = self._part, None
            try:
                self._adopt(part)
            finally:
                part.drop()

    def _adopt(self, part: _Part) -> None:
        part.close()
        if not part.filename and not part.digest.bytes:
            return  # a form's file field that nobody filled
        key = staging_key(new_id("up", self._clock()))
        found = picture_format(part.head)
        stored = part.digest.stored(key)
        self._objects.adopt(part.path, key, stored, content_type=content_type(found))
        self.files.append(
            ReceivedFile(part.field, part.filename, key, stored.bytes, stored.sha256, stored.crc32, found)
        )
