"""Where the products of a group stand or lie: centres, sizes, rows and angles in a frame, without overlaps.

Never sees a pixel: shapes in (width over height), places out. Only a pyramid, an arc and a hero let a product behind
be partly hidden by those in front: by a fifth of its width, more in large groups and narrow frames.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

STANDING = ("lineup", "pyramid", "arc", "hero")
LYING = ("flatlay", "grid", "collage")

_MARGIN = 0.06  # of the frame's shorter side, kept free at the sides
_TALLEST = 0.62  # of the frame's height that a standing product may take


@dataclass(frozen=True)
class Shape:
    """A product's box: `width` and `height` in units common to the group (its relative size)."""

    width: float
    height: float


@dataclass(frozen=True)
class Place:
    """Where product `number` goes. `x`: its centre, -1 (left edge of the frame) to 1. `y`: likewise from the top, the
    centre of one that lies; 0 for one that stands. `row`: 0 in front, 1 and 2 behind. `width`, `height`: of its upright
    box, over the frame's shorter side. `angle`: degrees counter-clockwise, of one that lies (`flat`)."""

    number: int
    x: float
    y: float
    row: int
    width: float
    height: float
    angle: float = 0.0
    flat: bool = False


def shapes_of(boxes: Sequence[tuple[int, int]], factors: Sequence[float] | None, equal_area: bool) -> list[Shape]:
    """Relative sizes of products from their boxes (width, height) in pixels: as in the sources, or of equal area; then
    times `factors`, one per product."""
    shapes = []
    for number, (width, height) in enumerate(boxes):
        size = 1 / math.sqrt(width * height) if equal_area else 1 / max(max(box) for box in boxes)
        size *= factors[number] if factors is not None else 1.0
        shapes.append(Shape(width * size, height * size))
    return shapes


def hidden_share(count: int, aspect: float) -> float:
    """The share of a back product's width that those in front of it may cover, so that the group stays large."""
    crowd = 0.2 if count <= 4 else 0.35 if count <= 6 else 0.5
    return crowd + (0.15 if aspect < 1 else 0.0)


def choose_layout(count: int, flat: bool, aspect: float) -> str:
    """What `auto` means for `count` products in a frame of `aspect` (width over height)."""
    if flat:
        return "grid" if count in (4, 6, 8) else "flatlay"
    if count <= 3 and aspect >= 1:
        return "lineup"
    return "pyramid" if count <= 5 else "arc"


