"""The schedule of retries: its steps, its jitter, and what a receiver's Retry-After may and may not do."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random

import pytest

from config import ROOT
from jobs.retry_schedule import DELAYS, JITTER, LONGEST, next_attempt

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Middle(Random):
    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def wait(made: int, retry_after: str | None = None) -> float:
    moment = next_attempt(made, NOW, retry_after, Middle())
    assert moment is not None
    return (moment - NOW).total_seconds()


def test_the_page_for_receivers_tells_the_steps() -> None:
    page = " ".join((ROOT / "docs" / "webhooks.md").read_text().split())
    units = {"second": 1, "minute": 60, "hour": 3600}
    told = page.partition("is tried again, after ")[2].partition(", each a fifth")[0]
    steps = [int(count) * units[unit] for count, unit in re.findall(r"(\d+) (second|minute|hour)s", told)]
    assert tuple(steps) == DELAYS and (1 / 5, timedelta(days=1)) == (JITTER, LONGEST)


def test_the_documented_steps() -> None:
    assert [wait(made) for made in range(1, 10)] == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert next_attempt(10, NOW, None, Middle()) is None
    assert next_attempt(10, NOW, "60", Middle()) is None
    assert sum(DELAYS) == 75 * 3600 + 35 * 60 + 5


@pytest.mark.parametrize("made", range(1, 10))
def test_jitter_is_a_fifth_either_way(made: int) -> None:
    chance = Random(made)
    waits = [(next_attempt(made, NOW, None, chance) or NOW) - NOW for _ in range(500)]
    delay = DELAYS[made - 1]
    assert timedelta(seconds=0.8 * delay) <= min(waits) < timedelta(seconds=0.82 * delay)
    assert timedelta(seconds=1.18 * delay) < max(waits) <= timedelta(seconds=1.2 * delay)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("60", 60),
        (" 60 ", 60),
        ("1", 5),
        ("0", 5),
        ("-60", 5),
        ("999999999999", 86400),
        ("86401", 86400),
        (format_datetime(NOW + timedelta(hours=1), usegmt=True), 3600),
        ((NOW + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S -0000"), 3600),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 5),
        (format_datetime(NOW + timedelta(days=30), usegmt=True), 86400),
        ("soon", 5),
        ("", 5),
        ("٦٠", 5),
        ("1e9", 5),
    ],
)
def test_retry_after_postpones_but_never_hastens(header: str, seconds: int) -> None:
    assert wait(1, header) == seconds
