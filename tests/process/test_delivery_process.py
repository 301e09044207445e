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
from servers import free_port

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
    """Messages of one fresh account, one to each address."""
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


TABLE = [
    # address, status, class of the failure, state
    ("/status?code=200", 200, None, "delivered"),
    ("/large", 200, None, "delivered"),
    ("/endless", 200, None, "delivered"),
    ("/status?code=500", 500, "http", "pending"),
    ("/redirect?to=/ok", 302, "redirect", "pending"),
    ("/status?code=410", 410, "http", "failed"),
    ("/close", None, "bad_answer", "pending"),
    ("/garbage", None, "bad_answer", "pending"),
    ("/wide-headers?count=67", None, "bad_answer", "pending"),
]


def test_each_receiver_ends_as_the_table_says_and_the_log_tells_it(tools: Tools, server: FaultServer) -> None:
    nobody = free_port()
    rowed = [(server.url(row[0]), *row[1:]) for row in TABLE]
    rowed.append((f"http://127.0.0.1:{nobody}/down", None, "unreachable", "pending"))
    ids = put(tools, *(row[0] for row in rowed))
    process = start(tools, server, EGRESS_ALLOW=f"127.0.0.1:{server.port},127.0.0.1:{nobody}")
    try:
        until(lambda: all(row.attempts for row in rows(tools, ids)), 40)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    with tools.database.read() as tx:
        logs = [outbox.attempts_of(tx, each) for each in ids]
    firsts = [log[0] for log in logs]
    assert [(first.status, first.error) for first in firsts] == [(row[1], row[2]) for row in rowed]
    assert [row.state for row in rows(tools, ids)] == [row[3] for row in rowed]
    assert not any(request.path == "/ok" for request in server.requests), "no redirect is followed"
    assert firsts[3].response == "said so" and all(len(first.response) <= 1024 for first in firsts)
    for row, log in zip(rows(tools, ids), logs, strict=True):
        if row.state == "pending" and len(log) == 1 and row.next_at is not None:
            wait_s = (row.next_at - log[0].at).total_seconds() - log[0].duration_ms / 1000
            assert 3.9 <= wait_s <= 8, "five seconds, a fifth more or less, and what recording took"


def test_accounts_whose_receivers_never_answer_delay_no_other(tools: Tools, server: FaultServer) -> None:
    for _ in range(5):
        put(tools, *[server.url("/tarpit")] * 6)
    waiting = put(tools, *[server.url("/ok")] * 10)
    process = start(tools, server)
    try:
        until(lambda: any(request.path == "/tarpit" for request in server.requests), 40)
        began = time.monotonic()
        until(lambda: all(row.state == "delivered" for row in rows(tools, waiting)), 40)
        took = time.monotonic() - began
        held = sum(request.path == "/tarpit" for request in server.requests)
    finally:
        process.send_signal(signal.SIGTERM)
        while process.poll() is None:
            server.hang_up()
            time.sleep(0.05)
        process.communicate(timeout=30)
    assert took < 5, "delivered while every tarpit was holding its threads"
    assert held == 10, "two to each account's receiver"


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
