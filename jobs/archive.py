"""Streams a ZIP of stored entries whose lengths and CRCs are known; never seeks, compresses or holds a file.

Sizes go into the local headers, so there are no data descriptors and every streaming reader can follow. ZIP64 records
appear only where 32 (or 16) bits do not suffice. Layout and field names: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, Protocol

from jobs.entry_names import is_safe_path

CHUNK = 1 << 20
EPOCH = datetime(1980, 1, 1, tzinfo=UTC)  # the first moment a ZIP can name

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")
_END64 = struct.Struct("<IQHHIIQQQQ")
_LOCATOR64 = struct.Struct("<IIQI")
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_UTF8_NAME = 0x0800
_ZIP20, _ZIP45 = 20, 45
_UNIX = 3 << 8
_REGULAR_FILE = 0o100644 << 16


class ArchiveMismatch(Exception):
    """A source is not what its record says; the archive begun must be thrown away."""


class Sink(Protocol):
    """Where the archive goes, front to back; `data` may be reused once write() returns."""

    def write(self, data: bytes | memoryview) -> int: ...


@dataclass(frozen=True)
class ArchiveEntry:
    """One file: a safe relative name ("prints/a.jpg"), length and CRC-32 from its record, and how to open it."""

    name: str
    bytes: int
    crc32: int
    open: Callable[[], AbstractContextManager[BinaryIO]]


def write_archive(
    out: Sink,
    entries: Iterable[ArchiveEntry],
    chunk: int = CHUNK,
    *,
    verify: bool = False,
    modified: datetime = EPOCH,
) -> int:
    """Write all entries in the given order and return the archive's length in bytes; memory is one chunk.

    `verify` also computes each CRC while copying. ArchiveMismatch when a source's length (or CRC) differs from its
    record, ValueError for an unsafe or repeated name.
    """
    stamp = _dos_time(modified)
    buffer = bytearray(chunk)
    central: list[bytes] = []
    names: set[str] = set()
    offset = 0
    for entry in entries:
        _check_name(entry.name, names)
        central.append(_central_record(entry, offset, stamp))
        header = _local_header(entry, stamp)
        out.write(header)
        _copy(entry, out, buffer, verify)
        offset += len(header) + entry.bytes
    directory = b"".join(central)
    ending = directory + _end_records(len(central), len(directory), offset)
    out.write(ending)
    return offset + len(ending)


def archive_size(entries: Iterable[ArchiveEntry]) -> int:
    """The exact length write_archive() is going to produce for the same entries."""
    offset = directory = count = 0
    for entry in entries:
        directory += len(_central_record(entry, offset, (0, 0)))
        offset += len(_local_header(entry, (0, 0))) + entry.bytes
        count += 1
    return offset + directory + len(_end_records(count, directory, offset))


def _copy(entry: ArchiveEntry, out: Sink, buffer: bytearray, verify: bool) -> None:
    """Copy exactly the recorded length, through one reused buffer where the source can fill it."""
    left, crc = entry.bytes, 0
    with entry.open() as source, memoryview(buffer) as view:
        readinto = getattr(source, "readinto", None)
        while left:
            room = min(left, len(view))
            piece = view[: readinto(view[:room])] if readinto else memoryview(source.read(room))
            if not len(piece):
                raise ArchiveMismatch(f"{entry.name}: the source ends {left} bytes early")
            if verify:
                crc = zlib.crc32(piece, crc)
            out.write(piece)
            left -= len(piece)
        if source.read(1):
            raise ArchiveMismatch(f"{entry.name}: the source is longer than {entry.bytes} bytes")
    if verify and crc != entry.crc32:
        raise ArchiveMismatch(f"{entry.name}: CRC {crc:08x} instead of {entry.crc32:08x}")


def _check_name(name: str, names: set[str]) -> None:
    if not is_safe_path(name):
        raise ValueError(f"not a safe entry name: {name!r}")
    if name.casefold() in names:
        raise ValueError(f"two entries are called {name!r}")
    names.add(name.casefold())


def _dos_time(moment: datetime) -> tuple[int, int]:
    """MS-DOS time and date, as written on the wall of `moment`; years outside 1980 .. 2107 are clipped."""
    if moment.year < 1980:
        moment = EPOCH
    date = (min(moment.year, 2107) - 1980) << 9 | moment.month << 5 | moment.day
    return moment.hour << 11 | moment.minute << 5 | moment.second // 2, date


def _local_header(entry: ArchiveEntry, stamp: tuple[int, int]) -> bytes:
    """4.3.7; a ZIP64 field holds both sizes where one 32-bit field is too small."""
    name = entry.name.encode()
    long = entry.bytes >= _FULL32
    extra = struct.pack("<HHQQ", 1, 16, entry.bytes, entry.bytes) if long else b""
    size = _FULL32 if long else entry.bytes
    fixed = (0x04034B50, _ZIP45 if long else _ZIP20, _UTF8_NAME, 0, *stamp, entry.crc32, size, size)
    return _LOCAL.pack(*fixed, len(name), len(extra)) + name + extra


def _central_record(entry: ArchiveEntry, offset: int, stamp: tuple[int, int]) -> bytes:
    """4.3.12; the ZIP64 field holds only what its 32-bit fields cannot (4.5.3)."""
    name = entry.name.encode()
    long = [entry.bytes, entry.bytes] if entry.bytes >= _FULL32 else []
    size = _FULL32 if long else entry.bytes
    if offset >= _FULL32:
        long.append(offset)
    extra = struct.pack(f"<HH{len(long)}Q", 1, 8 * len(long), *long) if long else b""
    version = _ZIP45 if long else _ZIP20
    fixed = (0x02014B50, _UNIX | version, version, _UTF8_NAME, 0, *stamp, entry.crc32, size, size)
    rest = (len(name), len(extra), 0, 0, 0, _REGULAR_FILE, min(offset, _FULL32))
    return _CENTRAL.pack(*fixed, *rest) + name + extra


def _end_records(count: int, size: int, offset: int) -> bytes:
    """4.3.14 to 4.3.16: the ZIP64 record and its locator come first, where any figure needs them."""
    long = b""
    if count >= _FULL16 or size >= _FULL32 or offset >= _FULL32:
        made_by = _UNIX | _ZIP45
        long = _END64.pack(0x06064B50, _END64.size - 12, made_by, _ZIP45, 0, 0, count, count, size, offset)
        long += _LOCATOR64.pack(0x07064B50, 0, offset + size, 1)
    shown = min(count, _FULL16)
    return long + _END.pack(0x06054B50, 0, 0, shown, shown, min(size, _FULL32), min(offset, _FULL32), 0)
