"""Sealed secrets: readable under the right key only, also across a rotation."""

import base64

import pytest

from storage.records.accounts import new_webhook_secret
from storage.sealing import SealBroken, Sealer

OLD, NEW = "old secret " * 4, "new secret " * 4


def test_what_is_sealed_opens_again_and_does_not_show() -> None:
    sealer = Sealer(OLD)
    sealed = sealer.seal("whsec_é")
    assert sealer.open(sealed) == "whsec_é"
    assert "whsec" not in sealed
    assert sealer.seal("whsec_é") != sealed


def test_after_a_rotation_the_former_key_still_opens() -> None:
    sealed = Sealer(OLD).seal("text")
    rotated = Sealer(NEW, OLD)
    assert rotated.open(sealed) == "text"
    assert Sealer(NEW).open(rotated.seal("text")) == "text"
    with pytest.raises(SealBroken):
        Sealer(NEW).open(sealed)


@pytest.mark.parametrize("cut", [slice(None, -2), slice(9, None), slice(0, 0)])
def test_damage_is_noticed(cut: slice) -> None:
    sealer = Sealer(OLD)
    with pytest.raises(SealBroken):
        sealer.open(sealer.seal("text")[cut])


def test_a_webhook_secret_has_32_random_bytes_in_the_standard_spelling() -> None:
    made = {new_webhook_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) for secret in made} == {32}
