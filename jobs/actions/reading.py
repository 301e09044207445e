"""How an action gets pixels from a source file: always through the limited decoder, with warnings in plain words.

Never imports imaging at module level, and never gives the pixels of a dry run's source to an action.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from jobs.actions.offer import Limits, Work

if TYPE_CHECKING:
    from jobs.imaging.codec import DecodeLimits, Picture

NOTES = {
    "first_frame_only": "The file holds several pictures; only the first was used.",
    "icc_ignored": "The colour profile is damaged and was ignored.",
    "cmyk_without_profile": "The CMYK file has no profile; its colours are approximate.",
    "jpeg_repaired": "The JPEG has small faults that were repaired.",
    "dry_run": "This was a dry run: the files are small stand-ins and nothing was charged.",
    "range_scaled": "The file has more than 8 bits per channel; its range was scaled.",
}


def decode_limits(limits: Limits) -> "DecodeLimits":
    from jobs.imaging.codec import DecodeLimits

    return DecodeLimits(
        formats=frozenset(limits.formats),
        max_bytes=limits.max_bytes,
        max_pixels=limits.max_pixels,
        max_side=limits.max_side,
        min_side=limits.min_side,
    )


def read_picture(work: Work, number: int = 0) -> "Picture":
    """Decode one source, upright sRGB; of a dry run's source only the facts are left. Raises ImageFault."""
    from jobs.sandbox import decode_safely

    picture = decode_safely(work.sources[number], decode_limits(work.limits), work.scratch)
    return standing_in(picture) if work.batch.dry_run else picture


def standing_in(picture: "Picture") -> "Picture":
    """The same facts over a small picture that says what it is."""
    from jobs.imaging.stand_in import stand_in

    rgb, alpha = stand_in(picture.rgb.shape[1], picture.rgb.shape[0], picture.alpha is not None)
    facts = replace(picture.facts, warnings=(*picture.facts.warnings, "dry_run"))
    return replace(picture, rgb=rgb, alpha=alpha, facts=facts)


def source_facts(picture: "Picture") -> dict[str, object]:
    """What the result tells about its source."""
    facts = picture.facts
    return {"format": facts.format, "width": facts.width, "height": facts.height}


def notes(picture: "Picture") -> tuple[str, ...]:
    """The decoder's warnings as sentences."""
    return tuple(NOTES.get(code, code) for code in picture.facts.warnings)
