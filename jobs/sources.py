"""Brings an image's sources to local files, with their hashes: uploads from the object store, addresses by the one
guarded fetcher. Never decodes, never trusts a name or a declared type.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config import Settings
from jobs.egress.fetch import fetch_image
from jobs.egress.urls import EgressPolicy, parse_allowed
from jobs.tools import Tools
from storage.errors import ImageFault
from storage.model import Image, Source
from storage.objects import ObjectMissing, ObjectStoreDown
from storage.objects.digest import Digest
from storage.records import images as image_records

CHUNK = 1 << 20


@dataclass(frozen=True)
class Fetched:
    """A source on this machine: read only where it is the store's own file."""

    path: Path
    bytes: int
    sha256: str


def fetch_sources(tools: Tools, image: Image, max_bytes: int, folder: Path, check: Callable[[], None]) -> list[Fetched]:
    """Every source of `image`, in order. ImageFault with a source_* code, file_too_large or storage_unavailable."""
    fetched = []
    for number, source in enumerate(image.sources):
        check()
        path = folder / f"source-{number:03d}"
        fetched.append(_from_store(tools, source, path) if source.key else _from_web(tools, source, path, max_bytes))
    return fetched


def refuse_quarantined(tools: Tools, hashes: list[str]) -> None:
    """ImageFault with the code under which bytes of one of these SHA-256 crashed a worker before."""
    with tools.database.read() as tx:
        for sha256 in hashes:
            code = image_records.quarantined(tx, sha256, tools.clock())
            if code is not None:
                fault = ImageFault(code, cause="the same bytes crashed a worker before")
                fault.retryable = False
                raise fault


def egress_policy(settings: Settings) -> EgressPolicy:
    """The rules that every fetch of this installation keeps."""
    return EgressPolicy(
        allow_http=settings.allow_http_sources,
        allowed=parse_allowed(settings.egress_allow),
        proxy=settings.egress_proxy or None,
    )


def _from_store(tools: Tools, source: Source, path: Path) -> Fetched:
    key = str(source.key)
    try:
        own = tools.objects.local_path(key)
        if own is not None:
            return _described(own, source)
        stored = tools.objects.fetch_to(key, path)
    except ObjectMissing as fault:
        raise ImageFault("storage_unavailable", "The uploaded file is no longer there.", cause=fault) from fault
    except ObjectStoreDown as fault:
        raise ImageFault("storage_unavailable", cause=fault) from fault
    if source.sha256 and stored.sha256 != source.sha256:
        raise ImageFault("storage_unavailable", cause=f"{key} is not what was uploaded")
    return Fetched(path, stored.bytes, stored.sha256)


def _described(path: Path, source: Source) -> Fetched:
    """A file of the local store; hashed while it was received, unless the customer put it there directly."""
    if source.sha256 and source.bytes is not None:
        return Fetched(path, source.bytes, source.sha256)
    digest = Digest()
    with path.open("rb", buffering=0) as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    stored = digest.stored(str(source.key))
    return Fetched(path, stored.bytes, stored.sha256)


def _from_web(tools: Tools, source: Source, path: Path, max_bytes: int) -> Fetched:
    got = fetch_image(str(source.url), path, policy=egress_policy(tools.settings), max_bytes=max_bytes)
    return Fetched(path, got.bytes, got.sha256)
