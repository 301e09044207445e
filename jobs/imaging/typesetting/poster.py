"""A poster: product and copy arranged in one frame, the scene shot for it, the type set and kept legible.

Never knows where scenes come from (a `shoot` is handed in) and never invents a word.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from jobs.imaging.colour import U8
from jobs.imaging.typesetting.arrangement import MARGIN, Need, Plan, free_place, plans, score
from jobs.imaging.typesetting.contrast import ratio
from jobs.imaging.typesetting.finish import Inks, ground, paint
from jobs.imaging.typesetting.looks import Look
from jobs.imaging.typesetting.marks import Logo, badge, draw_badge, draw_logo, logo_size
from jobs.imaging.typesetting.palette import Palette
from jobs.imaging.typesetting.runs import is_rtl
from jobs.imaging.typesetting.shots import PREVIEW, Shoot, Shot, cleared
from jobs.imaging.typesetting.stack import Copy, Measures, Part, closing_row, column, row_height, stood_row, subline
from jobs.imaging.typesetting.sweep import Box, Subject, contained

Zone = tuple[float, float, float, float]
_Mark = tuple[float, float, tuple[float, float]]  # x, y and (width, height)
_TALLEST = 0.76  # of the frame's height, a product is never larger


@dataclass(frozen=True)
class Order:
    """What is wanted. `position`: one of POSITIONS; `take`: which of the suitable compositions, 0 the best."""

    size: tuple[int, int]
    copy: Copy
    look: Look
    palette: Palette
    position: str = "auto"
    take: int = 0
    logo: Logo | None = None


@dataclass(frozen=True)
class Poster:
    """The finished picture, and what was measured: `facts` for the result, `texts` the boxes of all lettering."""

    rgb: U8
    facts: Mapping[str, Any]
    texts: tuple[tuple[str, Box], ...]
    warnings: tuple[str, ...] = ()


@dataclass
class _Desk:
    """The poster in the making."""

    order: Order
    plan: Plan
    measures: Measures
    edge: float
    wanted: Box = (0, 0, 1, 1)
    warnings: list[str] = field(default_factory=list)


def compose(subject: Subject, order: Order, shoot: Shoot) -> Poster:
    """Choose a composition on small previews, shoot it, set it. Texts are cleaned already; empty ones are left out."""
    need = need_of(subject, order)
    desks = [_laid_out(plan, subject, order) for plan in plans(order.size, order.position, need)]
    desk = chosen(desks, shoot)
    if not desk.plan.behind:
        parts = (*_column(desk)[0], *(_tail(desk) if desk.plan.tail is not None else ()))
        desk.wanted = cleared(desk.wanted, [part.box for part in parts], order.size, shoot)
    shot = shoot(order.size, desk.wanted)
    return _set(desk, shot)


def _laid_out(plan: Plan, subject: Subject, order: Order) -> _Desk:
    """The copy measured in its zone, and the product given all the room that is left."""
    unit = float(np.sqrt(order.size[0] * order.size[1]))
    desk = _Desk(order, plan, Measures(unit, 2.3 if plan.behind else 1.0), MARGIN * min(order.size))
    parts, _ = _column(desk)
    room = left_over(plan, parts, order.size)
    desk.wanted = stage_box(replace(plan, room=room), subject, order.size)
    if plan.behind:
        desk.plan, desk.wanted = _overlapped(plan, parts, desk.wanted, room)
    return desk


def left_over(plan: Plan, parts: tuple[Part, ...], size: tuple[int, int]) -> Zone:
    """The plan's room, grown to where the copy really ends."""
    x0, y0, x1, y1 = plan.room
    gap = 0.05 * min(size)
    if not parts or plan.behind:
        return plan.room
    left, top, right, bottom = (
        pick(part.box[edge] for part in parts) for edge, pick in enumerate((min, min, max, max))
    )
    if plan.name == "split-left":
        return max(right + gap, 0.42 * size[0]), y0, x1, y1
    if plan.name == "split-right":
        return x0, y0, min(left - gap, 0.58 * size[0]), y1
    if plan.name == "bottom":
        return x0, y0, x1, max(y0 + 0.2 * size[1], plan.copy[3] - (bottom - top) - gap)
    return x0, min(bottom + gap, y1 - 0.2 * size[1]), x1, y1


