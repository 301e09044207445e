"""The embedded queue server: its password and odd folders, what it keeps, and a damaged file that is put aside."""

import os
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from jobs.supervisor.children import stop_all
from jobs.supervisor.embedded_redis import quoted, start_server


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / 'with "quotes" and spaces'
    (folder / "log").mkdir(parents=True)
    return folder


def test_it_wants_its_password_and_keeps_what_it_held(data_dir: Path) -> None:
    child, url = start_server(data_dir, dict(os.environ))
    try:
        with Redis.from_url(url) as client:
            client.set("kept", "yes")
            port = client.connection_pool.connection_kwargs["port"]
        with pytest.raises(AuthenticationError), Redis(port=port) as stranger:
            stranger.ping()
        assert child.process is not None
        line = Path(f"/proc/{child.process.pid}/cmdline").read_text()
        assert url.split(":")[2].split("@")[0] not in line
        assert (data_dir / "valkey" / "valkey.conf").stat().st_mode & 0o077 == 0
    finally:
        stop_all([child])
    child, url = start_server(data_dir, dict(os.environ))
    try:
        with Redis.from_url(url) as client:
            assert client.get("kept") == b"yes"
    finally:
        stop_all([child])


def test_a_damaged_file_is_put_aside(data_dir: Path) -> None:
    child, url = start_server(data_dir, dict(os.environ))
    with Redis.from_url(url) as client:
        for number in range(50):
            client.set(f"key-{number}", "x" * 100)
    stop_all([child])
    (written,) = (data_dir / "valkey" / "appendonlydir").glob("*.incr.aof")
    data = written.read_bytes()
    written.write_bytes(data[:500] + b"garbage" * 40 + data[800:])
    child, url = start_server(data_dir, dict(os.environ))
    try:
        with Redis.from_url(url) as client:
            assert client.dbsize() == 0
        assert len(list((data_dir / "valkey").glob("damaged-*"))) == 1
    finally:
        stop_all([child])


def test_a_server_that_cannot_start_is_told(data_dir: Path) -> None:
    (data_dir / "valkey").mkdir()
    (data_dir / "valkey" / "appendonlydir").write_text("no folder")
    (data_dir / "valkey" / "valkey.conf").mkdir()
    with pytest.raises((TimeoutError, OSError)):
        start_server(data_dir, dict(os.environ))


def test_paths_are_quoted_for_the_servers_file() -> None:
    assert quoted(Path('/a b/"c"\\d')) == '"/a b/\\"c\\"\\\\d"'
