"""Streams one object into a bucket and proves that all of it arrived; never holds more than two parts in memory.

All parts but the last have one length: Cloudflare R2 refuses a multipart upload otherwise, other servers do not care.
"""

from __future__ import annotations

import base64
import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from botocore.exceptions import ClientError

from storage.objects.contract import Stored
from storage.objects.digest import Digest
from storage.objects.faults import ObjectCorrupt, ObjectStoreDown
from storage.objects.s3_client import Bucket, error_code, s3_faults

MAX_PARTS = 10_000  # S3's and R2's limit
MIN_PART = 5 << 20  # likewise, for all but the last
_READ_BACK = 1 << 20


def put_whole(bucket: Bucket, key: str, body: bytes | bytearray, content_type: str, seen: Digest) -> Stored:
    """Write a small object by one request that carries Content-MD5, and compare what the server made of it."""
    md5 = hashlib.md5(body, usedforsecurity=False)
    answer = bucket.call(
        "put_object", key, Body=body, ContentType=content_type, ContentMD5=base64.b64encode(md5.digest()).decode()
    )
    stored = seen.stored(key)
    if answer.get("ETag", "").strip('"') != md5.hexdigest():
        confirm(bucket, stored, md5.hexdigest())
    return stored


def confirm(bucket: Bucket, stored: Stored, etag: str, *, read_back: bool = False) -> None:
    """Compare the object's length and ETag with what was sent; where the ETag differs only its bytes can tell.

    Some servers' ETags are no MD5. Once one object read back whole has shown that, ETags of its kind are not
    compared again. ObjectCorrupt, and the object is deleted, when length or bytes differ.
    """
    kind = "multipart" if "-" in etag else "single"
    head = bucket.call("head_object", stored.key)
    same = head["ContentLength"] == stored.bytes
    differs = head.get("ETag", "").strip('"') != etag and kind not in bucket.opaque_etags
    if same and (differs or read_back):
        same = _read_back(bucket, stored.key) == stored
        if same and differs:
            bucket.opaque_etags.add(kind)
    if not same:
        bucket.call("delete_object", stored.key)
        raise ObjectCorrupt(f"{stored.key}: the bucket did not keep the {stored.bytes} bytes that were sent")


def _read_back(bucket: Bucket, key: str) -> Stored:
    body = bucket.call("get_object", key)["Body"]
    digest = Digest()
    with s3_faults(key):
        while piece := body.read(_READ_BACK):
            digest.update(piece)
    return digest.stored(key)


class PartWriter:
    """One object on its way in: an ObjectWriter and its own context manager.

    One buffer fills while at most one other is on the wire. An object that fits into one buffer is put whole.
    """

    def __init__(self, bucket: Bucket, key: str, content_type: str, part_bytes: int) -> None:
        self._bucket, self._key, self._content_type = bucket, key, content_type
        self._part_bytes = part_bytes
        self._digest = Digest()
        self._filling, self._spare = bytearray(part_bytes), bytearray()
        self._filled = 0
        self._sent = 0
        self._upload_id: str | None = None
        self._on_the_wire: Future[tuple[str, bytes]] | None = None
        self._parts: list[dict[str, Any]] = []
        self._part_md5s: list[bytes] = []
        self._stored: Stored | None = None

    def __enter__(self) -> Self:
        self._sender = ThreadPoolExecutor(1, thread_name_prefix="part")
        return self

    def write(self, data: bytes | memoryview) -> int:
        """Copy all of `data` into the part being filled; waits while the part before it is still being sent."""
        view = memoryview(data).cast("B")
        taken = 0
        while taken < len(view):
            if self._filled == self._part_bytes:
                self._send_part()
            room = min(len(view) - taken, self._part_bytes - self._filled)
            with memoryview(self._filling) as part:
                part[self._filled : self._filled + room] = view[taken : taken + room]
            self._filled += room
            taken += room
        self._digest.update(view)
        return len(view)

    @property
    def stored(self) -> Stored:
        """What was committed."""
        if self._stored is None:
            raise ValueError(f"{self._key} is not committed")
        return self._stored

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._stored = self._commit()
        finally:
            self._sender.shutdown(wait=True)
            if self._stored is None:
                self._abort()
            self._filling = self._spare = bytearray()

    def _send_part(self) -> None:
        """Hand the filled buffer to the sender and go on with the other one."""
        if self._upload_id is None:
            answer = self._bucket.call("create_multipart_upload", self._key, ContentType=self._content_type)
            self._upload_id = str(answer["UploadId"])
        self._collect()
        self._sent += 1
        if self._sent > MAX_PARTS:
            raise ValueError(f"{self._key} needs more than {MAX_PARTS} parts of {self._part_bytes} bytes")
        self._on_the_wire = self._sender.submit(self._upload, self._filling, self._sent, self._upload_id)
        self._filling, self._spare = self._spare or bytearray(self._part_bytes), self._filling
        self._filled = 0

    def _upload(self, body: bytearray, number: int, upload_id: str) -> tuple[str, bytes]:
        """Runs in the sender's thread; its exception comes out of _collect()."""
        md5 = hashlib.md5(body, usedforsecurity=False).digest()
        answer = self._bucket.call(
            "upload_part",
            self._key,
            UploadId=upload_id,
            PartNumber=number,
            Body=body,
            ContentMD5=base64.b64encode(md5).decode(),
        )
        return str(answer["ETag"]), md5

    def _collect(self) -> None:
        """Wait for the part on the wire, if any, and note its receipt."""
        if self._on_the_wire is not None:
            waiting, self._on_the_wire = self._on_the_wire, None
            etag, md5 = waiting.result()
            self._parts.append({"PartNumber": len(self._parts) + 1, "ETag": etag})
            self._part_md5s.append(md5)

    def _commit(self) -> Stored:
        del self._filling[self._filled :]
        if self._upload_id is None:
            return put_whole(self._bucket, self._key, self._filling, self._content_type, self._digest)
        if self._filled:
            self._send_part()
        self._collect()
        expected = -(-self._digest.bytes // self._part_bytes)
        if not len(self._parts) == self._sent == expected:
            raise ObjectStoreDown(f"{self._key}: {len(self._parts)} parts arrived instead of {expected}")
        lost_receipt = self._complete()
        stored = self._digest.stored(self._key)
        md5 = hashlib.md5(b"".join(self._part_md5s), usedforsecurity=False)
        confirm(self._bucket, stored, f"{md5.hexdigest()}-{len(self._parts)}", read_back=lost_receipt)
        return stored

    def _complete(self) -> bool:
        """Join the parts. True when a first try may have worked without our hearing of it."""
        with s3_faults():
            try:
                self._bucket.raw(
                    "complete_multipart_upload",
                    Key=self._key,
                    UploadId=self._upload_id,
                    MultipartUpload={"Parts": self._parts},
                )
            except ClientError as error:
                if error_code(error) != "NoSuchUpload":
                    raise
                return True
        return False

    def _abort(self) -> None:
        """Drop the parts; the store's tidy() finds those that even this cannot reach."""
        if self._upload_id is not None:
            with suppress(ObjectStoreDown), s3_faults():
                self._bucket.raw("abort_multipart_upload", Key=self._key, UploadId=self._upload_id)
