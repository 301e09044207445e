"""A link says exactly what was signed: no field can be changed, moved, dropped or outlive its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.objects.signing import LinkExpired, LinkInvalid, LinkSigner, SignedLink

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
EXPIRES = int((NOW + timedelta(hours=24)).timestamp())
SIGNER = LinkSigner({"k1": "first secret of this test", "k2": b"second secret of this test"}, "k2")


def query(signer: LinkSigner = SIGNER, **fields: object) -> dict[str, str]:
    given_fields = {"filename": "Käse & 1.jpg", "content_type": "image/jpeg", "inline": True, "max_bytes": 7} | fields
    return dict(parse_qsl(signer.sign("GET", "out/a", EXPIRES, **given_fields), keep_blank_values=True))  # type: ignore[arg-type]


def test_a_genuine_link_tells_everything() -> None:
    link = SIGNER.verify("GET", "out/a", query(), NOW)
    assert link == SignedLink("GET", "out/a", EXPIRES, "Käse & 1.jpg", "image/jpeg", True, 7)


def test_head_is_allowed_by_a_get_link_and_nothing_else_is() -> None:
    assert SIGNER.verify("HEAD", "out/a", query(), NOW).method == "GET"
    for method in ("PUT", "DELETE", "POST", ""):
        with pytest.raises(LinkInvalid):
            SIGNER.verify(method, "out/a", query(), NOW)


@pytest.mark.parametrize("name", ["exp", "fn", "ct", "in", "max", "kid", "sig"])
def test_each_field_counts(name: str) -> None:
    genuine = query()
    changes = [genuine[name] + "0", genuine[name][:-1], "", "ü", "\ud800", "k1"]
    for changed in changes:
        with pytest.raises(LinkInvalid):
            SIGNER.verify("GET", "out/a", genuine | {name: changed}, NOW)
    with pytest.raises(LinkInvalid):
        SIGNER.verify("GET", "out/a", {key: value for key, value in genuine.items() if key != name}, NOW)


def test_the_key_counts() -> None:
    for key in ("out/b", "out/a/", "out", "", "out/a\x00"):
        with pytest.raises(LinkInvalid):
            SIGNER.verify("GET", key, query(), NOW)


def test_text_cannot_move_from_one_field_to_the_next() -> None:
    signed = query(filename="ab", content_type="c")
    with pytest.raises(LinkInvalid):
        SIGNER.verify("GET", "out/a", signed | {"fn": "a", "ct": "bc"}, NOW)


def test_time_ends_at_the_second_that_was_signed() -> None:
    end = NOW + timedelta(hours=24)
    assert SIGNER.verify("GET", "out/a", query(), end - timedelta(seconds=1)).expires == EXPIRES
    for late in (end, end + timedelta(days=400)):
        with pytest.raises(LinkExpired):
            SIGNER.verify("GET", "out/a", query(), late)


def test_an_expired_forgery_is_a_forgery() -> None:
    with pytest.raises(LinkInvalid) as caught:
        SIGNER.verify("GET", "out/b", query(), NOW + timedelta(days=2))
    assert not isinstance(caught.value, LinkExpired)


def test_keys_rotate() -> None:
    old = LinkSigner({"k1": "first secret of this test"}, "k1")
    assert SIGNER.verify("GET", "out/a", query(old), NOW).key == "out/a"
    with pytest.raises(LinkInvalid):
        old.verify("GET", "out/a", query(), NOW)


@pytest.mark.parametrize(("keys", "current"), [({}, "k1"), ({"k1": "x" * 16}, "k2"), ({"k1": "short"}, "k1")])
def test_weak_or_missing_secrets_are_refused(keys: dict[str, str], current: str) -> None:
    with pytest.raises(ValueError, match="link key"):
        LinkSigner(keys, current)


@given(st.text(max_size=30), st.text(max_size=20))
def test_any_text_survives_the_round_trip(filename: str, content_type: str) -> None:
    signed = query(filename=filename, content_type=content_type)
    link = SIGNER.verify("GET", "out/a", signed, NOW)
    assert (link.filename, link.content_type) == (filename, content_type)
