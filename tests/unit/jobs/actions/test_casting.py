"""Who plays what: inputs, and the pictures with a role of their own."""

import pytest

from jobs.actions.casting import EACH, Casting, Extra, always, cast, casting_of, number_of
from storage.errors import Invalid
from storage.model import Source

A, B, C = (Source("url", name, url=f"https://shop.example/{name}") for name in ("a.jpg", "b.jpg", "c.jpg"))
REFERENCE = Extra("reference", "reference_url", "reference_file", takes_last=always, required=always)
LOGO = Extra("logo", "logo_url", "logo_file")


def roles(casting: Casting, inputs: list[Source], **given: Source) -> list[list[tuple[str, str]]]:
    return [[(source.filename, source.role) for source in order.sources] for order in cast(casting, {}, inputs, given)]


def test_each_input_makes_its_own_image() -> None:
    assert roles(EACH, [A, B]) == [[("a.jpg", "input")], [("b.jpg", "input")]]


def test_the_last_input_is_the_reference_of_all_others() -> None:
    assert roles(Casting(extras=(REFERENCE,)), [A, B, C]) == [
        [("a.jpg", "input"), ("c.jpg", "reference")],
        [("b.jpg", "input"), ("c.jpg", "reference")],
    ]


def test_a_named_reference_leaves_every_input_a_product() -> None:
    assert roles(Casting(extras=(REFERENCE,)), [A, B], reference=C) == [
        [("a.jpg", "input"), ("c.jpg", "reference")],
        [("b.jpg", "input"), ("c.jpg", "reference")],
    ]


def test_one_image_alone_cannot_be_its_own_reference() -> None:
    with pytest.raises(Invalid) as refused:
        cast(Casting(extras=(REFERENCE,)), {}, [A], {})
    assert refused.value.code == "missing_reference"
    assert refused.value.details["role"] == "reference"


def test_a_logo_is_welcome_but_not_needed_and_never_taken_from_the_inputs() -> None:
    casting = Casting(extras=(LOGO,))
    assert roles(casting, [A, B]) == [[("a.jpg", "input")], [("b.jpg", "input")]]
    assert roles(casting, [A], logo=B) == [[("a.jpg", "input"), ("b.jpg", "logo")]]


def test_together_makes_one_image_of_all() -> None:
    assert roles(Casting(together=True, least=2, most=8), [A, B, C]) == [
        [("a.jpg", "input"), ("b.jpg", "input"), ("c.jpg", "input")]
    ]


@pytest.mark.parametrize(("count", "code"), [(1, "missing_image"), (9, "too_many_images")])
def test_a_group_has_two_to_eight(count: int, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        cast(Casting(together=True, least=2, most=8), {}, [A] * count, {})
    assert refused.value.code == code


def test_an_action_that_says_nothing_is_cast_one_by_one() -> None:
    assert casting_of(object()) is EACH


def test_a_role_is_found_among_the_sources() -> None:
    order = cast(Casting(extras=(LOGO,)), {}, [A], {"logo": B})[0]
    assert number_of(order.sources, "logo") == 1
    assert number_of(order.sources, "mask") is None
