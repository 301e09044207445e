"""Machines whose clocks are ten minutes off go by the clock of the database server; a clock that steps back costs at
most work done twice, because leases are fenced by their tokens. Durations are never negative."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from engine_house import House, open_house
from postgresql import postgresql
from servers import crew, wait_for

from storage.clock import now
from storage.records import images as image_records
from storage.records import ledger

pytestmark = [pytest.mark.process, pytest.mark.timeout(200)]

QUICK = {"SWEEP_SECONDS": "1", "LEASE_SECONDS": "4", "IMAGE_SECONDS": "30"}
FAR = timedelta(minutes=9)


def faked(**how: str) -> dict[str, str]:
    """The environment of a process whose wall clock lies; its monotonic clock does not."""
    found = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if found is None:
        pytest.skip("needs libfaketime (apt-get install faketime)")
    quiet = {"DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1"}
    return {"LD_PRELOAD": str(found), **quiet, **how}


def told(house: House, event: str) -> list[dict[str, Any]]:
    """Lines of the crews' log with this event, and how far their own clock was off."""
    lines = []
    for text in (house.folder / "crew.log").read_text().splitlines():
        if text.startswith("{") and (line := json.loads(text)).get("event") == event:
            lines.append(line | {"off": datetime.fromisoformat(line["ts"]) - now()})
    return lines


def check_moments(house: House, batch_id: str) -> None:
    """Everything was noted in the order in which it happened, within the time of the test."""
    batch = house.batch(batch_id)
    for image in house.images(batch_id):
        noted = [batch.created_at, image.started_at, image.finished_at, batch.completed_at, now()]
        assert None not in noted and noted == sorted(noted), noted


def check_once(house: House, batch_id: str, count: int) -> None:
    """Each image made once and paid once, and no attempt ended before it began."""
    batch = house.batch(batch_id)
    assert (batch.succeeded, batch.failed, batch.credits_charged) == (count, 0, 2 * count + 1)
    house.check([batch_id])
    with house.tools.database.read() as tx:
        balance = ledger.balance(tx, house.rig.account_id)
        for image in house.images(batch_id):
            tries = image_records.attempts_of(tx, image.id)
            assert [each.outcome for each in tries].count("succeeded") == 1 and len(tries) <= 3
    assert (balance.held, balance.spent) == (0, batch.credits_charged)
    assert all(line["duration_ms"] >= 0 for line in told(house, "image.settled"))


def test_machines_that_are_ten_minutes_off_agree_by_the_database(tmp_path: Path) -> None:
    slow, fast = faked(FAKETIME="-600s"), faked(FAKETIME="+600s")
    with postgresql() as records, open_house(tmp_path, database_url=records.url) as house:
        batch = house.submit(9, seconds=0.8)
        url, given = house.server.url, {**QUICK, "DATABASE_URL": records.url}
        with (
            crew(house.folder, url, ["pixels"], **given, **slow),
            crew(house.folder, url, ["pixels", "sweep", "packaging"], **given, **fast),
        ):
            wait_for(lambda: house.batch(batch.id).final, 120, "the end of the batch")
        settled = told(house, "image.settled")
        assert any(line["off"] < -FAR for line in settled), "the slow clock took part"
        assert any(line["off"] > FAR for line in settled), "and so did the fast one"
        check_once(house, batch.id, 9)
        assert [image.attempts for image in house.images(batch.id)] == [1] * 9, "no lease was thought to be over"
        check_moments(house, batch.id)
        house.tools.database.dispose()


def test_a_clock_that_steps_back_in_the_middle_of_an_image(tmp_path: Path) -> None:
    with open_house(tmp_path) as house:
        step_back(house)


def step_back(house: House) -> None:
    dial = house.folder / "dial"
    dial.write_text("+0s")
    batch = house.submit(1, exactly=3)
    url = house.server.url
    with crew(house.folder, url, ["pixels"], **QUICK, **faked(FAKETIME_TIMESTAMP_FILE=str(dial))):
        wait_for(lambda: house.images(batch.id)[0].state == "running", 60, "the image to run")
        (house.folder / "dial.new").write_text("-600s")
        os.replace(house.folder / "dial.new", dial)
        stepped = datetime.now(UTC)

        def seen() -> bool:
            lease = house.images(batch.id)[0].lease_until
            return lease is None or lease < stepped

        wait_for(seen, 30, "a renewal by the clock that stepped back")
        with crew(house.folder, url, ["pixels", "packaging", "sweep"], **QUICK):
            wait_for(lambda: house.batch(batch.id).final, 90, "the end of the batch")
    check_once(house, batch.id, 1)