def _overlapped(plan: Plan, parts: tuple[Part, ...], box: Box, room: Zone) -> tuple[Plan, Box]:
    """Headline and product as one group: the product stands before the foot of the last line."""
    tall = max((part.box[3] for part in parts), default=plan.copy[1]) - plan.copy[1]
    head = next((part.block for part in parts if part.what == "headline"), None)
    last = -head.lines[-1].ink[1] * head.size if head is not None else 0.0
    shown = tall - 0.3 * last
    free = room[3] - plan.copy[1] - shown
    share = min(1.0, max(0.2, free / max(1, box[3] - box[1])))
    high, wide = share * (box[3] - box[1]), share * (box[2] - box[0])
    top = plan.copy[1] + shown + max(0.0, free - high) * 0.55
    middle = (box[0] + box[2]) / 2
    moved = (round(middle - wide / 2), round(top), round(middle + wide / 2), round(top + high))
    copy = (plan.copy[0], top - shown, plan.copy[2], top - shown + max(tall, 1.0) / 0.92)
    return replace(plan, copy=copy), moved


def need_of(subject: Subject, order: Order) -> Need:
    copy = order.copy
    words = " ".join((copy.headline, copy.subline))
    start = "right" if words.strip() and is_rtl(words, copy.language) else "left"
    short = 0 < len(copy.headline) <= 18
    return Need(
        copy.weight, bool(copy.price or copy.cta), order.logo is not None, subject.shape, start,
        order.look.align == "center", order.look.behind and short,
    )  # fmt: skip


def chosen(desks: "list[_Desk]", shoot: Shoot) -> _Desk:
    """The layout whose preview has the quietest place for the copy; further takes get the next ones."""
    order = desks[0].order
    if len(desks) == 1 or (order.take == 0 and desks[0].plan.behind):
        return desks[0]
    scale = PREVIEW / max(order.size)
    small = (max(8, round(order.size[0] * scale)), max(8, round(order.size[1] * scale)))
    rated = []
    for rank, desk in enumerate(desks):
        x0, y0, x1, y1 = (round(edge * scale) for edge in desk.wanted)
        shot = shoot(small, (x0, y0, max(x0 + 1, x1), max(y0 + 1, y1)))
        box = desk.wanted
        filled = (box[2] - box[0]) * (box[3] - box[1]) / (order.size[0] * order.size[1])
        # a plan must be clearly quieter, or show the product larger, to beat the one that suits its frame
        rated.append((score(shot.rgb, shot.cover, desk.plan, scale) + 0.09 * rank - 0.5 * min(filled, 0.3), rank))
    rated.sort()
    return desks[rated[order.take % len(rated)][1]]


def stage_box(plan: Plan, subject: Subject, size: tuple[int, int]) -> Box:
    """Where the product is to stand: as large as its room allows; a low one is lifted towards the room's middle."""
    room = plan.room
    tall = min(room[3] - room[1], _TALLEST * size[1])
    box = contained(subject, (room[0], room[3] - tall, room[2], room[3]), 1.0)
    spare = (room[3] - room[1]) - (box[3] - box[1])
    lift = round(spare * (0.42 if size[1] >= size[0] or plan.name.startswith("split") else 0.25))
    return box[0], box[1] - lift, box[2], box[3] - lift


def _column(desk: _Desk) -> tuple[tuple[Part, ...], _Mark | None]:
    """The copy's column in its zone, and the logo's place."""
    order, plan = desk.order, desk.plan
    zone, mark = _beneath_logo(desk)
    copy = replace(order.copy, subline="") if plan.behind else order.copy
    lines = 2 if plan.behind else 4
    ends = plan.tail is None
    return column(copy, order.look, desk.measures, zone, plan.align, plan.rise, most_lines=lines, ends=ends), mark


