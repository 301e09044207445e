"""Uploaded files on their way into the object store: written once, hashed on the way, adopted by a rename. A few
threads write and hash while the request thread parses, because all of them let the interpreter go meanwhile.

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

LANES = 4
QUEUED_PIECES = 3  # of a mebibyte, per lane


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


class _Lane:
    """One thread that writes, hashes and stores whole files, one after the other."""

    def __init__(self, objects: ObjectStore, clock: Clock) -> None:
        self._objects, self._clock = objects, clock
        self._folder = objects.scratch_dir()
        self._work: queue.Queue[tuple[int, str, str] | bytes | bool] = queue.Queue(QUEUED_PIECES)
        self._part: _Part | None = None
        self._place = 0
        self.fault: Exception | None = None
        self.files: dict[int, ReceivedFile] = {}
        self._thread = threading.Thread(target=self._run, name="staging", daemon=True)
        self._thread.start()

    def put(self, work: tuple[int, str, str] | bytes | bool) -> None:
        """A tuple begins a file, bytes are its next piece, True ends it and False ends the lane."""
        self._work.put(work)

    def join(self) -> None:
        self._work.put(False)
        self._thread.join()
        if self._part is not None:
            self._part.drop()
            self._part = None

    def _run(self) -> None:
        while (work := self._work.get()) is not False:
            if self.fault is not None:
                continue  # the request thread must never wait for a full queue; it learns of the fault at its next call
            try:
                self._take(work)
            except (OSError, ObjectStoreDown) as fault:
                self.fault = fault

    def _take(self, work: tuple[int, str, str] | bytes | bool) -> None:
        if isinstance(work, tuple):
            self._place = work[0]
            self._part = _Part(self._folder, work[1], work[2])
        elif isinstance(work, bytes) and self._part is not None:
            self._part.write(work)
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
        self.files[self._place] = ReceivedFile(
            part.field, part.filename, key, stored.bytes, stored.sha256, stored.crc32, found
        )


class Staging:
    """Takes the parts of one request in order: begin, write …, end. `finish` gives the files, `abandon` undoes all.

    Files take turns on a few lanes, so that one is hashed while the next comes in. A fault of the disk or the store is
    raised by the next call, as ObjectStoreDown.
    """

    def __init__(self, objects: ObjectStore, clock: Clock, *, lanes: int = LANES) -> None:
        self._objects, self._clock = objects, clock
        self._most = lanes
        self._lanes: list[_Lane] = []
        self._count = 0
        self._lane: _Lane | None = None
        self.files: list[ReceivedFile] = []

    def begin(self, field: str, filename: str) -> None:
        """A new file part; the one before has ended."""
        if len(self._lanes) < self._most:
            self._open_lane()
        self._lane = self._lanes[self._count % len(self._lanes)]
        self._put((self._count, field, filename))
        self._count += 1

    def _open_lane(self) -> None:
        """One more, as long as the machine gives threads; the first is needed."""
        try:
            self._lanes.append(_Lane(self._objects, self._clock))
        except RuntimeError as fault:
            if not self._lanes:
                raise ObjectStoreDown(f"staging: {fault}") from fault
            self._most = len(self._lanes)

    def write(self, piece: bytes) -> None:
        self._put(piece)

    def end(self) -> None:
        self._put(True)

    def finish(self) -> list[ReceivedFile]:
        """Wait for the last byte; all files, in order of arrival."""
        self._join()
        self._raise_fault(self._lanes)
        return list(self.files)

    def abandon(self) -> None:
        """Remove everything this request has written."""
        self._join()
        for file in self.files:
            self._objects.delete(file.key)
        self.files.clear()

    def _put(self, work: tuple[int, str, str] | bytes | bool) -> None:
        if self._lane is None:
            raise ValueError("no file has begun")
        self._raise_fault([self._lane])
        self._lane.put(work)

    def _join(self) -> None:
        if self._lane is None:
            return
        self._lane = None
        found: dict[int, ReceivedFile] = {}
        for lane in self._lanes:
            lane.join()
            found |= lane.files
        self.files = [found[place] for place in sorted(found)]

    def _raise_fault(self, lanes: list[_Lane]) -> None:
        fault = next((lane.fault for lane in lanes if lane.fault is not None), None)
        if isinstance(fault, ObjectStoreDown):
            raise fault
        if fault is not None:
            raise ObjectStoreDown(f"staging: {fault}") from fault
