"""The one place that talks to boto3: its settings, its errors, its connections across a fork; never a store.

Imported only when a bucket is configured.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from storage.objects.faults import ObjectMissing, ObjectStoreDown

MISSING_CODES = frozenset({"NoSuchKey", "404", "NotFound"})
CONNECT_S, READ_S, TRIES = 5, 30, 3
PROBE_S = 3  # to connect, and to answer: whoever asks whether the store is there wants to know it now


def client_config(path_style: bool, *, probing: bool = False) -> Config:
    """How every request is made; a probe's has less patience and no second try.

    Checksums only where S3 demands them: the default trailers (aws-chunked) are refused by R2 and other servers.
    """
    return Config(
        signature_version="s3v4",
        connect_timeout=PROBE_S if probing else CONNECT_S,
        read_timeout=PROBE_S if probing else READ_S,
        retries={"total_max_attempts": 1 if probing else TRIES, "mode": "standard"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if path_style else "auto"},
    )


def error_code(error: ClientError) -> str:
    """The server's word for what went wrong, such as NoSuchUpload or 404."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def s3_faults(key: str | None = None) -> Iterator[None]:
    """Turn botocore's errors into ObjectMissing (only where a key was asked for) and ObjectStoreDown."""
    try:
        yield
    except ClientError as error:
        code = error_code(error)
        if key is not None and code in MISSING_CODES:
            raise ObjectMissing(key) from None
        raise ObjectStoreDown(f"s3: {error.operation_name} answered {code or 'an error without a code'}") from error
    except BotoCoreError as error:
        raise ObjectStoreDown(f"s3: {type(error).__name__}") from error


class Bucket:
    """One bucket: calls operations by name with Bucket (and Key) filled in. Safe to share by threads and forks."""

    def __init__(self, client: Any, name: str, prober: Callable[[], Any]) -> None:
        self.name = name
        self._client = client
        self._prober = prober
        self._pid = os.getpid()
        self._after_fork = threading.Lock()
        # Kinds of upload whose ETag is known not to be an MD5 on this server (encryption by key service does that).
        self.opaque_etags: set[str] = set()

    @property
    def client(self) -> Any:
        """The boto3 client; a forked child first drops the connections it inherited, which its parent still uses."""
        if self._pid != os.getpid():
            with self._after_fork:
                if self._pid != os.getpid():
                    self._client.close()
                    self._pid = os.getpid()
        return self._client

    def raw(self, operation: str, **fields: Any) -> Any:
        """Call an operation; botocore's own errors come through."""
        return getattr(self.client, operation)(Bucket=self.name, **fields)

    def call(self, operation: str, key: str, **fields: Any) -> Any:
        """Call an operation on a key. ObjectMissing, ObjectStoreDown."""
        with s3_faults(key):
            return self.raw(operation, Key=key, **fields)

    def probe(self) -> None:
        """Ask for the bucket, with little patience. ObjectStoreDown."""
        with s3_faults():
            client = self._prober()
            try:
                client.head_bucket(Bucket=self.name)
            finally:
                client.close()

    def pages(self, operation: str, **fields: Any) -> Iterator[Any]:
        """All pages of a listing. ObjectStoreDown."""
        with s3_faults():
            yield from self.client.get_paginator(operation).paginate(Bucket=self.name, **fields)


def connect(
    name: str, access_key: str, secret_key: str, *, endpoint: str | None, region: str, path_style: bool
) -> Bucket:
    """A Bucket with static credentials; nothing is sent yet."""
    session = boto3.session.Session(aws_access_key_id=access_key, aws_secret_access_key=secret_key, region_name=region)

    def client(*, probing: bool) -> Any:
        return session.client("s3", endpoint_url=endpoint, config=client_config(path_style, probing=probing))

    return Bucket(client(probing=False), name, partial(client, probing=True))
