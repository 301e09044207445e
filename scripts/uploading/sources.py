"""What to send: folders, globs, list files, single files and addresses as one sorted list. Never opens a picture, never
follows a link to a folder, and never finds what this program has fetched itself."""

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from uploading.exits import Misused

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".gif", ".bmp", ".avif")
UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart")
ADDRESS = ("http://", "https://")


@dataclass(frozen=True)
class Found:
    """A picture that was named or found. `relative` is its path below the source, and the last part of an address."""

    relative: str
    path: Path | None = None
    url: str = ""


def unfinished(name: str) -> bool:
    """Hidden files, and what programs call a file that they are still writing."""
    return name.startswith((".", "~")) or name.endswith("~") or name.lower().endswith(UNFINISHED)


def find(sources: Sequence[str], own_folders: Iterable[Path] = ()) -> list[Found]:
    """Every picture of these sources once, by path; Misused for a source that is not there."""
    own = [folder.resolve() for folder in own_folders]
    seen: dict[str, Found] = {}
    for source in sources:
        for found in of_source(source):
            if found.path is not None and any(found.path.resolve().is_relative_to(folder) for folder in own):
                continue
            seen.setdefault(found.url or str(found.path), found)
    return sorted(seen.values(), key=lambda found: (found.relative, str(found.path)))


def of_source(source: str) -> Iterator[Found]:
    if source.startswith(ADDRESS):
        yield address(source)
    elif source.startswith("@"):
        yield from of_list(Path(source[1:]))
    elif os.path.isdir(source):
        yield from of_folder(Path(source))
    elif os.path.isfile(source):
        yield from of_list(Path(source)) if source.lower().endswith(".txt") else [single(Path(source))]
    elif glob.has_magic(source):
        yield from of_glob(source)
    else:
        raise Misused(f"There is no file or folder '{source}'.")


def of_folder(folder: Path) -> Iterator[Found]:
    """Pictures by their suffix, in all folders below; hidden and unfinished ones are passed over."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not unfinished(name))
        for name in files:
            path = Path(place, name)
            if not unfinished(name) and path.suffix.lower() in PICTURES and path.is_file():
                yield Found(path.relative_to(folder).as_posix(), path.absolute())


def of_glob(pattern: str) -> Iterator[Found]:
    """Files that match, `**` included; their place is told from the last folder without a wildcard."""
    parts = Path(pattern).parts
    plain = next((at for at, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    base = Path(*parts[:plain]) if plain else Path()
    for name in sorted(glob.glob(pattern, recursive=True)):
        path = Path(name)
        if path.is_file() and not unfinished(path.name):
            yield Found(path.relative_to(base).as_posix(), path.absolute())


def of_list(path: Path) -> Iterator[Found]:
    """One path or address a line, paths as seen from the list's folder; blank lines and # comments are passed over."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise Misused(f"The list '{path}' cannot be read: {fault}.") from fault
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if text.startswith(ADDRESS):
            yield address(text)
            continue
        named = path.parent / text
        if not named.is_file():
            raise Misused(f"Line {number} of '{path}': there is no file '{text}'.")
        yield single(named)


def single(path: Path) -> Found:
    return Found(path.name, path.absolute())


def address(url: str) -> Found:
    if not urlsplit(url).hostname or any(ord(character) < 33 for character in url):
        raise Misused(f"'{url[:200]}' is not an address.")
    return Found(unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]) or "image", url=url)
