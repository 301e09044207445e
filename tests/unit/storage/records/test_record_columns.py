"""What goes into a column: moments in UTC, JSON in real characters."""

import json
from datetime import UTC, datetime

import pytest

from storage.records.accounts import period_of
from storage.records.columns import to_json
from storage.records.keys import digest_of, new_key
from storage.records.leases import new_lease

NOON = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize("value", [{"é": "ü\n"}, {"a": "\ud83d"}, {"\udc00": [1, None]}, "\U0001f600", {}])
def test_json_comes_back_and_can_be_written(value: object) -> None:
    text = to_json(value)
    assert json.loads(text) == value
    assert text.encode("utf-8")


def test_json_is_in_real_characters_and_has_no_nan() -> None:
    assert to_json({"é": 1}) == '{"é": 1}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(float("nan"))


def test_the_period_is_the_calendar_month() -> None:
    assert period_of(NOON) == (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def test_keys_and_leases_are_never_the_same_twice() -> None:
    from storage.model import Dialect

    assert len({new_key(Dialect.STUDIO)[0] for _ in range(100)}) == 100
    assert len({new_lease(NOON, 1).token for _ in range(100)}) == 100
    assert len(digest_of("\udcff")) == 64
