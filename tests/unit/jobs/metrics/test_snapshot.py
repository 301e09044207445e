"""A look at everything still answers when a part is away, says so once, and is quick on a long past."""

import logging
import re
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from engine_rig import Clock, test_settings
from sqlalchemy import event

from jobs.metrics.__main__ import open_to_others, page
from jobs.metrics.snapshot import Watch
from jobs.queue import connect
from jobs.tools import Tools, open_tools

LONG = ("batches", "images", "image_attempts", "artifacts", "ledger_entries", "deliveries", "delivery_attempts")


@pytest.fixture
def nowhere() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def told(watch: Watch) -> dict[str, float]:
    """Samples without labels by name."""
    lines = page(watch).decode().splitlines()
    return {
        name: float(value) for name, _, value in (line.partition(" ") for line in lines) if not name.startswith("#")
    }


@pytest.fixture
def watch(tools: Tools, nowhere: int) -> Watch:
    return Watch(tools, connect(f"redis://127.0.0.1:{nowhere}/0"), fresh_s=0)


def test_without_the_queue_server_the_records_are_told(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    now = told(watch)
    assert (now["darkroom_queue_server_up"], now["darkroom_database_up"], now["darkroom_totals_complete"]) == (0, 1, 1)
    assert now["darkroom_outbox_pending"] == 0 and not any("darkroom_workers" in name for name in now)
    told(watch)
    (line,) = [record for record in caplog.records if getattr(record, "event", "") == "metrics.part_away"]
    assert getattr(line, "part", "") == "queue"


@pytest.mark.parametrize("url", ["postgresql://x@127.0.0.1:{port}/none", "sqlite:///{folder}/not/there.sqlite3"])
def test_without_the_database_the_rest_is_told(tmp_path: Path, nowhere: int, url: str, clock: Clock) -> None:
    settings = replace(test_settings(tmp_path), database_url=url.format(port=nowhere, folder=tmp_path))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    tools = open_tools(settings, clock=clock)
    begun = time.monotonic()
    now = told(Watch(tools, connect(f"redis://127.0.0.1:{nowhere}/0")))
    assert time.monotonic() - begun < 8, "Prometheus waits ten seconds"
    assert (now["darkroom_database_up"], now["darkroom_totals_complete"]) == (0, 0)
    assert now["darkroom_disk_free_bytes"] > 0 and "darkroom_outbox_pending" not in now
    tools.database.dispose()


def test_a_database_that_comes_back_is_told_and_nothing_is_counted_twice(
    watch: Watch, tools: Tools, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    first = told(watch)
    with monkeypatch.context() as broken:
        from storage.errors import Unavailable
        from storage.records import totals

        def away(*_: object) -> None:
            raise Unavailable("gone", code="database_busy")

        broken.setattr(totals, "deliveries_attempted", away)
        assert told(watch)["darkroom_database_up"] == 0
    assert {**told(watch), "darkroom_disk_free_bytes": 0} == {**first, "darkroom_disk_free_bytes": 0}
    assert "metrics.part_back" in [getattr(record, "event", "") for record in caplog.records]


def test_a_look_is_shared_for_a_moment(tools: Tools, nowhere: int) -> None:
    passed = [100.0]
    watch = Watch(tools, connect(f"redis://127.0.0.1:{nowhere}/0"), clock=lambda: passed[0], fresh_s=1.0)
    assert watch.look() is watch.look()
    first = watch.look()
    passed[0] += 1.5
    assert watch.look() is not first


def test_no_look_reads_a_whole_table(watch: Watch, tools: Tools) -> None:
    """However long the past is: what was counted is remembered, and the present is found through indexes."""
    watch.look()
    asked: list[tuple[str, Any]] = []
    engine = tools.database._reader

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    watch.look()
    event.remove(engine, "before_cursor_execute", note)
    queries = [(statement, parameters) for statement, parameters in asked if statement.startswith(("SELECT", "WITH"))]
    assert len(queries) > 15
    with tools.database.read() as tx:
        for statement, parameters in queries:
            steps = [row[3] for row in tx.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)]
            whole = [step for step in steps if re.match(rf"SCAN ({'|'.join(LONG)})\b(?! USING COVERING)", step)]
            assert not whole, (statement, steps)
            by_state = statement.startswith("WITH") and any("ix_images_state" in step for step in steps)
            assert not by_state, "the images of chosen batches are found by their batch"


@pytest.mark.parametrize(
    ("host", "token", "told"),
    [("127.0.0.1", "", False), ("::1", "", False), ("0.0.0.0", "x", False), ("0.0.0.0", "", True), ("::", "", True)],
)
def test_a_port_that_is_open_to_others_is_told(tmp_path: Path, host: str, token: str, told: bool) -> None:
    assert open_to_others(replace(test_settings(tmp_path), metrics_host=host, metrics_token=token)) is told
