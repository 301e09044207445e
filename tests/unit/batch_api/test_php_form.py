"""PHP's rules for form names, case by case as they were measured, and against the reference for random names."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_api.php_form import build, keys_of
from storage.errors import Invalid


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("image_urls[]", "a"), ("image_urls[]", "b")], {"image_urls": {0: "a", 1: "b"}}),
        ([("  a", "1")], {"a": "1"}),
        ([("[a]", "1"), ("", "2")], {}),
        ([("a\0b", "1")], {"a": "1"}),
        ([("a.b", "1"), ("a c", "2"), ("a-d", "3")], {"a_b": "1", "a_c": "2", "a-d": "3"}),
        ([("image.urls[]", "1")], {"image_urls": {0: "1"}}),
        ([("a[b.c]", "1")], {"a": {"b.c": "1"}}),
        ([("x[y", "6")], {"x_y": "6"}),
        ([("x[y.z [w", "6")], {"x_y_z__w": "6"}),
        ([("a[b]c[d]", "1")], {"a": {"b": "1"}}),
        ([("a[[b]]", "1")], {"a": {"[b": "1"}}),
        ([("a[ ]", "1"), ("a[5]", "2"), ("a[]", "3")], {"a": {0: "1", 5: "2", 6: "3"}}),
        ([("a[-5]", "1"), ("a[]", "2")], {"a": {-5: "1", 0: "2"}}),
        ([("a[07]", "1"), ("a[7]", "2"), ("a[-0]", "3")], {"a": {"07": "1", 7: "2", "-0": "3"}}),
        ([("a[99999999999999999999]", "1")], {"a": {"99999999999999999999": "1"}}),
        ([("a", "1"), ("a", "2")], {"a": "2"}),
        ([("a", "1"), ("a[]", "2")], {"a": {0: "2"}}),
        ([("a[]", "1"), ("a", "2")], {"a": "2"}),
        ([("ACTION", "1"), ("action", "2")], {"ACTION": "1", "action": "2"}),
        ([("o[ p]", "1"), ("o['k']", "2")], {"o": {" p": "1", "'k'": "2"}}),
        ([("o[a][b][]", "1"), ("o[a][b][]", "2")], {"o": {"a": {"b": {0: "1", 1: "2"}}}}),
        ([("a%5B%5D", "1")], {"a%5B%5D": "1"}),
    ],
)
def test_measured_cases(pairs: list[tuple[str, str]], expected: dict[str, Any]) -> None:
    assert build(pairs) == expected


def test_order_is_that_of_arrival() -> None:
    assert list(build([("a[1]", "b"), ("a[0]", "a")])["a"].values()) == ["b", "a"]


def test_limits_are_said_and_not_cut() -> None:
    build([(f"a[{n}]", "x") for n in range(1000)])
    with pytest.raises(Invalid):
        build([(f"a[{n}]", "x") for n in range(1001)])
    build([("a" + "[b]" * 63, "x")])
    with pytest.raises(Invalid):
        build([("a" + "[b]" * 64, "x")])


def reference(name: str) -> list[str | None] | None:
    """The published reference, compared with PHP's own parser over 80 000 random names."""
    name = name.split("\0")[0].lstrip(" ")
    if not name or name[0] == "[":
        return None
    b = name.find("[")
    if b < 0:
        return [re.sub(r"[. ]", "_", name)]
    if name.find("]", b + 1) < 0:
        return [re.sub(r"[. ]", "_", name[:b]) + "_" + re.sub(r"[. \[]", "_", name[b + 1 :])]
    out: list[str | None] = [re.sub(r"[. ]", "_", name[:b])]
    i = b
    while i < len(name) and name[i] == "[":
        j = name.find("]", i + 1)
        if j < 0:
            break
        k = name[i + 1 : j]
        out.append(None if not k.strip() else k)
        i = j + 1
    return out


@given(st.text(alphabet="ab[]. 0-7\0_", max_size=24))
def test_the_reference_agrees(name: str) -> None:
    assert keys_of(name) == reference(name)
