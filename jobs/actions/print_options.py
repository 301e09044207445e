"""The options that the print dialect's four actions share, and what this version does not make of them yet."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, validate

from jobs.actions.offer import Limits, Options
from jobs.actions.schema import Flag, Text, Texts, Word, read_options
from storage.model import Dialect, Quote
from storage.records import prices

PRINT_LIMITS = Limits(
    formats=("JPEG", "PNG", "WEBP", "TIFF"), max_pixels=100_000_000, min_side=500, max_bytes=50 * 1024 * 1024
)
# Read by the HTTP layer, not by the action.
REQUEST_FIELDS = (
    "dry_run",
    "client_job_id",
    "webhook_url",
    "job_type",
    "images",
    "image_urls",
    "upload_ids",
    "options",
)
LATER = {
    "mockup_templates": "Mockups are not made by this version yet.",
    "mockup_count": "Mockups are not made by this version yet.",
    "video": "Listing videos are not made by this version yet.",
    "drive": "Share folders are not made by this version yet.",
    "listing_pdf": "Listing PDFs are not made by this version yet.",
}
KEPT = ("keywords", "description_hint", "shop_name", "shipping_profile_id", "processing_profile_id")


class PrintOptions(Schema):
    """Listing texts and storefront ids: checked and kept with the batch for listings; who gives them is told so."""

    title = Text(limit=140)
    keywords = Texts()
    description_hint = Text()
    shop_name = Text(limit=100)
    shipping_profile_id = Text(limit=64)
    processing_profile_id = Text(limit=64)


class SheetOptions(PrintOptions):
    """Those, and which way up the sheets of wall art and posters lie."""

    orientation = Word("auto", "portrait", "landscape", load_default="auto")


def read_print_options(
    schema: Schema,
    raw: Mapping[str, Any],
    promised: tuple[str, ...] = (),
    warned: tuple[str, ...] = (),
    used: tuple[str, ...] = (),
) -> Options:
    """Validated values; one warning per thing that the contract promises (`promised`) or the caller asks for (LATER
    names that are set) and this version does not make, and one that names the KEPT texts it does not use (`used`)."""
    asked = [name for name in LATER if name in raw and str(raw[name]).strip().lower() not in ("", "false", "0", "no")]
    later = dict.fromkeys(LATER[name] for name in (*promised, *asked))
    read = read_options(schema, raw, silent=(*REQUEST_FIELDS, *LATER))
    kept = [name for name in KEPT if read.values.get(name) and name not in used]
    told = [f"Kept for listings, which this version does not make yet: {', '.join(kept)}."] if kept else []
    return Options(read.values, (*read.warnings, *warned, *later, *told))


def print_quote(action: str, count: int) -> Quote:
    return prices.quote(Dialect.PRINT, action, count)


def one_of(*allowed: int) -> validate.OneOf:
    return validate.OneOf(allowed, error=f"must be one of: {', '.join(map(str, allowed))}")


__all__ = ["Flag", "PRINT_LIMITS", "PrintOptions", "SheetOptions", "one_of", "print_quote", "read_print_options"]
