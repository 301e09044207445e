"""The archive is what three independent readers expect, to the byte that was announced, at any size."""

from __future__ import annotations

import io
import shutil
import subprocess
import tracemalloc
import zipfile
import zlib
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.archive import ArchiveEntry, ArchiveMismatch, archive_size, write_archive
from jobs.entry_names import EntryNames

GIB = 1 << 30


def entry(name: str, data: bytes) -> ArchiveEntry:
    return ArchiveEntry(name, len(data), zlib.crc32(data), lambda: io.BytesIO(data))


def archive_of(files: dict[str, bytes]) -> bytes:
    entries = [entry(name, data) for name, data in files.items()]
    out = io.BytesIO()
    assert write_archive(out, entries, chunk=1000, verify=True) == len(out.getvalue()) == archive_size(entries)
    return out.getvalue()


def assert_reads_back(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files


@settings(max_examples=60)
@given(st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=5000)), max_size=12), st.integers(1, 3000))
def test_python_reads_back_what_went_in(files: list[tuple[str, bytes]], chunk: int) -> None:
    taken = EntryNames()
    names = [taken.take(name) for name, _ in files]
    entries = [entry(name, data) for name, (_, data) in zip(names, files, strict=True)]
    out = io.BytesIO()
    assert write_archive(out, entries, chunk=chunk) == len(out.getvalue()) == archive_size(entries)
    with zipfile.ZipFile(out) as archive:
        assert archive.namelist() == names
        assert [archive.read(name) for name in names] == [data for _, data in files]
        for info in archive.infolist():
            assert (info.compress_type, info.flag_bits & 0x08) == (zipfile.ZIP_STORED, 0)


FILES = {
    "manifest.json": b"{}",
    "prints/Käse 猫.jpg": b"print" * 70_000,
    "prints/empty.txt": b"",
    "mockups/room one/a.jpg": bytes(range(256)) * 300,
}


@pytest.fixture
def example(tmp_path: Path) -> Path:
    path = tmp_path / "example.zip"
    path.write_bytes(archive_of(FILES))
    return path


def test_python_agrees(example: Path) -> None:
    assert_reads_back(example, FILES)


def run_reader(*command: str) -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, errors="replace")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_unzip_agrees(example: Path, tmp_path: Path) -> None:
    assert "No errors detected" in run_reader("unzip", "-t", str(example))
    run_reader("unzip", "-q", str(example), "-d", str(tmp_path / "unpacked"))
    assert (tmp_path / "unpacked/prints/Käse 猫.jpg").read_bytes() == FILES["prints/Käse 猫.jpg"]
    assert (tmp_path / "unpacked/manifest.json").stat().st_mode & 0o777 == 0o644


def test_7z_agrees(example: Path) -> None:
    assert "Everything is Ok" in run_reader("7z", "t", str(example))


def test_an_archive_of_nothing_is_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "nothing.zip"
    path.write_bytes(archive_of({}))
    assert_reads_back(path, {})


def test_the_same_entries_give_the_same_bytes_and_the_time_is_given() -> None:
    assert archive_of(FILES) == archive_of(FILES)
    out = io.BytesIO()
    write_archive(out, [entry("a", b"1")], modified=datetime(2026, 11, 22, 9, 30, 41, tzinfo=UTC))
    with zipfile.ZipFile(out) as archive:
        assert archive.infolist()[0].date_time == (2026, 11, 22, 9, 30, 40)
    with zipfile.ZipFile(io.BytesIO(archive_of({"a": b""}))) as archive:
        assert archive.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)


@pytest.mark.parametrize("recorded", [9, 11])
def test_a_source_of_another_length_is_a_mismatch(recorded: int) -> None:
    liar = ArchiveEntry("a", recorded, 0, lambda: io.BytesIO(b"0123456789"))
    with pytest.raises(ArchiveMismatch, match="a: the source"):
        write_archive(io.BytesIO(), [liar])


def test_verify_finds_a_wrong_crc_and_trust_is_the_default() -> None:
    liar = ArchiveEntry("a", 10, 123, lambda: io.BytesIO(b"0123456789"))
    with pytest.raises(ArchiveMismatch, match="CRC"):
        write_archive(io.BytesIO(), [liar], verify=True)
    assert write_archive(io.BytesIO(), [liar]) > 10


