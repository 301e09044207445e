"""Results from their addresses to files: streamed beside their place, checked by length and SHA-256, then renamed.
Never writes outside the output folder, whatever name the service sends, and never shows a half file."""

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import requests

from uploading.digests import sha256_of
from uploading.exits import Misused
from uploading.seams import Seams
from uploading.wire import BUSY, NETWORK_FAULTS, TIMEOUT_S, Busy, Keyed, Wire, retry_after

PIECE = 256 << 10
LONGEST_NAME = 150
UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')


@dataclass(frozen=True)
class Link:
    """A file to fetch, or to write when `content` is given. `size` and `sha256` are checked where they are known."""

    name: str
    url: str = ""
    size: int | None = None
    sha256: str | None = None
    content: bytes | None = None


class Gone(Exception):
    """The result is not there any more."""


def safe_part(name: str, otherwise: str = "file") -> str:
    """One path part that means nothing to any file system: no separator, no device, no leading dot, not too long."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = UNSAFE.sub("_", last).strip().lstrip(".").rstrip(". ")
    if len(kept.encode("utf-8", "replace")) > LONGEST_NAME:
        stem, dot, ending = kept.rpartition(".")
        ending = dot + ending if dot and len(ending) < 10 else ""
        room = LONGEST_NAME - len(ending)
        kept = (stem or kept).encode("utf-8", "replace")[:room].decode("utf-8", "ignore") + ending
    return kept or otherwise


def place(out: Path, folder: str, name: str) -> Path:
    """Where a result goes; its folder is made. Misused when a link inside of `out` would lead out of it."""
    parts = [safe_part(part) for part in folder.split("/") if part not in ("", ".", "..")]
    target = out.joinpath(*parts)
    target.mkdir(parents=True, exist_ok=True)
    if not target.resolve().is_relative_to(out.resolve()):
        raise Misused(f"'{target}' leads out of the output folder.")
    return target / safe_part(name)


def save(wire: Wire, seams: Seams, link: Link, path: Path) -> bool:
    """Write the file at `path`, whole and checked. False when it lay there already. Gone, Temporary."""
    if link.sha256 and path.is_file() and not path.is_symlink() and sha256_of(path) == link.sha256:
        return False
    part = path.with_name(f".{path.name}.part")
    try:
        if link.content is not None:
            write_pieces(part, [link.content], link, seams)
        else:
            trial = wire.patience.trial()
            while True:
                try:
                    with fetched(wire.session, link.url) as reply:
                        write_pieces(part, pieces_of(reply), link, seams)
                    break
                except Busy as busy:
                    trial.wait(f"'{path.name}': {busy}", busy.asked)
        os.replace(part, path)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    seams.reach("fetched")
    return True


def fetched(session: requests.Session, url: str) -> requests.Response:
    """The reply to a signed address, which carries its own permission: no key is sent along."""
    try:
        reply = session.get(url, stream=True, timeout=TIMEOUT_S, auth=Keyed({}))
    except NETWORK_FAULTS as fault:
        raise Busy(f"the file cannot be reached ({type(fault).__name__})") from fault
    except requests.RequestException as fault:
        raise Gone(f"The address of the result cannot be used: {fault}") from fault
    if reply.status_code == 200:
        return reply
    reply.close()
    if reply.status_code in BUSY:
        raise Busy(f"{reply.status_code} {reply.reason}", retry_after(reply.headers))
    raise Gone(f"The result cannot be fetched: {reply.status_code} {reply.reason}.")


def pieces_of(reply: requests.Response) -> Iterator[bytes]:
    try:
        yield from reply.iter_content(PIECE)
    except NETWORK_FAULTS as fault:
        raise Busy("the connection was lost") from fault


def write_pieces(part: Path, pieces: Iterable[bytes], link: Link, seams: Seams) -> None:
    """Write, sync and check; Busy when length or hash are not the announced ones."""
    found, size = hashlib.sha256(), 0
    with suppress(FileNotFoundError):
        part.unlink()  # a link left there must not be written through
    with part.open("xb") as out:
        for piece in pieces:
            found.update(piece)
            size += len(piece)
            out.write(piece)
            seams.reach("fetching")
        out.flush()
        os.fsync(out.fileno())
    if link.size is not None and size != link.size:
        raise Busy(f"{size} bytes came instead of {link.size}")
    if link.sha256 is not None and found.hexdigest() != link.sha256:
        raise Busy("the hash is not the announced one")