def arrange(
    layout: str,
    shapes: Sequence[Shape],
    aspect: float,
    *,
    spacing: float = 0.08,
    hero: int | None = None,
    seed: int = 0,
) -> list[Place]:
    """Places of all products, back rows first, as they are to be drawn. `aspect`: the frame's width over its height;
    `spacing`: the gap between neighbours over their mean width, 0..0.5. KeyError for an unknown layout."""
    frame = (aspect, 1.0) if aspect >= 1 else (1.0, 1 / aspect)
    if layout in LYING:
        return _lying(layout, shapes, frame, spacing, hero, seed)
    order = _tallest_inside(shapes)
    if hero is None and layout == "hero":
        hero = max(order, key=lambda number: (shapes[number].width * shapes[number].height, -number))
    if hero is not None:
        order.remove(hero)
        order.insert(len(order) // 2, hero)
    rows = _ROWS[layout](shapes, order, hero)
    return _standing(order, rows, shapes, frame, spacing)


def _tallest_inside(shapes: Sequence[Shape]) -> list[int]:
    """Tallest in the middle, falling off alternately to both sides; stable for equal heights."""
    order: list[int] = []
    for turn, number in enumerate(sorted(range(len(shapes)), key=lambda n: (-shapes[n].height, n))):
        order.insert(len(order) if turn % 2 == 0 else 0, number)
    return order


def _lineup(shapes: Sequence[Shape], order: Sequence[int], hero: int | None) -> dict[int, int]:
    return dict.fromkeys(order, 0)


def _pyramid(shapes: Sequence[Shape], order: Sequence[int], hero: int | None) -> dict[int, int]:
    """Every second one behind, the ends in front; so is the hero."""
    last = len(order) - 1
    rows = {number: int(place % 2 == 1 and 0 < place < last) for place, number in enumerate(order)}
    return rows | ({} if hero is None else {hero: 0})


def _arc(shapes: Sequence[Shape], order: Sequence[int], hero: int | None) -> dict[int, int]:
    """The ends in front, the middle furthest back; a hero stands before the bow."""
    middle = (len(order) - 1) / 2
    rows = {number: 2 - round(2 * abs(place - middle) / middle) for place, number in enumerate(order)}
    return rows | ({} if hero is None else {hero: 0})


def _hero(shapes: Sequence[Shape], order: Sequence[int], hero: int | None) -> dict[int, int]:
    return {number: int(number != hero) for number in order}


_ROWS: dict[str, Callable[[Sequence[Shape], Sequence[int], int | None], dict[int, int]]] = {
    "lineup": _lineup,
    "pyramid": _pyramid,
    "arc": _arc,
    "hero": _hero,
}


def _standing(
    order: Sequence[int], rows: dict[int, int], shapes: Sequence[Shape], frame: tuple[float, float], spacing: float
) -> list[Place]:
    """From left to right at the largest common scale; neighbours of one row apart, of two rows a little overlapping."""
    hidden = hidden_share(len(order), frame[0] / frame[1])
    steps = [0.0]
    for left, right in pairwise(order):
        gap = spacing * (shapes[left].width + shapes[right].width) / 2
        if rows[left] != rows[right]:
            behind = left if rows[left] > rows[right] else right
            gap = -hidden / 2 * min(shapes[behind].width, shapes[left].width, shapes[right].width)
        steps.append(gap)
    whole = sum(shapes[number].width for number in order) + sum(steps)
    tallest = max(shape.height for shape in shapes)
    scale = min((frame[0] - 2 * _MARGIN) / whole, _TALLEST * frame[1] / tallest)
    edge, places = -whole / 2, []
    for number, step in zip(order, steps, strict=True):
        shape = shapes[number]
        x = (edge + step + shape.width / 2) * scale / (frame[0] / 2)
        places.append(Place(number, x, 0.0, rows[number], shape.width * scale, shape.height * scale))
        edge += step + shape.width
    return sorted(places, key=lambda place: -place.row)


def _lying(
    layout: str, shapes: Sequence[Shape], frame: tuple[float, float], spacing: float, hero: int | None, seed: int
) -> list[Place]:
    """Rows of a page at the largest common scale at which all of them fit, turned a little in a flat lay."""
    random = np.random.default_rng(seed)
    order = list(range(len(shapes)))
    if hero is not None:
        order.remove(hero)
        order.insert(len(order) // 2, hero)
    angles = random.uniform(-7, 7, len(shapes)) if layout == "flatlay" else np.zeros(len(shapes))
    turned = [_turned(shape, float(angle)) for shape, angle in zip(shapes, angles, strict=True)]
    room = frame[0] - 2 * _MARGIN, frame[1] - 2 * _MARGIN
    gap = max(spacing, 0.04)
    best: tuple[float, list[list[int]]] = (0.0, [order])
    for rows in _breaks(order):
        scale = _fit(rows, turned, room, gap)
        if scale > best[0]:
            best = (scale, rows)
    return _set_page(best[1], shapes, turned, best[0], frame, angles)


def _turned(shape: Shape, angle: float) -> Shape:
    """The upright box around a turned one."""
    cos, sin = abs(math.cos(math.radians(angle))), abs(math.sin(math.radians(angle)))
    return Shape(shape.width * cos + shape.height * sin, shape.width * sin + shape.height * cos)


def _breaks(order: Sequence[int]) -> list[list[list[int]]]:
    """Every way to break up to eight products into rows of nearly equal number, longer rows first or last."""
    pages = []
    for rows in range(1, len(order) + 1):
        sizes = [len(order) // rows + (1 if number < len(order) % rows else 0) for number in range(rows)]
        for counts in (sizes, sizes[::-1]):
            page, start = [], 0
            for count in counts:
                page.append(list(order[start : start + count]))
                start += count
            pages.append(page)
    return pages


def _fit(rows: list[list[int]], shapes: Sequence[Shape], room: tuple[float, float], gap: float) -> float:
    """The largest scale at which the rows fit into the room with gaps of `gap` times the mean side."""
    side = sum(math.sqrt(shape.width * shape.height) for shape in shapes) / len(shapes) * gap
    widest = max(sum(shapes[number].width for number in row) + side * (len(row) - 1) for row in rows)
    highest = sum(max(shapes[number].height for number in row) for row in rows) + side * (len(rows) - 1)
    return min(room[0] / widest, room[1] / highest)


def _set_page(
    rows: list[list[int]],
    shapes: Sequence[Shape],
    turned: Sequence[Shape],
    scale: float,
    frame: tuple[float, float],
    angles: "np.typing.NDArray[np.float64]",
) -> list[Place]:
    """Rows spread evenly over the page, products evenly over their row."""
    heights = [max(turned[number].height for number in row) * scale for row in rows]
    space = (frame[1] - sum(heights)) / (len(rows) + 1)
    top, places = space, []
    for row, height in zip(rows, heights, strict=True):
        widths = [turned[number].width * scale for number in row]
        gap = (frame[0] - sum(widths)) / (len(row) + 1)
        left = gap
        for number, width in zip(row, widths, strict=True):
            x, y = (left + width / 2) / frame[0] * 2 - 1, (top + height / 2) / frame[1] * 2 - 1
            own = shapes[number]
            places.append(Place(number, x, y, 0, own.width * scale, own.height * scale, float(angles[number]), True))
            left += width + gap
        top += height + space
    return places
