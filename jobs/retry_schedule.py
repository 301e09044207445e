"""When a webhook that failed is tried again: one schedule for all dialects, about 75 hours long. Never waits itself."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import Random

# Seconds from one attempt to the next (Standard Webhooks 1.0.0, example schedule).
DELAYS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
JITTER = 0.2
LONGEST = timedelta(hours=24)


def next_attempt(made: int, now: datetime, retry_after: str | None, chance: Random) -> datetime | None:
    """When to try again after `made` attempts (1 or more) have failed; None when there are no more.

    The delay varies by ±20 %. `retry_after` is the receiver's header, seconds or an HTTP date: it postpones the
    attempt, by 24 hours at most, and never hastens it; one that can't be read is ignored.
    """
    if made > len(DELAYS):
        return None
    planned = now + timedelta(seconds=DELAYS[made - 1] * chance.uniform(1 - JITTER, 1 + JITTER))
    asked = _asked(retry_after, now)
    return planned if asked is None else max(planned, min(asked, now + LONGEST))


def _asked(retry_after: str | None, now: datetime) -> datetime | None:
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return now + min(timedelta(seconds=int(text[:9])), LONGEST)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
