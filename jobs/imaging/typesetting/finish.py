"""Paints a set poster: ornament, veil, colours chosen by measured contrast, letters, and the product before them.

Never moves anything: the parts come with their places.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jobs.imaging.colour import F32, U8, from_linear, to_linear
from jobs.imaging.typesetting.arrangement import Plan
from jobs.imaging.typesetting.contrast import ENOUGH, measured, ratio, secure
from jobs.imaging.typesetting.drawing import Box, Rgb, draw, line_boxes, place
from jobs.imaging.typesetting.marks import draw_button
from jobs.imaging.typesetting.palette import mix, on, visible
from jobs.imaging.typesetting.shapes import fill, outline, rounded
from jobs.imaging.typesetting.stack import Part
from jobs.imaging.typesetting.sweep import Box as ProductBox

if TYPE_CHECKING:
    from jobs.imaging.typesetting.poster import Order

Zone = tuple[float, float, float, float]


@dataclass(frozen=True)
class Inks:
    """What was painted: boxes of all lettering by name, measured contrasts by name, and the strongest veil 0..1."""

    boxes: tuple[tuple[str, Box], ...]
    contrasts: Mapping[str, float]
    veil: float


def paint(canvas: U8, order: "Order", plan: Plan, parts: tuple[Part, ...], cover: F32, product: ProductBox) -> Inks:
    """Draw everything of the copy onto the shot, in place."""
    if order.look.decor == "block" and not plan.behind:
        _colour_block(canvas, order, plan, parts, cover, product)
    boxes = list[tuple[str, Box]]()
    contrasts: dict[str, float] = {}
    strongest = 0.0
    for group in _groups(parts):
        lines = [edge for part in group for edge in _ink(part, plan.align)]
        if not lines:
            continue
        hidden = cover if plan.behind else None
        inks = _candidates(canvas, order, lines, hidden)
        spread = 0.13 * min(order.size)
        ink, contrast, veil = secure(canvas, lines, inks, spread, cover, hidden)
        strongest = max(strongest, veil)
        for part in group:
            boxes.append((part.what, _draw(canvas, order, plan, part, ink, cover, contrasts, contrast)))
    if order.look.decor == "frame":
        _frame(canvas, order, cover)
    return Inks(tuple(boxes), contrasts, strongest)


def _groups(parts: tuple[Part, ...]) -> list[tuple[Part, ...]]:
    """The column, and what stands apart from it at the bottom, each with one ink."""
    upper = tuple(part for part in parts if part.what not in ("cta", "price"))
    lower = tuple(part for part in parts if part.what in ("cta", "price"))
    if upper and lower and lower[0].box[1] - max(part.box[3] for part in upper) < 90 + 0.2 * upper[0].box[2]:
        return [(*upper, *lower)]
    return [group for group in (upper, lower) if group]


def _ink(part: Part, align: str) -> list[Zone]:
    if part.block is not None:
        x0, y0, x1, _ = part.box
        return line_boxes(place(part.block, x0, y0, x1 - x0, align))
    if part.button is not None and part.button.kind not in ("pill", "rect", "soft"):
        return [part.box]
    return []


def _candidates(canvas: U8, order: "Order", boxes: list[Zone], hidden: F32 | None) -> tuple[Rgb, ...]:
    """Inks in the order of preference: the palette's own, the one against the ground's brightness first."""
    colours = order.palette
    pale = measured(canvas, boxes, (255, 255, 255), hidden) >= measured(canvas, boxes, (0, 0, 0), hidden)
    own = (colours.light, colours.dark) if pale else (colours.dark, colours.light)
    return (*own, (255, 255, 255), (0, 0, 0))


def _draw(
    canvas: U8, order: "Order", plan: Plan, part: Part, ink: Rgb, cover: F32, contrasts: dict[str, float], known: float
) -> Box:
    x0, y0, x1, y1 = part.box
    whole = (int(x0), int(y0), int(np.ceil(x1)), int(np.ceil(y1)))
    around = ground(canvas, part.box)
    if part.what in ("rule", "bar"):
        fill(canvas, rounded(x0, y0, x1, y1, 0), visible(order.palette.accent, around, 2.0, ink, ink))
        return whole
    if part.button is not None:
        filled = part.button.kind in ("pill", "rect", "soft")
        colour = order.palette.accent
        if ratio(colour, around) < 1.7:
            colour = ink
        letters, box = draw_button(canvas, part.button, x0, y0, colour, ink)
        contrasts["cta"] = ratio(letters, colour) if filled else known
        return box
    assert part.block is not None
    placed = place(part.block, x0, y0, x1 - x0, plan.align)
    lines = line_boxes(placed)
    colour = _coloured(canvas, order, part, ink, around, lines)
    behind = cover if plan.behind and part.what == "headline" else None
    contrasts[part.what] = measured(canvas, lines, colour, behind)
    return draw(canvas, placed, colour, behind=behind)


def _coloured(canvas: U8, order: "Order", part: Part, ink: Rgb, around: Rgb, lines: list[Zone]) -> Rgb:
    """The price calls in the accent, the subline steps back a little; both only while they stay legible."""
    wish = ink
    if part.what == "price":
        wish = order.palette.accent
    elif part.what == "subline":
        wish = mix(ink, around, 0.2)
    return wish if measured(canvas, lines, wish) >= ENOUGH + 0.2 else ink


def ground(canvas: U8, box: Zone) -> Rgb:
    """The mean colour behind a box, in linear light."""
    x0, y0, x1, y1 = (max(0, int(edge)) for edge in box)
    part = canvas[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    if not part.size:
        return 128, 128, 128
    step = max(1, part.shape[0] // 64)
    light = to_linear(part[::step, ::step]).reshape(-1, 3).mean(axis=0, dtype=np.float64)
    red, green, blue = (int(level) for level in from_linear(light.astype(np.float32)))
    return red, green, blue


def _colour_block(
    canvas: U8, order: "Order", plan: Plan, parts: tuple[Part, ...], cover: F32, product: ProductBox
) -> None:
    """A field of the brand's colour under the copy, from the frame's edge to a little into the product."""
    width, height = order.size
    low = max((part.box[3] for part in parts), default=0.4 * height)
    edge = 0.055 * min(order.size)
    shape = {
        "left": (0, 0, max(plan.copy[2] + 0.5 * edge, product[0] + 0.07 * (product[2] - product[0])), height),
        "right": (min(plan.copy[0] - 0.5 * edge, product[2] - 0.07 * (product[2] - product[0])), 0, width, height),
        "top": (0, 0, width, max(low + edge, product[1] + 0.10 * (product[3] - product[1]))),
        "bottom": (0, min(part.box[1] for part in parts) - edge if parts else 0.6 * height, width, height),
    }[plan.block]
    x0, y0, x1, y1 = (float(value) for value in shape)
    fill(canvas, rounded(x0 - 2, y0 - 2, x1 + 2, y1 + 2, 0), order.palette.brand, behind=cover)


def _frame(canvas: U8, order: "Order", cover: F32) -> None:
    """A fine line inside the edge, behind the product."""
    inset, thin = 0.032 * min(order.size), max(1.0, 0.0018 * min(order.size))
    box = (inset, inset, order.size[0] - inset, order.size[1] - inset)
    around = ground(canvas, (0, 0, order.size[0], inset * 2))
    colour = visible(order.palette.accent, around, 1.6, on(around), on(around))
    outline(canvas, rounded(*box, 0), colour, thin, opacity=0.85, behind=cover)
