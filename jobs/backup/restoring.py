"""Checks a back-up, and brings one into an empty data folder. Never writes into a folder that holds anything, and takes
no file whose hash is not the one that was noted."""

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from jobs.backup.manifest import (
    DUMP_FILE,
    KEPT,
    LISTING,
    OBJECTS,
    SQLITE_FILE,
    Manifest,
    digest,
    listed,
    newest,
    read_manifest,
)
from jobs.backup.taking import check_integrity
from storage.errors import Invalid, ServiceError
from storage.objects.keys import check_key
from storage.objects.local_files import flush_to_disk
from storage.records.schema import revisions

DATABASE = "darkroom.sqlite3"  # as the settings name it in a data folder


@dataclass
class Report:
    """What was looked at, and everything that is not as it was noted."""

    folder: Path
    manifest: Manifest
    objects: int = 0
    bytes: int = 0
    faults: list[str] = field(default_factory=list)


def verify(place: Path) -> Report:
    """Every file of a back-up (the newest of a folder of them) is read and compared with what was noted of it."""
    folder = newest(place)
    manifest = read_manifest(folder)
    report = Report(folder, manifest)
    for name, noted in manifest.files.items():
        path = folder / name
        if not path.is_file() or digest(path) != noted:
            report.faults.append(f"{name} is damaged or missing.")
    if LISTING not in " ".join(report.faults):
        for saved in listed(folder):
            path = folder / OBJECTS / check_key(saved.key)
            report.objects, report.bytes = report.objects + 1, report.bytes + saved.bytes
            if not path.is_file() or path.stat().st_size != saved.bytes or digest(path) != saved.sha256:
                report.faults.append(f"{saved.key} is damaged or missing.")
        if report.objects != manifest.objects:
            report.faults.append(f"{report.objects} objects are listed, {manifest.objects} were noted.")
    if manifest.database == SQLITE_FILE and not report.faults:
        check_database(folder / SQLITE_FILE)
    return report


def check_database(path: Path) -> None:
    """ServiceError when the copy is not whole. Opened as it is: a look must not change the file that was hashed."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as copy:
        check_integrity(copy)


def restore(place: Path, into: Path) -> Report:
    """A verified back-up as a data folder that scripts/serve starts on. Nothing is written when the target is not empty
    (Invalid), the schema is not known here (ServiceError), or a hash is wrong, which the report says."""
    folder = newest(place)
    manifest = read_manifest(folder)
    check_target(into)
    check_version(manifest)
    report = verify(folder)
    if report.faults:
        return report
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    for saved in listed(folder):
        bring(folder / OBJECTS / saved.key, into / "objects" / check_key(saved.key))
    for name in (name for name in KEPT if name in manifest.files):
        bring(folder / name, into / name)
    names = {SQLITE_FILE: DATABASE, DUMP_FILE: DUMP_FILE}
    bring(folder / manifest.database, into / names[manifest.database])  # last: without it nothing starts on the folder
    flush_to_disk(into)
    return report


def check_target(into: Path) -> None:
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise Invalid(f"{into} is not empty; a back-up is restored into a new folder.")


def check_version(manifest: Manifest) -> None:
    if manifest.schema not in revisions():
        raise ServiceError(
            f"The back-up's schema {manifest.schema!r} is not known to this program; install its version."
        )


def bring(source: Path, target: Path) -> None:
    """Copy one file for its owner only, its time as well, on the disk before the next."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    shutil.copystat(source, target)
    os.chmod(target, 0o600)
    flush_to_disk(target)
