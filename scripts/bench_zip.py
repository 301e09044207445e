"""How fast the ZIP writer is against plain copies of the same bytes; prints one table and deletes what it wrote.

usage: python scripts/bench_zip.py [--files 60] [--mb 10] [--rounds 6] [--folder DIR]

Three pairs, each run in turns, first the one and then the other, so that a busy machine slows both alike:
  null sink       the writer alone against reading the files
  into the store  ZIP against the plain joined bytes, both through the store's writer (hashed, flushed)
  onto the disk   ZIP through the store's writer against shutil.copyfileobj to a new file, flushed and renamed
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from jobs.archive import ArchiveEntry, archive_size, write_archive  # noqa: E402
from storage.objects import LocalOptions, ObjectStore, open_store  # noqa: E402

CHUNK = 1 << 20


class Nowhere:
    """A sink that drops everything."""

    def write(self, data: bytes | memoryview) -> int:
        return len(data)


def make_entries(folder: Path, files: int, size: int) -> list[ArchiveEntry]:
    """Files of random bytes, with the CRCs that the service records when it writes them."""
    entries = []
    for number in range(files):
        data = os.urandom(size)
        path = folder / f"{number:03d}.jpg"
        path.write_bytes(data)
        entries.append(ArchiveEntry(path.name, size, zlib.crc32(data), lambda path=path: path.open("rb", buffering=0)))
    return entries


def copy_to(entries: list[ArchiveEntry], write: Callable[[memoryview], object]) -> None:
    """The floor: the same reads into the same buffer, without a ZIP around them."""
    buffer = memoryview(bytearray(CHUNK))
    for entry in entries:
        with entry.open() as source:
            while taken := source.readinto(buffer):  # type: ignore[attr-defined]
                write(buffer[:taken])


def zip_to_store(store: ObjectStore, entries: list[ArchiveEntry]) -> None:
    with store.writer("zip/bench.zip", content_type="application/zip") as out:
        assert write_archive(out, entries) == archive_size(entries)


def copy_to_store(store: ObjectStore, entries: list[ArchiveEntry]) -> None:
    with store.writer("zip/bench.bin", content_type="application/octet-stream") as out:
        copy_to(entries, out.write)


def copy_to_disk(target: Path, entries: list[ArchiveEntry]) -> None:
    part = target.with_suffix(".part")
    with part.open("wb") as out:
        for entry in entries:
            with entry.open() as source:
                shutil.copyfileobj(source, out, CHUNK)
        out.flush()
        os.fsync(out.fileno())
    part.replace(target)


def seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def paired(ours: Callable[[], object], floor: Callable[[], object], rounds: int) -> list[tuple[float, float]]:
    """Seconds of both in every round; who goes first changes, because the second finds the disk busy."""
    times = []
    for number in range(rounds):
        if number % 2:
            theirs = seconds(floor)
            times.append((seconds(ours), theirs))
        else:
            mine = seconds(ours)
            times.append((mine, seconds(floor)))
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--mb", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--folder", type=Path, help="where to write (default: the temporary folder)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        folder = Path(name)
        entries = make_entries(folder, args.files, args.mb * 1_000_000)
        store = open_store(LocalOptions(folder / "objects", "http://localhost", {"bench": os.urandom(32)}, "bench"))
        null = Nowhere()
        pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "null sink": (lambda: write_archive(null, entries), lambda: copy_to(entries, null.write)),
            "into the store": (lambda: zip_to_store(store, entries), lambda: copy_to_store(store, entries)),
            "onto the disk": (lambda: zip_to_store(store, entries), lambda: copy_to_disk(folder / "copy", entries)),
        }
        megabytes = args.files * args.mb
        print(f"{megabytes} MB in {args.files} files, median of {args.rounds} rounds")
        for label, (ours, floor) in pairs.items():
            times = paired(ours, floor, args.rounds)
            ratio = statistics.median(theirs / mine for mine, theirs in times)
            mine, theirs = (megabytes / statistics.median(column) for column in zip(*times, strict=True))
            print(f"{label:16} zip {mine:7.0f} MB/s   copy {theirs:7.0f} MB/s   ratio {ratio:.2f}")
    print(f"peak RSS {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
