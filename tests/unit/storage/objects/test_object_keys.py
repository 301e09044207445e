"""Keys are plain ASCII paths; nothing else reaches a file system or a bucket."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import names
from storage.objects.faults import InvalidKey
from storage.objects.keys import MAX_KEY, check_key, check_prefix


def test_every_key_the_service_makes_is_accepted() -> None:
    made = [
        names.staging_key("up_1"),
        names.artifact_key("bat_1", "img_1", "tok", 1, "jpg"),
        names.batch_artifact_key("bat_1", "tok", 2, "pdf"),
        names.archive_key("bat_1", "tok"),
    ]
    assert [check_key(key) for key in made] == made
    assert check_prefix(names.output_prefix("bat_1")) == "out/bat_1/"


@given(st.text(st.sampled_from("aZ0_-./\\ \n\x00é~%"), max_size=12))
def test_no_accepted_key_climbs_hides_or_is_absolute(key: str) -> None:
    try:
        check_key(key)
    except InvalidKey:
        return
    parts = key.split("/")
    assert all(parts) and not [part for part in parts if part.startswith(".")] and ".." not in key
    assert set(key) <= set("aZ0_-./")


def test_length_has_a_limit() -> None:
    longest = "/".join(["a" * 127] * 4)
    assert check_key(longest + "b") and len(longest + "b") == MAX_KEY
    for key in (longest + "bc", "a" * 201):
        with pytest.raises(InvalidKey):
            check_key(key)


@pytest.mark.parametrize("prefix", ["", "out", "out/", "out/bat_1/x"])
def test_prefixes(prefix: str) -> None:
    assert check_prefix(prefix) == prefix


@pytest.mark.parametrize("prefix", ["/", "/out", "..", "out/..", ".tmp", "out/.", "a//", "a\n", "ä", "a" * 513])
def test_prefixes_no_key_can_have(prefix: str) -> None:
    with pytest.raises(InvalidKey):
        check_prefix(prefix)