def _set(desk: _Desk, shot: Shot) -> Poster:
    order, plan, canvas = desk.order, desk.plan, shot.rgb
    parts, mark = _column(desk)
    if plan.tail is not None:
        parts = (*parts, *_tail(desk))
    inks = paint(canvas, order, plan, parts, shot.cover, shot.box)
    boxes = list(inks.boxes)
    if order.logo is not None and mark is not None:
        spot = draw_logo(canvas, order.logo, mark[0], mark[1], mark[2], (order.palette.light, order.palette.dark))
        boxes.append(("logo", spot))
    seal = _seal(desk, shot, [box for _, box in boxes])
    if seal is not None:
        boxes.append(("badge", seal))
    for part in parts:
        if (part.block is not None and part.block.short) or (part.button is not None and part.button.block.short):
            desk.warnings.append(f"The {part.what} is too long for the layout and was shortened.")
    return Poster(canvas, _facts(plan, inks), tuple(boxes), tuple(desk.warnings))


def _beneath_logo(desk: _Desk) -> tuple[Zone, _Mark | None]:
    """The copy's zone without the logo's place and clear space; (x, y, size) of the logo."""
    order, plan, zone = desk.order, desk.plan, desk.plan.copy
    if order.logo is None:
        return zone, None
    size = logo_size(order.logo, 0.052 * desk.measures.unit, 0.24 * desk.measures.unit)
    x = {"left": zone[0], "center": (zone[0] + zone[2] - size[0]) / 2, "right": zone[2] - size[0]}[plan.align]
    clear = 0.75 * size[1]
    if plan.name == "bottom":
        return zone, (x, desk.edge, size)
    top = desk.edge
    if plan.behind:
        return zone, (x, top, size)
    return (zone[0], max(zone[1], top + size[1] + clear), zone[2], zone[3]), (x, top, size)


def _tail(desk: _Desk) -> tuple[Part, ...]:
    """Price and button, and the subline of a headline that stands behind the product, at the bottom."""
    order, plan = desk.order, desk.plan
    assert plan.tail is not None
    x0, y0, x1, y1 = plan.tail
    row = closing_row(order.copy, order.look, desk.measures, x1 - x0)
    top = y1 - row_height(row)
    parts = stood_row(row, x0, x1, top, plan.align)
    if not plan.behind or not order.copy.subline:
        return parts
    gap = 0.028 * desk.measures.unit
    under = subline(order.copy, order.look, desk.measures, (0.86 * (x1 - x0), top - gap - y0), 0.0)
    if under is None:
        return parts
    left, low = (x0 + x1 - under.width) / 2, top - (gap if row else 0.0)
    return (Part("subline", (left, low - under.height, left + under.width, low), under), *parts)


def _seal(desk: _Desk, shot: Shot, taken: list[Box]) -> Box | None:
    order = desk.order
    if not order.copy.badge:
        return None
    lettering = desk.measures.plain(order.look, order.copy.language, 300)
    lettering = replace(lettering, leading=1.08, upper=order.look.upper)
    made = badge(order.copy.badge, lettering, order.look.badge, 0.165 * desk.measures.unit)
    spot = free_place(
        (made.width, made.height), order.size, [tuple(map(float, box)) for box in taken], shot.cover,  # type: ignore[misc]
        tuple(map(float, shot.box)), desk.edge,  # type: ignore[arg-type]
    )  # fmt: skip
    if spot is None:
        desk.warnings.append("There was no free place for the badge; it was left out.")
        return None
    if made.block.short:
        desk.warnings.append("The badge is too long for the layout and was shortened.")
    x, y = spot
    around = ground(shot.rgb, (x, y, x + made.width, y + made.height))
    colour = order.palette.accent
    if ratio(colour, around) < 1.5:
        colour = max((order.palette.light, order.palette.dark), key=lambda ink: ratio(ink, around))
    return draw_badge(shot.rgb, made, x, y, colour)


def _facts(plan: Plan, inks: Inks) -> dict[str, Any]:
    return {
        "composition": plan.name,
        "contrast": round(min(inks.contrasts.values()), 2) if inks.contrasts else None,
        "contrasts": {name: round(value, 2) for name, value in inks.contrasts.items()},
        "veil": round(inks.veil, 2),
    }
