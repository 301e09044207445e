"""The price tables against the contracts' own examples."""

import pytest

from storage.errors import Invalid
from storage.model import Dialect
from storage.records.plans import PLANS, plan
from storage.records.prices import CLIPART_RULE, quote, reprice


@pytest.mark.parametrize(
    ("images", "price"), [(0, 0), (1, 29), (5, 29), (6, 39), (10, 39), (11, 49), (25, 69), (26, 79), (50, 119)]
)
def test_clipart_is_priced_by_started_blocks(images: int, price: int) -> None:
    assert reprice(CLIPART_RULE, images) == price
    assert quote(Dialect.PRINT, "clipart", images).total(images) == price


def test_the_other_reading_of_the_clipart_rule_is_one_number_away() -> None:
    assert [reprice({**CLIPART_RULE, "included": 1}, n) for n in (1, 5, 6, 11)] == [29, 39, 39, 49]


@pytest.mark.parametrize(
    ("action", "images", "price"),
    [("wallart", 1, 59), ("wallart", 2, 118), ("wallart", 50, 2950), ("poster", 50, 2750), ("upscale", 50, 100)],
)
def test_print_prices(action: str, images: int, price: int) -> None:
    assert quote(Dialect.PRINT, action, images).total(images) == price


@pytest.mark.parametrize(
    ("action", "resolution", "variations", "price"),
    [
        ("bg-remove", "1K", 1, 1),
        ("bg-remove", "2K", 3, 3),
        ("bg-remove", "4k", 1, 2),
        ("group-shot", "1K", 1, 1),
        ("ecommerce-detail", "1K", 1, 8),
        ("model", "1K", 1, 2),
        ("ai-try-on", "4K", 2, 8),
        ("ghost-mannequin", "1K", 1, 2),
        ("lookalike", "1K", 1, 2),
        ("studio-template", "1K", 1, 2),
    ],
)
def test_studio_prices(action: str, resolution: str, variations: int, price: int) -> None:
    assert quote(Dialect.STUDIO, action, 1, resolution=resolution, variations=variations).total(1) == price


def test_shelf_costs_one_an_image() -> None:
    assert quote(Dialect.SHELF, "analysis", 200).total(200) == 200


def test_print_has_no_price_for_what_it_does_not_offer() -> None:
    with pytest.raises(Invalid) as caught:
        quote(Dialect.PRINT, "sculpture", 1)
    assert caught.value.code == "unsupported_action"


def test_plans_are_those_of_the_contract() -> None:
    assert [(row.tier, row.max_batch_size, row.monthly_credits) for row in PLANS.values()] == [
        ("free", 20, 100),
        ("starter", 20, 600),
        ("growth", 50, 2000),
        ("pro", 100, 8000),
        ("scale", 200, 20000),
    ]
    assert (plan("pro").analyses_per_minute, plan("pro").reads_per_minute, plan("pro").writes_per_minute) == (
        60,
        600,
        150,
    )
    with pytest.raises(Invalid):
        plan("platinum")
