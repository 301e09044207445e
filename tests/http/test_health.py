"""Liveness touches nothing; readiness tries what a submission needs and says which part is down, not why."""

from typing import Any

import pytest
from engine_rig import SilentDoorbell
from flask.testing import FlaskClient
from sqlalchemy import text

from batch_api.health import CachedProbe, Ready, keep_jobs, probe_store
from jobs.queue import DoorbellSilent
from jobs.tools import Tools
from storage.objects import ObjectStoreDown


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
