"""Two hundred hostile names go into one archive; three unpackers must keep all of them inside the folder."""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.archive import ArchiveEntry, write_archive
from jobs.entry_names import EntryNames

SEEDS = [
    *("../../etc/passwd", "..\\..\\win.ini", "/etc/shadow", "C:\\autoexec.bat", "\\\\server\\share\\x", "~/.ssh/id"),
    *("..", ".", "", " ", "...", "a/../../b", "con", "NUL.jpg", "com1", "LPT9.txt", "aux.", "a\x00.jpg", "a\nb"),
    *("\u202egpj.exe", "a\u2066b\u2069", "\ufeffx", "x" * 400 + ".jpg", "猫" * 200, "e\u0301" * 100, "\ud800"),
    *("-rf", "--help", "$(reboot)", "`id`", "%2e%2e%2fx", "*.jpg", "a?b", "a|b", 'a"b', "a<b>", "\U0001f600.png"),
    *(".htaccess", "a. ", "file.", "A", "a"),
]


def hostile_names() -> list[str]:
    """The seeds, and joined pairs of them up to two hundred; the same every time."""
    chance = random.Random(99)
    return SEEDS + ["".join(chance.sample(SEEDS, 2)) for _ in range(200 - len(SEEDS))]


def with_python(archive: Path, folder: Path) -> None:
    zipfile.ZipFile(archive).extractall(folder)


def with_unzip(archive: Path, folder: Path) -> None:
    run("unzip", "-q", str(archive), "-d", str(folder))


def with_7z(archive: Path, folder: Path) -> None:
    run("7z", "x", "-y", f"-o{folder}", str(archive))


def run(*command: str) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}")
    # A UTF-8 locale: under the C locale unzip writes other characters than ASCII as #U1234 and 7z may drop them.
    done = subprocess.run(command, capture_output=True, timeout=60, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")


@pytest.mark.parametrize("unpack", [with_python, with_unzip, with_7z])
def test_nothing_escapes_and_nothing_is_lost(tmp_path: Path, unpack: Callable[[Path, Path], None]) -> None:
    taken = EntryNames()
    names = [taken.take(text) for text in hostile_names()]
    assert len(names) == 200
    contents = {f"prints/{name}": name.encode() for name in names}
    archive = tmp_path / "hostile.zip"
    with archive.open("wb") as out:
        write_archive(
            out,
            [
                ArchiveEntry(name, len(data), zlib.crc32(data), lambda data=data: io.BytesIO(data))  # type: ignore[misc]
                for name, data in contents.items()
            ],
        )
    folder = tmp_path / "deep" / "unpacked"
    folder.mkdir(parents=True)
    unpack(archive, folder)
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert found == contents
    everything = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")}
    assert everything == {"deep", "hostile.zip"}
    assert not [path for path in tmp_path.rglob("*") if path.is_symlink()]
