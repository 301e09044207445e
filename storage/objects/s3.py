"""An object store in an S3 bucket (AWS, Cloudflare R2, SeaweedFS ...); never makes or configures the bucket."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast

from botocore.exceptions import ClientError

from storage.objects import S3Options
from storage.objects.contract import ObjectStat, Stored, UploadTicket
from storage.objects.digest import Digest
from storage.objects.disposition import content_disposition
from storage.objects.faults import ObjectCorrupt, ObjectStoreDown
from storage.objects.keys import check_key, check_prefix
from storage.objects.pouring import CHUNK, pour
from storage.objects.s3_client import Bucket, connect, error_code, s3_faults
from storage.objects.s3_writer import MIN_PART, PartWriter, put_whole

LONGEST_LINK_S = 7 * 24 * 3600  # SigV4's limit


def open_bucket(options: S3Options) -> S3Store:
    """The store that `options` describe; nothing is sent yet."""
    bucket = connect(
        options.bucket,
        options.access_key,
        options.secret_key,
        endpoint=options.endpoint,
        region=options.region,
        path_style=options.path_style,
    )
    return S3Store(bucket, options.scratch, options.part_bytes)


class S3Store:
    """The ObjectStore Protocol over one bucket; `part_bytes` (at least 5 MiB) bounds the memory of a write."""

    def __init__(self, bucket: Bucket, scratch: Path, part_bytes: int) -> None:
        if part_bytes < MIN_PART:
            raise ValueError(f"a part has at least {MIN_PART} bytes")
        self.bucket = bucket
        self._scratch = scratch
        self._part_bytes = part_bytes

    def put(self, key: str, source: bytes | Path | BinaryIO, *, content_type: str) -> Stored:
        """One request for what fits into a part, a multipart upload for the rest."""
        if isinstance(source, bytes) and len(source) <= self._part_bytes:
            digest = Digest()
            digest.update(source)
            return put_whole(self.bucket, check_key(key), source, content_type, digest)
        with self.writer(key, content_type=content_type) as out:
            pour(source, out)
        return out.stored

    def writer(self, key: str, *, content_type: str) -> PartWriter:
        """Stream an object through two buffers of one part each."""
        return PartWriter(self.bucket, check_key(key), content_type, self._part_bytes)

    def adopt(self, path: Path, key: str, stored: Stored, *, content_type: str) -> Stored:
        """Upload a finished file and remove it; its bytes are compared with the record on the way."""
        sent = self.put(key, path, content_type=content_type)
        if sent != Stored(key, stored.bytes, stored.sha256, stored.crc32):
            self.delete(key)
            raise ObjectCorrupt(f"{path.name} is not what its record says")
        path.unlink()
        return sent

    @contextmanager
    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[BinaryIO]:
        """A GET of exactly the bytes asked for; ObjectStoreDown may also come while reading."""
        body = self._body(check_key(key), start, end)
        if body is None:
            yield io.BytesIO()
            return
        with io.BufferedReader(_Body(body, key), CHUNK) as stream:
            yield cast(BinaryIO, stream)

    def stat(self, key: str) -> ObjectStat:
        """A HEAD request."""
        head = self.bucket.call("head_object", check_key(key))
        return ObjectStat(key, head["ContentLength"], head["LastModified"].astimezone(UTC), head.get("ContentType"))

    def delete(self, key: str) -> None:
        """S3 itself does not mind a missing key."""
        with suppress(KeyError):
            self.bucket.call("delete_object", check_key(key))

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """Pages of a thousand."""
        for page in self.bucket.pages("list_objects_v2", Prefix=check_prefix(prefix)):
            for row in page.get("Contents", ()):
                yield ObjectStat(row["Key"], row["Size"], row["LastModified"].astimezone(UTC), None)

    def url(self, key: str, *, ttl_s: int, filename: str, content_type: str, inline: bool = False) -> str:
        """A presigned GET (SigV4) that names and types the download, good for at most 7 days."""
        fields = {
            "ResponseContentDisposition": content_disposition(filename, inline),
            "ResponseContentType": content_type,
        }
        return self._presign("get_object", check_key(key), ttl_s, fields)

    def upload_url(self, key: str, *, ttl_s: int, max_bytes: int, content_type: str) -> UploadTicket:
        """A presigned PUT whose signature covers type and exact length."""
        fields = {"ContentType": content_type, "ContentLength": max_bytes}
        url = self._presign("put_object", check_key(key), ttl_s, fields)
        return UploadTicket("PUT", url, {"Content-Type": content_type, "Content-Length": str(max_bytes)})

    def fetch_to(self, key: str, path: Path) -> Stored:
        """GET the object into a temporary neighbour of `path`, compare its length, rename."""
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        digest = Digest()
        answer = self.bucket.call("get_object", check_key(key))
        try:
            with io.BufferedReader(_Body(answer["Body"], key), CHUNK) as source, part.open("wb") as out:
                while piece := source.read(CHUNK):
                    digest.update(piece)
                    out.write(piece)
            if digest.bytes != answer["ContentLength"]:
                raise ObjectStoreDown(f"{key}: {digest.bytes} bytes came instead of {answer['ContentLength']}")
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
        return digest.stored(key)

    def local_path(self, key: str) -> Path | None:
        """A bucket has no files."""
        check_key(key)
        return None

    def scratch_dir(self) -> Path:
        """The configured local folder."""
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._scratch

    def tidy(self, older_than_s: int) -> int:
        """Abort multipart uploads and remove scratch files that are older than `older_than_s` seconds."""
        dropped = 0
        for path in self.scratch_dir().iterdir():
            with suppress(FileNotFoundError):
                if path.is_file() and path.stat().st_mtime < time.time() - older_than_s:
                    path.unlink()
                    dropped += 1
        limit = datetime.now(UTC) - timedelta(seconds=older_than_s)
        for page in self.bucket.pages("list_multipart_uploads"):
            for row in page.get("Uploads", ()):
                if row["Initiated"] < limit:
                    with suppress(KeyError):
                        self.bucket.call("abort_multipart_upload", row["Key"], UploadId=row["UploadId"])
                        dropped += 1
        return dropped

    def probe(self) -> None:
        """Ask for the bucket: it is there and takes our credentials."""
        self.bucket.probe()

    def _presign(self, operation: str, key: str, ttl_s: int, fields: dict[str, Any]) -> str:
        if not 0 < ttl_s <= LONGEST_LINK_S:
            raise ValueError(f"a link lives 1 to {LONGEST_LINK_S} seconds, not {ttl_s}")
        params = {"Bucket": self.bucket.name, "Key": key, **fields}
        return str(self.bucket.client.generate_presigned_url(operation, Params=params, ExpiresIn=ttl_s))

    def _body(self, key: str, start: int, end: int | None) -> Any:
        """The streaming body of bytes [start, end), or None when the object has none there."""
        if end is not None and end <= start:
            self.stat(key)
            return None
        wanted = {"Range": f"bytes={start}-{'' if end is None else end - 1}"} if start or end is not None else {}
        with s3_faults(key):
            try:
                answer = self.bucket.raw("get_object", Key=key, **wanted)
            except ClientError as error:
                if error_code(error) not in ("InvalidRange", "416"):
                    raise
                return None
        if wanted and "ContentRange" not in answer:
            answer["Body"].close()
            raise ObjectStoreDown(f"{key}: the server does not keep to ranges")
        return answer["Body"]


class _Body(io.RawIOBase):
    """botocore's body as a raw stream with our errors; its length is checked by botocore at the end."""

    def __init__(self, body: Any, key: str) -> None:
        self._body = body
        self._key = key

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with s3_faults(self._key):
            return int(self._body.readinto(buffer))

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()
