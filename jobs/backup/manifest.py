"""What a back-up says of itself: one JSON file about the whole, one line of JSON per object. Written last, so that a
folder without it is an unfinished back-up and nothing else."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from storage.errors import Invalid

FORMAT = 1
MANIFEST, OBJECTS, LISTING = "manifest.json", "objects", "objects.jsonl"
SQLITE_FILE, DUMP_FILE = "database.sqlite3", "database.dump"
KEPT = ("secret_key", "dashboard_password", "demo_account.json")  # of the data folder, where they are there
PIECE = 1 << 20


@dataclass(frozen=True)
class Saved:
    """One object as it was copied. `modified` is the store's own time, by which the next back-up knows it again."""

    key: str
    bytes: int
    sha256: str
    modified: str


@dataclass(frozen=True)
class Manifest:
    format: int
    created_at: str
    schema: str
    database: str  # the file's name
    secret_id: str  # which SECRET_KEY sealed the secrets; not the key
    objects: int
    bytes: int
    files: dict[str, str]  # SHA-256 by name: the database, the listing, the kept secrets


def digest(path: Path) -> str:
    """SHA-256 in hexadecimal."""
    found = hashlib.sha256()
    with path.open("rb") as source:
        while piece := source.read(PIECE):
            found.update(piece)
    return found.hexdigest()


def write_private(path: Path, text: str) -> None:
    """For its owner only from the first byte on, and on the disk."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def write_manifest(folder: Path, manifest: Manifest) -> None:
    write_private(folder / MANIFEST, json.dumps(asdict(manifest), indent=2))


def read_manifest(folder: Path) -> Manifest:
    """Invalid when there is no finished back-up of a form that is known here."""
    try:
        found = json.loads((folder / MANIFEST).read_text())
        if found["format"] != FORMAT:
            raise Invalid(f"{folder} is a back-up of form {found['format']}; this program reads form {FORMAT}.")
        return Manifest(**found)
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise Invalid(f"{folder} holds no finished back-up.", cause=fault) from fault


def listed(folder: Path) -> Iterator[Saved]:
    """Every object of a back-up, in the order of the copy."""
    with (folder / LISTING).open() as lines:
        for line in lines:
            yield Saved(**json.loads(line))


def generations(place: Path) -> list[Path]:
    """The finished back-ups in a folder, oldest first."""
    return sorted(path.parent for path in place.glob(f"*/{MANIFEST}")) if place.is_dir() else []


def newest(place: Path) -> Path:
    """The folder itself when it is a back-up, else the newest in it. Invalid when there is none."""
    if (place / MANIFEST).exists():
        return place
    found = generations(place)
    if not found:
        raise Invalid(f"{place} holds no finished back-up.")
    return found[-1]
