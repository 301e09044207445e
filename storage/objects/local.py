"""An object store in one folder, with signed links that the web process serves; never shows half an object.

A write goes to `root/.tmp`, is flushed to the disk, and takes its name by one rename; the folder is flushed too.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, cast
from urllib.parse import quote

from storage.clock import Clock
from storage.clock import now as utc_now
from storage.objects.contract import ObjectStat, Stored, UploadTicket
from storage.objects.digest import Digest
from storage.objects.faults import ObjectCorrupt, ObjectMissing, ObjectStoreDown
from storage.objects.keys import check_key, check_prefix
from storage.objects.local_files import FileWriter, FolderPlaces, Slice, disk_faults, flush_to_disk
from storage.objects.pouring import CHUNK, pour
from storage.objects.signing import LinkSigner


class LocalStore:
    """The ObjectStore Protocol over `root`; links point at `base_url`/files/... and carry `signer`'s signature."""

    def __init__(self, root: Path, base_url: str, signer: LinkSigner, *, now: Clock = utc_now) -> None:
        self._places = FolderPlaces(root.absolute())
        self._base_url = base_url.rstrip("/")
        self._signer = signer
        self._now = now

    def put(self, key: str, source: bytes | Path | BinaryIO, *, content_type: str) -> Stored:
        """Write a whole object atomically. A Path is copied; adopt() is the way to hand a file over."""
        with self.writer(key, content_type=content_type) as out:
            pour(source, out)
        return out.stored

    def writer(self, key: str, *, content_type: str) -> FileWriter:
        """Stream an object; the content type lives in the caller's records, a folder has no place for it."""
        return FileWriter(check_key(key), self._places)

    def adopt(self, path: Path, key: str, stored: Stored, *, content_type: str) -> Stored:
        """Rename a finished file into place; only a file on another file system is copied."""
        check_key(key)
        with disk_faults():
            if path.stat().st_size != stored.bytes:
                raise ObjectCorrupt(f"{path.name} holds {path.stat().st_size} bytes, its record says {stored.bytes}")
            if path.stat().st_dev == self._places.scratch().stat().st_dev:
                flush_to_disk(path)
                self._places.install(path, key)
                return Stored(key, stored.bytes, stored.sha256, stored.crc32)
        copied = self.put(key, path, content_type=content_type)
        if copied != Stored(key, stored.bytes, stored.sha256, stored.crc32):
            self.delete(key)
            raise ObjectCorrupt(f"{path.name} is not what its record says")
        path.unlink()
        return copied

    @contextmanager
    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[BinaryIO]:
        """An open file on the object as it is now; replacing or deleting the key does not disturb it."""
        file = self._open(key)
        try:
            if start:
                file.seek(start)
            yield file if end is None else cast(BinaryIO, io.BufferedReader(Slice(file, max(0, end - start))))
        finally:
            file.close()

    def stat(self, key: str) -> ObjectStat:
        """Length and time of the file; no content type."""
        try:
            found = self._places.of(key).lstat()
        except (FileNotFoundError, NotADirectoryError):
            raise ObjectMissing(key) from None
        except OSError as error:
            raise ObjectStoreDown(f"disk: {error.strerror}") from error
        if not S_ISREG(found.st_mode):
            raise ObjectMissing(key)
        return _as_stat(key, found)

    def delete(self, key: str) -> None:
        """Remove the file, and folders that are empty now."""
        with disk_faults():
            self._places.remove(key)

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """Walk only the folders that can hold the prefix; objects that vanish meanwhile are left out."""
        for key, found in self._places.walk(check_prefix(prefix)):
            yield _as_stat(key, found)

    def url(self, key: str, *, ttl_s: int, filename: str, content_type: str, inline: bool = False) -> str:
        """`<base_url>/files/<key>?...`, good for `ttl_s` seconds from now."""
        query = self._signer.sign("GET", check_key(key), self._expiry(ttl_s), filename, content_type, inline)
        return f"{self._base_url}/files/{quote(key)}?{query}"

    def upload_url(self, key: str, *, ttl_s: int, max_bytes: int, content_type: str) -> UploadTicket:
        """A PUT to the same route; the route refuses bodies over `max_bytes`, which the signature covers."""
        query = self._signer.sign("PUT", check_key(key), self._expiry(ttl_s), "", content_type, False, max_bytes)
        return UploadTicket("PUT", f"{self._base_url}/files/{quote(key)}?{query}", {"Content-Type": content_type})

    def fetch_to(self, key: str, path: Path) -> Stored:
        """Copy the object to `path` by way of a temporary neighbour."""
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        digest = Digest()
        try:
            with self.read(key) as source, part.open("wb") as out:
                while piece := source.read(CHUNK):
                    digest.update(piece)
                    out.write(piece)
                if digest.bytes != os.fstat(source.fileno()).st_size:
                    raise ObjectCorrupt(f"{key} changed its length while it was read")
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
        return digest.stored(key)

    def local_path(self, key: str) -> Path | None:
        """The object's own file."""
        self.stat(key)
        return self._places.of(key)

    def scratch_dir(self) -> Path:
        """`root/.tmp`, so that adopt() is a rename."""
        with disk_faults():
            return self._places.scratch()

    def tidy(self, older_than_s: int) -> int:
        """Remove scratch files nobody has written to for `older_than_s` seconds."""
        limit = (self._now() - timedelta(seconds=older_than_s)).timestamp()
        dropped = 0
        with disk_faults():
            for path in self._places.scratch().iterdir():
                with suppress(FileNotFoundError):
                    if path.is_file() and path.stat().st_mtime < limit:
                        path.unlink()
                        dropped += 1
        return dropped

    def probe(self) -> None:
        """Write, flush and remove one small file."""
        with disk_faults():
            path = self._places.new_scratch_file()
            path.write_bytes(b"ready")
            flush_to_disk(path)
            path.unlink()

    def _expiry(self, ttl_s: int) -> int:
        return int(self._now().timestamp()) + ttl_s

    def _open(self, key: str) -> BinaryIO:
        try:
            return cast(BinaryIO, os.fdopen(os.open(self._places.of(key), os.O_RDONLY | os.O_NOFOLLOW), "rb"))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise ObjectMissing(key) from None
        except OSError as error:
            raise ObjectStoreDown(f"disk: {error.strerror}") from error


def _as_stat(key: str, found: os.stat_result) -> ObjectStat:
    return ObjectStat(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC), None)
