"""Range headers: one well-formed range is served, nonsense is ignored, the impossible is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.objects.ranges import RangeUnsatisfiable, parse_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("bytes=0-", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("bytes=90-500", (90, 100)),
        ("bytes=99-", (99, 100)),
        ("bytes=-1", (99, 100)),
        ("bytes=-500", (0, 100)),
        ("Bytes= 1-2 ", (1, 3)),
        ("bytes=5-4", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("bytes=1-2,4-5", None),
        ("items=1-2", None),
        ("bytes=1", None),
        ("bytes=٣-٤", None),
        ("bytes=1-" + "9" * 5000, None),
    ],
)
def test_headers_on_a_hundred_bytes(header: str | None, expected: tuple[int, int] | None) -> None:
    assert parse_range(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_ranges_outside_are_refused(header: str) -> None:
    with pytest.raises(RangeUnsatisfiable) as caught:
        parse_range(header, 100)
    assert caught.value.size == 100


def test_an_empty_object_has_no_ranges() -> None:
    assert parse_range("bytes=-5", 0) is None
    with pytest.raises(RangeUnsatisfiable):
        parse_range("bytes=0-", 0)


@given(st.one_of(st.text(), st.from_regex(r"bytes=\d*-\d*", fullmatch=True)), st.integers(0, 10**12))
def test_a_range_always_lies_inside(header: str, size: int) -> None:
    try:
        found = parse_range(header, size)
    except RangeUnsatisfiable:
        return
    assert found is None or 0 <= found[0] < found[1] <= size
