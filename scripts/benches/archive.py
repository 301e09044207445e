"""How fast the ZIP writer is against plain copies of the same bytes: 60 files of 10 MB, sizes and CRCs known.

null    the writer alone, into nothing, against reading the files
store   through the store's writer (hashed, flushed), against the plain joined bytes through the same
disk    through the store's writer, against shutil.copyfileobj to a new file, flushed and renamed
"""

import os
import secrets
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

from jobs.archive import ArchiveEntry, archive_size, write_archive
from scripts.benches.table import Figure, Row, Target
from scripts.benches.timing import Reading, Setup, peak_mib, spent
from storage.objects import LocalOptions, ObjectStore, open_store

ROUNDS = 5
CHUNK = 1 << 20


def _row(what: str, ours: str, theirs: str, shown: str) -> Row:
    return Row("zip", what, "MB/s", Figure(ours, "pace", "ZIP"), Figure(theirs, "pace", shown), "ratio",
               Target("at least", 0.8), 0)  # fmt: skip


ROWS = (
    _row("the writer alone, into nothing", "zip null", "copy null", "reading"),
    _row("into the store", "zip store", "copy store", "joined bytes"),
    _row("into the store", "zip store", "copy disk", "copy to disk"),
)


class Nowhere:
    """A sink that drops everything."""

    def write(self, data: bytes | memoryview) -> int:
        return len(data)


def prepare(setup: Setup) -> None:
    """The files, of random bytes, named with the CRC that the service records when it writes one."""
    files, size = (6, 2_000_000) if setup.quick else (60, 10_000_000)
    for number in range(files):
        data = os.urandom(size)
        (setup.folder / f"{number:03}-{zlib.crc32(data)}.jpg").write_bytes(data)


def run(side: str, setup: Setup) -> Reading:
    """MB/s of one whole archive or copy."""
    entries = [entry(path) for path in sorted(setup.folder.glob("*.jpg"))]
    folder = setup.folder / secrets.token_hex(4)
    folder.mkdir()
    for item in entries:
        copy_to([item], Nowhere().write)  # every side finds the files in the page cache
    keys = {"bench": secrets.token_bytes(32)}
    store = open_store(LocalOptions(folder / "objects", "http://localhost", keys, "bench"))
    ways: dict[str, Callable[[], object]] = {
        "zip null": lambda: write_archive(Nowhere(), entries),
        "copy null": lambda: copy_to(entries, Nowhere().write),
        "zip store": lambda: zip_to_store(store, entries),
        "copy store": lambda: copy_to_store(store, entries),
        "copy disk": lambda: copy_to_disk(folder / "copy", entries),
    }
    seconds = spent(ways[side]).wall
    shutil.rmtree(folder)
    return Reading({"pace": sum(item.bytes for item in entries) / 1e6 / seconds}, peak_mib())


def entry(path: Path) -> ArchiveEntry:
    crc = int(path.stem.partition("-")[2])
    return ArchiveEntry(path.name, path.stat().st_size, crc, lambda: path.open("rb", buffering=0))


def copy_to(entries: list[ArchiveEntry], write: Callable[[memoryview], object]) -> None:
    """The floor: the same reads into the same buffer, without a ZIP around them."""
    buffer = memoryview(bytearray(CHUNK))
    for item in entries:
        with item.open() as source:
            while taken := source.readinto(buffer):  # type: ignore[attr-defined]
                write(buffer[:taken])


def zip_to_store(store: ObjectStore, entries: list[ArchiveEntry]) -> None:
    with store.writer("zip/bench.zip", content_type="application/zip") as out:
        written = write_archive(out, entries)
    if written != archive_size(entries):
        raise RuntimeError("the archive has not the length it was announced with")


def copy_to_store(store: ObjectStore, entries: list[ArchiveEntry]) -> None:
    with store.writer("zip/bench.bin", content_type="application/octet-stream") as out:
        copy_to(entries, out.write)


def copy_to_disk(target: Path, entries: list[ArchiveEntry]) -> None:
    part = target.with_suffix(".part")
    with part.open("wb") as out:
        for item in entries:
            with item.open() as source:
                shutil.copyfileobj(source, out, CHUNK)
        out.flush()
        os.fsync(out.fileno())
    part.replace(target)
