"""Takes one back-up of a running installation into a folder of its own, and links what an earlier one holds already.

Never blocks a writer: the database is read as one snapshot, objects never change once they have their name.
"""

import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TextIO

from sqlalchemy.engine import make_url

from jobs.backup.manifest import (
    DUMP_FILE,
    FORMAT,
    KEPT,
    LISTING,
    MANIFEST,
    OBJECTS,
    SQLITE_FILE,
    Manifest,
    Saved,
    digest,
    generations,
    listed,
    write_manifest,
    write_private,
)
from jobs.tools import Tools
from storage.clock import iso
from storage.errors import Invalid, ServiceError
from storage.objects import ObjectMissing
from storage.objects.local_files import flush_to_disk
from storage.records.database import Database, open_database
from storage.records.holdings import Holding, named_objects
from storage.sealing import Sealer, derive


@dataclass
class Taken:
    """What a back-up did. `missing` are objects that should have been there and were not."""

    folder: Path
    copied: int = 0
    linked: int = 0
    bytes: int = 0
    missing: list[str] = field(default_factory=list)


def take(tools: Tools, place: Path) -> Taken:
    """One back-up below `place`, named by its time. Nothing is left of one that fails."""
    moment = tools.clock()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    target, part = place / f"{moment:%Y%m%dT%H%M%SZ}", place / f".{moment:%Y%m%dT%H%M%SZ}.part"
    if target.exists() or part.exists():
        raise Invalid(f"{target} is there already.")
    earlier = generations(place)
    part.mkdir(mode=0o700)
    try:
        taken = fill(tools, part, earlier[-1] if earlier else None, moment)
        part.rename(target)
        flush_to_disk(place)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    taken.folder = target
    return taken


def fill(tools: Tools, part: Path, earlier: Path | None, moment: datetime) -> Taken:
    """The database, then what it names, then the secrets, and the manifest last."""
    taken = Taken(part)
    database, source = copy_database(tools, part)
    try:
        schema = source.version()
        known = {each.key: each for each in listed(earlier)} if earlier else {}
        with source.read() as tx, private(part / LISTING) as listing:
            for holding in named_objects(tx):
                saved = save(tools, holding, part, known.get(holding.key), earlier, taken)
                if saved is not None:
                    listing.write(json.dumps(vars(saved), ensure_ascii=False) + "\n")
            listing.flush()
            os.fsync(listing.fileno())
        taken.missing = still_missed(tools, taken.missing)
    finally:
        if source is not tools.database:
            source.dispose()
    kept = [name for name in KEPT if (tools.settings.data_dir / name).exists()]
    for name in kept:
        write_private(part / name, (tools.settings.data_dir / name).read_text())
    files = {name: digest(part / name) for name in (database, LISTING, *kept)}
    secret_id = derive(tools.settings.secret_key)[0]
    count = taken.copied + taken.linked
    write_manifest(part, Manifest(FORMAT, iso(moment), schema, database, secret_id, count, taken.bytes, files))
    flush_to_disk(part)
    return taken


def still_missed(tools: Tools, missing: list[str]) -> list[str]:
    """Those that the living records still want: the others' time was over, or their account was erased, meanwhile."""
    if not missing:
        return []
    now, missed = tools.clock(), set(missing)
    with tools.database.read() as tx:
        return [each.key for each in named_objects(tx) if each.key in missed and each.must_be_there(now)]


def copy_database(tools: Tools, part: Path) -> tuple[str, Database]:
    """The copy's name, and a database that names at least the objects that the copy names."""
    if make_url(tools.database.url).get_backend_name() != "sqlite":
        dump(tools.database.url, part / DUMP_FILE)
        return DUMP_FILE, tools.database
    path = part / SQLITE_FILE
    path.touch(mode=0o600)
    live = make_url(tools.database.url).database
    # In one step: the source is read as one snapshot, while its writers go on writing beside it.
    with closing(sqlite3.connect(f"file:{live}?mode=ro", uri=True)) as source, closing(sqlite3.connect(path)) as copy:
        source.execute("PRAGMA busy_timeout = 30000")
        source.backup(copy, pages=-1)
        check_integrity(copy)
    flush_to_disk(path)
    settings = tools.settings
    return SQLITE_FILE, open_database(f"sqlite:///{path}", Sealer(settings.secret_key, settings.secret_key_previous))


def check_integrity(connection: sqlite3.Connection) -> None:
    """ServiceError when the file is not a whole database."""
    try:
        (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as fault:
        raise ServiceError("The database's copy is damaged.", cause=fault) from fault
    if verdict != "ok":
        raise ServiceError("The database's copy is damaged.", cause=verdict)


def dump(url: str, path: Path) -> None:
    """PostgreSQL's own tool makes one snapshot. ServiceError where it is missing or fails; the password stays out of
    the process list."""
    parsed = make_url(url)
    bare = parsed.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    command = ["pg_dump", "--format=custom", "--no-owner", f"--file={path}", bare]
    environ = {**os.environ, "PGPASSWORD": parsed.password or ""}
    path.touch(mode=0o600)
    try:
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    except OSError as fault:
        raise ServiceError("pg_dump is not installed; it is needed to back up PostgreSQL.", cause=fault) from fault
    if done.returncode:
        raise ServiceError("pg_dump failed: " + done.stderr.strip().partition("\n")[0][:300])


def save(
    tools: Tools, holding: Holding, part: Path, known: Saved | None, earlier: Path | None, taken: Taken
) -> Saved | None:
    """Link or copy one object; None when it is not there or not what its record says, which is noted."""
    target = part / OBJECTS / holding.key
    try:
        stat = tools.objects.stat(holding.key)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        same = known is not None and (known.bytes, known.modified) == (stat.bytes, stat.modified.isoformat())
        if known is not None and earlier is not None and same and holding.sha256 in (None, known.sha256):
            with suppress(OSError):
                os.link(earlier / OBJECTS / holding.key, target)
                taken.linked += 1
                taken.bytes += known.bytes
                return known
        stored = tools.objects.fetch_to(holding.key, target)
    except ObjectMissing:
        taken.missing.append(holding.key)
        return None
    if holding.sha256 not in (None, stored.sha256):
        taken.missing.append(holding.key)
        target.unlink()
        return None
    target.chmod(0o600)
    flush_to_disk(target)
    taken.copied += 1
    taken.bytes += stored.bytes
    return Saved(holding.key, stored.bytes, stored.sha256, stat.modified.isoformat())


def private(path: Path) -> TextIO:
    """A new file for its owner only."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w")


def forget_old(place: Path, keep: int) -> list[str]:
    """Remove all but the newest `keep` back-ups; their linked objects stay with those that share them."""
    old = generations(place)[: -keep or None] if keep else []
    for folder in old:
        (folder / MANIFEST).unlink()  # first, so that half a folder is not taken for a back-up
        shutil.rmtree(folder)
    return [folder.name for folder in old]
