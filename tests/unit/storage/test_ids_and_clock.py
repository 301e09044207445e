"""Ids sort by time and cannot be guessed; moments are spelled in UTC."""

import re
from datetime import UTC, datetime, timedelta, timezone

from storage.clock import iso, now
from storage.ids import new_id

MOMENT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_ids_sort_by_the_millisecond_and_differ() -> None:
    later = [new_id("bat", MOMENT + timedelta(milliseconds=n)) for n in range(50)]
    assert later == sorted(later)
    assert len({new_id("bat", MOMENT) for _ in range(1000)}) == 1000
    assert re.fullmatch(r"bat_[0-9a-hjkmnp-tv-z]{35}", later[0])


def test_moments_are_spelled_in_utc() -> None:
    assert iso(datetime(2026, 1, 1, 1, 30, 0, 999999, tzinfo=timezone(timedelta(hours=2)))) == "2025-12-31T23:30:00Z"
    assert iso(datetime(450, 6, 8, tzinfo=UTC)) == "0450-06-08T00:00:00Z"
    assert now().utcoffset() == timedelta()