@pytest.mark.parametrize("names", [["../a"], ["/a"], ["a\\b"], [""], ["a/"], ["a", "a"], ["a", "A"]])
def test_unsafe_and_repeated_names_are_refused(names: list[str]) -> None:
    with pytest.raises(ValueError, match="name|called"):
        write_archive(io.BytesIO(), [entry(name, b"") for name in names])


class Zeros(io.RawIOBase):
    """A source of `length` zero bytes; whole pieces are left as they are, since SparseFile never looks at them."""

    def __init__(self, length: int) -> None:
        self.left = length

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        taken = min(len(buffer), self.left)
        self.left -= taken
        if self.left == 0:
            buffer[:taken] = bytes(taken)
        return taken

    def read(self, size: int = -1) -> bytes:
        return bytes(min(size, self.left))


class SparseFile:
    """A sink that leaves holes for whole pieces of zeros, so that archives of many GiB need no disk."""

    def __init__(self, file: BinaryIO, hole: int) -> None:
        self.file, self.hole = file, hole

    def write(self, data: bytes | memoryview) -> int:
        if len(data) == self.hole:
            self.file.seek(self.hole, 1)
        else:
            self.file.write(data)
        return len(data)


def zeros(name: str, length: int, crc32: int = 0) -> ArchiveEntry:
    return ArchiveEntry(name, length, crc32, lambda: nullcontext(Zeros(length)))  # type: ignore[arg-type]


def sparse_archive(path: Path, entries: list[ArchiveEntry]) -> int:
    chunk = 64 << 20
    with path.open("wb") as file:
        size = write_archive(SparseFile(file, chunk), entries, chunk=chunk)
    assert size == path.stat().st_size == archive_size(entries)
    return size


LAST = b"the last entry"


@pytest.mark.parametrize(
    ("sizes", "versions"),
    [
        ([4 * GIB - 2], [20, 45]),  # the second offset is over the limit, no length is
        ([4 * GIB - 1], [45, 45]),  # the length that is its own escape value
        ([5 * GIB], [45, 45]),
        ([3 * GIB, 3 * GIB], [20, 20, 45]),
        ([GIB], [20, 20]),
    ],
)
def test_lengths_and_offsets_over_4_gib(tmp_path: Path, sizes: list[int], versions: list[int]) -> None:
    path = tmp_path / "big.zip"
    entries = [zeros(f"zeros{number}", size) for number, size in enumerate(sizes)]
    sparse_archive(path, [*entries, entry("last", LAST)])
    with zipfile.ZipFile(path) as archive:
        assert archive.read("last") == LAST
        assert [info.file_size for info in archive.infolist()] == [*sizes, len(LAST)]
        assert [info.extract_version for info in archive.infolist()] == versions
        for info in archive.infolist():
            with archive.open(info) as file:
                assert file.read(4) == (LAST[:4] if info.filename == "last" else bytes(4))


def test_small_archives_need_no_zip64() -> None:
    data = archive_of(FILES)
    assert b"PK\x06\x06" not in data and b"PK\x06\x07" not in data


@pytest.mark.parametrize(("count", "long"), [(65_534, False), (65_536, True)])
def test_more_entries_than_16_bits(tmp_path: Path, count: int, long: bool) -> None:
    out = io.BytesIO()
    entries = [ArchiveEntry(f"{number:05d}", 0, 0, io.BytesIO) for number in range(count)]
    assert write_archive(out, entries) == archive_size(entries) == len(out.getvalue())
    assert (b"PK\x06\x06" in out.getvalue()[-200:]) == long
    with zipfile.ZipFile(out) as archive:
        assert len(archive.namelist()) == count


def test_memory_is_one_chunk() -> None:
    class Nowhere:
        def write(self, data: bytes | memoryview) -> int:
            return len(data)

    entries = [zeros(f"{number}", 50 << 20) for number in range(20)]
    tracemalloc.start()
    write_archive(Nowhere(), entries)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 << 20  # the chunk, and the one that Zeros makes
