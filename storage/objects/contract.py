"""The nouns and the Protocol every object store keeps; never a store itself, so anybody may import it cheaply."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol


@dataclass(frozen=True)
class Stored:
    """What was written: length in bytes, lower-case hex SHA-256, and CRC-32 as ZIP wants it (0 .. 2**32 - 1)."""

    key: str
    bytes: int
    sha256: str
    crc32: int


@dataclass(frozen=True)
class ObjectStat:
    """What lies in the store: `modified` is aware (UTC); `content_type` is None where the store keeps none."""

    key: str
    bytes: int
    modified: datetime
    content_type: str | None


@dataclass(frozen=True)
class UploadTicket:
    """Leave to send one body to one address: use `method`, send exactly `headers`, before the link expires."""

    method: str
    url: str
    headers: dict[str, str]


class ObjectWriter(Protocol):
    """A stream into one object, which counts and hashes as it goes."""

    def write(self, data: bytes | memoryview) -> int:
        """Take all of `data` (it may be reused once this returns) and return its length. ObjectStoreDown."""

    @property
    def stored(self) -> Stored:
        """What was committed; ValueError before the `with` block has ended well."""


class ObjectStore(Protocol):
    """One flat space of keys (ASCII letters, digits, `_ - . /`; see keys.check_key), each whole or not there.

    A key never names a folder of another key ("a" beside "a/b"): a folder on disk could not hold both.
    Every method raises InvalidKey for a key that could not be ours and ObjectStoreDown when the store fails.
    """

    def put(self, key: str, source: bytes | Path | BinaryIO, *, content_type: str) -> Stored:
        """Write a whole object, replacing atomically; a stream is read to its end and left open."""

    def writer(self, key: str, *, content_type: str) -> AbstractContextManager[ObjectWriter]:
        """Stream an object in constant memory: committed on a clean exit, nothing left after an exception."""

    def adopt(self, path: Path, key: str, stored: Stored, *, content_type: str) -> Stored:
        """Make a finished file the object, using its known hashes; the file is consumed.

        A rename where `path` lies in scratch_dir() of a local store. ObjectCorrupt if it is not what `stored` says.
        """

    def read(self, key: str, start: int = 0, end: int | None = None) -> AbstractContextManager[BinaryIO]:
        """Read bytes [start, end) front to back (no seeking); past the end there is nothing. ObjectMissing."""

    def stat(self, key: str) -> ObjectStat:
        """Length and time of one object. ObjectMissing."""

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """Every object whose key starts with `prefix`, in no promised order; content_type is None."""

    def url(self, key: str, *, ttl_s: int, filename: str, content_type: str, inline: bool = False) -> str:
        """A signed GET address, minted at every call; it does not look whether the object exists."""

    def upload_url(self, key: str, *, ttl_s: int, max_bytes: int, content_type: str) -> UploadTicket:
        """A signed PUT of one body to one key.

        `max_bytes` is the length the sender declared: a longer body is always refused; S3 also refuses a shorter one,
        because its signature covers Content-Length.
        """

    def fetch_to(self, key: str, path: Path) -> Stored:
        """Copy an object to a local file, whole or not at all, and hash what was copied. ObjectMissing."""

    def local_path(self, key: str) -> Path | None:
        """The object's own file where the store is a folder (read only, please), None elsewhere. ObjectMissing."""

    def scratch_dir(self) -> Path:
        """Where to write a file that adopt() is going to take; it exists."""

    def tidy(self, older_than_s: int) -> int:
        """Drop unfinished writes (scratch files, multipart uploads) that a dead process left; returns how many."""

    def probe(self) -> None:
        """Return when the store can be written and read; ObjectStoreDown with a plain reason otherwise."""
