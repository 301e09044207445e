"""A detail sheet: which panels a dossier can fill, each drawn at its cell's size, and all of them on one canvas.

Never fills a panel with invented facts: where words are missing a picture steps in, and the result says so.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from jobs.imaging.colour import U8
from jobs.imaging.panels import callouts, showing, telling
from jobs.imaging.panels.card import Card
from jobs.imaging.panels.dossier import KINDS, OTHERS, Dossier
from jobs.imaging.panels.grid import Cell, assembled, cells, mirrored
from jobs.imaging.panels.showing import Stage

Size = tuple[int, int]
_TEXT_PANELS: dict[str, Callable[[Dossier, Size], Card]] = {
    "features": callouts.features,
    "dimensions": telling.dimensions,
    "usage": telling.usage,
    "box": telling.box,
    "specs": telling.specs,
    "closing": telling.closing,
    "hero": showing.hero,
    "views": showing.views,
    "details": showing.details,
    "colours": showing.colour_card,
    "mood": showing.mood,
}
_NEEDS = {
    "features": ("features", "features"),
    "dimensions": ("sizes", "size_text"),
    "usage": ("steps", "how_to_use"),
    "box": ("box", "whats_in_box"),
    "specs": ("specs", "specs"),
}
_INSTEAD = {
    "features": ("details", "closeup", "colours"),
    "dimensions": ("views", "colours", "closeup"),
    "usage": ("specs", "lifestyle", "closeup"),
    "box": ("specs", "colours", "mood", "closeup"),
    "specs": ("colours", "mood", "closeup"),
}


@dataclass(frozen=True)
class Sheet:
    """The grid, uint8 sRGB; the panels' kinds in order; the cards in their cells; the least contrast of any text."""

    rgb: U8
    kinds: tuple[str, ...]
    cards: tuple[tuple[Cell, Card], ...]
    contrast: float | None


def planned(dossier: Dossier, wanted: Sequence[str]) -> tuple[str, ...]:
    """Eight kinds: those wanted, then the usual ones; a kind without its facts gives way to a picture."""
    asked = [kind for kind in wanted if kind in (*KINDS, *OTHERS)][:8]
    for kind in (*KINDS, *OTHERS, "lifestyle", "closeup"):
        if len(asked) < 8 and kind not in asked:
            asked.append(kind)
    out: list[str] = []
    for kind in asked[:8]:
        out.append(_possible(dossier, kind, [*out, *asked]))
    return tuple(out)


def _possible(dossier: Dossier, kind: str, taken: Sequence[str]) -> str:
    need = _NEEDS.get(kind)
    if need is None or getattr(dossier, need[0]):
        return kind
    for other in _INSTEAD[kind]:
        lacks = other in _NEEDS and not getattr(dossier, _NEEDS[other][0])
        again = other in taken and other not in ("lifestyle", "closeup")
        if lacks or again or (other == "views" and len(dossier.views) == 1 and "details" in taken):
            continue
        dossier.warn(f"Nothing was said for the panel '{kind}' (option {need[1]}); '{other}' is shown instead.")
        return other
    dossier.warn(f"Nothing was said for the panel '{kind}' (option {need[1]}); a close-up is shown instead.")
    return "closeup"


def drawn(
    dossier: Dossier, kinds: Sequence[str], sizes: Sequence[Size], stage: Stage, check: Callable[[], None]
) -> Iterator[Card]:
    """The cards one after the other; repeated pictures show another scene or another part."""
    count: dict[str, int] = {}
    for kind, size in zip(kinds, sizes, strict=True):
        check()
        number = count.get(kind, 0)
        count[kind] = number + 1
        if kind == "lifestyle":
            yield showing.lifestyle(dossier, size, stage, number)
        elif kind == "closeup":
            yield showing.closeup(dossier, size, number)
        else:
            yield _TEXT_PANELS[kind](dossier, size)


def compose(
    dossier: Dossier, size: Size, layout: str, kinds: Sequence[str], stage: Stage, check: Callable[[], None]
) -> Sheet:
    """The sheet of `size` (width, height) in a layout of grid.LAYOUTS but auto."""
    found = cells(layout, size)
    if dossier.rtl:
        found = mirrored(found, size[0])
    extents = [(x1 - x0, y1 - y0) for x0, y0, x1, y1 in found]
    cards = list(drawn(dossier, kinds, extents, stage, check))
    rgb = assembled(size, found, [card.canvas for card in cards], (255, 255, 255))
    contrasts = [value for card in cards for value in card.contrasts]
    return Sheet(rgb, tuple(kinds), tuple(zip(found, cards, strict=True)), min(contrasts) if contrasts else None)
