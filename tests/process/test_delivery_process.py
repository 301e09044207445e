"""The delivery process itself: sends what is in the outbox, ends attempts in flight on SIGTERM, and exits with 0."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config import Settings
from jobs.tools import Tools, open_tools
from storage.model import Delivery, Dialect, Message
from storage.records import accounts, outbox
from tests.fault_server import FaultServer, fault_server

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.process


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        yield running


@pytest.fixture
def tools(tmp_path: Path) -> Iterator[Tools]:
    opened = open_tools(Settings.from_env({}, secret_key="k" * 40, data_dir=tmp_path))
    opened.database.migrate()
    yield opened
    opened.database.dispose()


def put(tools: Tools, *urls: str) -> list[str]:
    now = datetime.now(UTC)
    messages = [Message(Dialect.STUDIO, "job.completed", url, b"{}") for url in urls]
    with tools.database.write() as tx:
        owner = accounts.create_account(tx, name="Shop", actor="test", now=now).id
        return outbox.add_messages(tx, owner, messages, batch_id=None, image_id=None, now=now)


def rows(tools: Tools, ids: list[str]) -> list[Delivery]:
    with tools.database.read() as tx:
        return [outbox.get_delivery(tx, each) for each in ids]


def start(tools: Tools, server: FaultServer, **environ: str) -> subprocess.Popen[str]:
    ours = {
        "SECRET_KEY": "k" * 40,
        "DATA_DIR": str(tools.settings.data_dir),
        "EGRESS_ALLOW": f"127.0.0.1:{server.port}",
        "PATH": os.environ["PATH"],
    }
    words = [sys.executable, "-m", "jobs.delivery"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen(words, cwd=ROOT, env=ours | environ, text=True, **streams)


def until(condition: object, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


def test_sends_and_leaves_in_peace(tools: Tools, server: FaultServer) -> None:
    ids = put(tools, server.url("/ok"), server.url("/slow?seconds=1"))
    process = start(tools, server)
    try:
        until(lambda: len(server.requests) == 2)
        late = put(tools, server.url("/status?code=500"))
        until(lambda: rows(tools, late)[0].attempts == 1)
        again = put(tools, server.url("/slow?seconds=1"))
        until(lambda: len(server.requests) == 4)
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=10)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, told
    assert [row.state for row in rows(tools, ids + late + again)] == ["delivered", "delivered", "pending", "delivered"]
    assert {row.token for row in rows(tools, ids + late + again)} == {None}
    assert '"event": "egress.opened"' in told
    assert '"event": "delivery.sent"' in told and '"event": "delivery.stopped"' in told


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY"),
        ("EGRESS_ALLOW", "nowhere", "'nowhere', which is not host:port"),
        ("EGRESS_PROXY", "socks5://p:1", "EGRESS_PROXY must be http"),
    ],
)
def test_wrong_settings_are_told_at_once(tools: Tools, server: FaultServer, name: str, value: str, told: str) -> None:
    process = start(tools, server, **{name: value})
    said, _ = process.communicate(timeout=20)
    assert (process.returncode, told in said) == (2, True), said
