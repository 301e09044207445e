"""The price tables of the three dialects as data, and the two sums made with them. Never touches an account.

Sources: print contract §6.2 (clip-art per batch by rule A), studio contract §9, shelf contract §8. A submission keeps
its own copy (Batch.quote), so later changes here never alter it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from storage.errors import Invalid
from storage.model import Dialect, Quote

ANY = "*"  # the row for actions of a dialect that have none of their own


@dataclass(frozen=True)
class Price:
    """Credits per image (per output for studio), or a rule for the batch as a whole. `by_resolution` multiplies."""

    per_image: int = 0
    rule: Mapping[str, Any] = field(default_factory=dict)
    by_resolution: Mapping[str, int] = field(default_factory=dict)


CLIPART_RULE: Mapping[str, Any] = {"base": 29, "included": 5, "block": 5, "block_price": 10}
LARGE: Mapping[str, int] = {"4K": 2}

PRINT_PRICES: dict[str, Price] = {
    "wallart": Price(59),
    "poster": Price(55),
    "clipart": Price(rule=CLIPART_RULE),
    "upscale": Price(2),
}
STUDIO_PRICES: dict[str, Price] = {
    ANY: Price(1, by_resolution=LARGE),
    "model": Price(2, by_resolution=LARGE),
    "ai-try-on": Price(2, by_resolution=LARGE),
    "ghost-mannequin": Price(2, by_resolution=LARGE),
    "lookalike": Price(2, by_resolution=LARGE),
    "studio-template": Price(2, by_resolution=LARGE),
    "ecommerce-detail": Price(8, by_resolution=LARGE),
}
SHELF_PRICES: dict[str, Price] = {ANY: Price(1)}

TABLES: dict[Dialect, dict[str, Price]] = {
    Dialect.PRINT: PRINT_PRICES,
    Dialect.STUDIO: STUDIO_PRICES,
    Dialect.SHELF: SHELF_PRICES,
}


def quote(dialect: Dialect, action: str, images: int, *, resolution: str = "1K", variations: int = 1) -> Quote:
    """What `images` units of work cost. `variations` outputs per image are paid each; `resolution` is 1K, 2K or 4K.

    Raises Invalid("unsupported_action") when the dialect has no price for the action.
    """
    table = TABLES[Dialect(dialect)]
    price = table.get(action) or table.get(ANY)
    if price is None:
        raise Invalid(f"Unsupported action '{action}'.", field="action", code="unsupported_action")
    if price.rule:
        return Quote(per_image=0, per_batch=reprice(price.rule, images), rule=dict(price.rule))
    return Quote(per_image=price.per_image * variations * price.by_resolution.get(resolution.upper(), 1))


def reprice(rule: Mapping[str, Any], succeeded: int) -> int:
    """The batch part for `succeeded` images by rule {base, included, block, block_price}: a started block counts as
    a whole one, nothing is due when nothing succeeded. 5 → 29, 6 → 39, 11 → 49 for clip-art."""
    if succeeded <= 0:
        return 0
    extra = max(0, succeeded - int(rule["included"]))
    blocks = -(-extra // int(rule["block"]))
    return int(rule["base"]) + blocks * int(rule["block_price"])


def batch_price(quote: Quote, succeeded: int) -> int:
    """What the batch part of a quote costs when that many images succeeded."""
    if quote.rule:
        return reprice(quote.rule, succeeded)
    return quote.per_batch if succeeded else 0
