"""One face for tests over a local store and a bucket: follow a link, use a ticket, look for leftovers."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from object_servers import S3Server

from storage.objects import LocalOptions, ObjectStore, S3Options, UploadTicket, open_store
from storage.objects.s3 import S3Store
from storage.objects.signing import LinkInvalid, LinkSigner

BUCKET = "suite"
PART = 5 << 20
LINK_KEYS = {"old": "an older secret of the suite", "new": "the present secret of the suite"}


@dataclass(frozen=True)
class Fetched:
    """What came over a link."""

    status: int
    body: bytes = b""
    filename_header: str = ""
    content_type: str = ""


class Bench(Protocol):
    """A store under test and what its users would do."""

    store: ObjectStore

    def get(self, url: str) -> Fetched: ...

    def send(self, ticket: UploadTicket, body: bytes) -> int: ...

    def leftovers(self) -> list[str]: ...


class LocalBench:
    """Plays the part of the web route: checks the link, then opens the object."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "objects"
        self.store = open_store(LocalOptions(self.root, "http://shop.test/", LINK_KEYS, "new"))

    def get(self, url: str) -> Fetched:
        link = self._verify("GET", url)
        if link is None:
            return Fetched(403)
        with self.store.read(link.key) as file:
            return Fetched(200, file.read(), link.filename, link.content_type)

    def send(self, ticket: UploadTicket, body: bytes) -> int:
        link = self._verify(ticket.method, ticket.url)
        if link is None or len(body) > link.max_bytes:
            return 403
        self.store.put(link.key, body, content_type=link.content_type)
        return 200

    def leftovers(self) -> list[str]:
        return [path.name for path in self.store.scratch_dir().iterdir()]

    @staticmethod
    def _verify(method, url):  # type: ignore[no-untyped-def]
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        key = unquote(parts.path).removeprefix("/files/")
        try:
            return LinkSigner(LINK_KEYS, "new").verify(method, key, query, datetime.now(UTC))
        except LinkInvalid:
            return None


class S3Bench:
    """Plain HTTP against the real server, without boto3."""

    def __init__(self, server: S3Server, scratch: Path) -> None:
        options = S3Options(
            BUCKET, server.access_key, server.secret_key, scratch, server.endpoint, "us-east-1", part_bytes=PART
        )
        store = open_store(options)
        assert isinstance(store, S3Store)
        self.store = store

    def get(self, url: str) -> Fetched:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                headers = answer.headers
                return Fetched(200, answer.read(), headers["Content-Disposition"] or "", headers["Content-Type"] or "")
        except urllib.error.HTTPError as error:
            return Fetched(error.code)

    def send(self, ticket: UploadTicket, body: bytes) -> int:
        headers = ticket.headers | {"Content-Length": str(len(body))}
        request = urllib.request.Request(ticket.url, body, headers, method=ticket.method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def leftovers(self) -> list[str]:
        uploads = self.store.bucket.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
        return [row["Key"] for row in uploads]
