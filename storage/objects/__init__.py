"""Where pictures lie: one Protocol, a folder or any S3 behind it; never knows what an object means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from storage.clock import Clock
from storage.clock import now as utc_now
from storage.objects.contract import ObjectStat, ObjectStore, ObjectWriter, Stored, UploadTicket
from storage.objects.faults import InvalidKey, ObjectCorrupt, ObjectMissing, ObjectStoreDown

__all__ = [
    "InvalidKey",
    "LocalOptions",
    "ObjectCorrupt",
    "ObjectMissing",
    "ObjectStat",
    "ObjectStore",
    "ObjectStoreDown",
    "ObjectWriter",
    "S3Options",
    "Stored",
    "UploadTicket",
    "open_store",
]


@dataclass(frozen=True)
class LocalOptions:
    """A folder: `base_url` is the public address of this service, `link_keys` maps key id to secret (16+ bytes)."""

    root: Path
    base_url: str
    link_keys: Mapping[str, bytes | str] = field(repr=False)
    current_link_key: str


@dataclass(frozen=True)
class S3Options:
    """A bucket: `endpoint` None means AWS (which needs a real `region`; R2 takes "auto").

    `scratch` is a private local folder for files on their way up; a write holds at most two parts in memory.
    """

    bucket: str
    access_key: str
    secret_key: str = field(repr=False)
    scratch: Path
    endpoint: str | None = None
    region: str = "auto"
    path_style: bool = True
    part_bytes: int = 16 << 20


def open_store(options: LocalOptions | S3Options, *, now: Clock = utc_now) -> ObjectStore:
    """The store that `options` describe; `now` times local links. No network is used before a call."""
    if isinstance(options, S3Options):
        # boto3 takes a third of a second to import, which only those who use it should pay.
        from storage.objects.s3 import open_bucket

        return open_bucket(options)
    from storage.objects.local import LocalStore
    from storage.objects.signing import LinkSigner

    signer = LinkSigner(options.link_keys, options.current_link_key)
    return LocalStore(options.root, options.base_url, signer, now=now)
