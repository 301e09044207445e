"""Liveness touches nothing; readiness tries what a submission needs and says which part is down, not why."""

import os
import socket
import sqlite3
import time
from dataclasses import replace
from typing import Any

import pytest
from engine_rig import SilentDoorbell
from flask.testing import FlaskClient
from sqlalchemy import text

from batch_api.health import CachedProbe, Ready, keep_jobs, probe_store
from jobs.queue import DoorbellSilent
from jobs.tools import Tools
from storage.objects import ObjectStoreDown
from storage.records.database import open_database
from storage.sealing import Sealer


@pytest.fixture(autouse=True)
def fresh_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ready, "store", CachedProbe("objects", probe_store))
    monkeypatch.setattr(Ready, "policy", CachedProbe("queue", keep_jobs))


@pytest.mark.parametrize("path", ["/healthz", "/health"])
def test_alive_without_any_io(client: FlaskClient, tools: Tools, path: str) -> None:
    tools.database.dispose()
    assert client.get(path).json == {"status": "ok"}


def test_ready(client: FlaskClient) -> None:
    reply = client.get("/readyz")
    assert reply.status_code == 200 and reply.json["status"] == "ready"
    assert set(reply.json["checks"]) == {"database", "schema", "queue", "objects", "disk"}


def test_a_silent_queue_server_is_named(
    client: FlaskClient, doorbell: SilentDoorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent() -> None:
        raise DoorbellSilent("Connection refused to redis.internal:6379")

    monkeypatch.setattr(doorbell, "ping", silent)
    reply = client.get("/readyz")
    assert reply.status_code == 503 and reply.json["checks"]["queue"] == "down"
    assert reply.json["checks"]["database"] == "ok" and "redis" not in reply.text


def test_a_store_that_is_down_is_asked_again_soon_and_one_that_works_is_not(
    client: FlaskClient, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def probe() -> None:
        asked.append(1)
        if len(asked) == 1:
            raise ObjectStoreDown("disk")

    monkeypatch.setattr(type(tools.objects), "probe", lambda _self: probe())
    assert client.get("/readyz").json["checks"]["objects"] == "down"
    monkeypatch.setattr(Ready.store, "_until", 0.0)
    assert client.get("/readyz").json["checks"]["objects"] == "ok"
    assert client.get("/readyz").status_code == 200 and len(asked) == 2


def test_a_full_disk_is_named(make_client: Any) -> None:
    client, _ = make_client(disk_floor_mb=1 << 40)
    assert client.get("/readyz").json["checks"]["disk"] == "down"


def test_a_queue_server_that_throws_jobs_away_is_not_ready_and_asked_again_soon(
    client: FlaskClient, doorbell: SilentDoorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def evicts() -> bool:
        asked.append(not asked)
        return asked[-1]

    monkeypatch.setattr(doorbell, "evicts", evicts)
    reply = client.get("/readyz")
    assert reply.status_code == 503 and reply.json["checks"]["queue"] == "down" and "evict" not in reply.text
    monkeypatch.setattr(Ready.policy, "_until", 0.0)
    assert client.get("/readyz").status_code == client.get("/readyz").status_code == 200
    assert asked == [True, False], "a good answer holds for 30 seconds"


def test_settings_that_open_doors_are_told_in_the_log_and_to_who_asks(
    make_client: Any, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.get("/readyz?verbose").json["warnings"] == [] and not caplog.records
    open_client, _ = make_client(egress_allow=("10.1.2.3:9000",), rate_limits=False, failpoints="a=kill")
    told = [getattr(record, "caution", "") for record in caplog.records]
    assert [sentence.split()[0] for sentence in told] == ["EGRESS_ALLOW", "RATE_LIMITS", "FAILPOINTS"]
    reply = open_client.get("/readyz?verbose")
    assert reply.json["warnings"] == told and "10.1.2.3" not in reply.text
    assert "warnings" not in open_client.get("/readyz").json


def test_a_schema_that_is_older_than_the_program_is_not_ready_and_a_newer_one_serves(
    client: FlaskClient, tools: Tools
) -> None:
    for version, state in (("0003", "down"), ("9999", "ok")):
        with tools.database.write() as tx:
            tx.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
        assert client.get("/readyz").json["checks"]["schema"] == state


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("I/O")


def test_liveness_takes_less_than_ten_milliseconds_and_touches_nothing(
    client: FlaskClient, tools: Tools, doorbell: SilentDoorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/healthz")
    for name in ("read", "write", "ping", "version"):
        monkeypatch.setattr(tools.database, name, refuse)
    for name in ("ping", "evicts", "depth"):
        monkeypatch.setattr(doorbell, name, refuse)
    monkeypatch.setattr(type(tools.objects), "probe", refuse)
    for name in ("open", "stat", "mkdir", "scandir"):
        monkeypatch.setattr(os, name, refuse)
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr("builtins.open", refuse)
    times = []
    for _ in range(50):
        begun = time.perf_counter()
        status = client.get("/healthz").status_code
        times.append(time.perf_counter() - begun)
        assert status == 200
    monkeypatch.undo()
    assert sorted(times)[25] < 0.010, "at the median: this machine may be busy"


def checks(client: FlaskClient) -> dict[str, str]:
    """Each part's state; whoever is not ready must say so with 503 and without a reason."""
    reply = client.get("/readyz")
    found: dict[str, str] = reply.json["checks"]
    assert (reply.status_code == 200) is (set(found.values()) == {"ok"})
    assert not any(word in reply.text for word in ("sqlite", "Error", "127.0.0.1", "/tmp", "locked"))
    return found


def on_database(tools: Tools, url: str) -> FlaskClient:
    """A client of the same installation on another database, which is not waited for long."""
    from batch_api import create_app

    other = open_database(url, Sealer("s" * 40), busy_timeout_s=0.3)
    app = create_app(tools.settings, tools=replace(tools, database=other), doorbell=SilentDoorbell())
    return app.test_client()


def test_a_database_that_takes_no_write_is_named(tools: Tools) -> None:
    """It can be read all the time: only a probe that writes notices."""
    path = tools.settings.data_dir / "darkroom.sqlite3"
    client = on_database(tools, f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        found = checks(client)
        assert (found["database"], found["schema"], found["disk"]) == ("down", "ok", "ok")
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert checks(client)["database"] == "ok"


def test_a_database_that_is_away_is_named(tools: Tools) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = checks(on_database(tools, f"postgresql://x:secret@127.0.0.1:{port}/none"))
    assert (found["database"], found["schema"], found["queue"]) == ("down", "down", "ok")


def test_a_data_folder_that_cannot_be_had_is_named(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise OSError("Input/output error")

    monkeypatch.setattr("shutil.disk_usage", gone)
    assert checks(client)["disk"] == "down"


def test_why_something_is_down_stands_in_the_log(make_client: Any, caplog: pytest.LogCaptureFixture) -> None:
    client, _ = make_client(disk_floor_mb=1 << 40)
    assert checks(client)["disk"] == "down"
    (line,) = [record for record in caplog.records if getattr(record, "event", "") == "health.not_ready"]
    assert vars(line)["check"] == "disk" and "MB free" in vars(line)["cause"]
