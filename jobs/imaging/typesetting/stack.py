"""The copy as a column: headline, rule, subline, price and button set to each other's size, then stood in a zone.

Never chooses colours; drawing them is the poster's business.
"""

from dataclasses import dataclass, replace

from jobs.imaging.typesetting.fitting import Block, fit
from jobs.imaging.typesetting.looks import Look
from jobs.imaging.typesetting.marks import Button, button
from jobs.imaging.typesetting.runs import Lettering

Zone = tuple[float, float, float, float]


@dataclass(frozen=True)
class Copy:
    """What the poster says; empty parts are left out. `language`: BCP 47."""

    headline: str = ""
    subline: str = ""
    cta: str = ""
    price: str = ""
    badge: str = ""
    language: str = "en"

    @property
    def weight(self) -> float:
        """0 for a few words, 1 for as much as a poster bears."""
        said = len(self.headline) * 1.4 + len(self.subline) + 14 * bool(self.cta) + 12 * bool(self.price)
        return min(1.0, said / 170)


@dataclass(frozen=True)
class Part:
    """One thing of the column at its place: `what` is headline, rule, bar, subline, price or cta; `box`: its left, top,
    right, bottom; `block` or `button`: what is drawn there."""

    what: str
    box: Zone
    block: Block | None = None
    button: Button | None = None


@dataclass(frozen=True)
class Measures:
    """Sizes in pixels that a frame gives its texts. `unit`: the square root of its area; `loud`: how much larger than
    usual the headline may be."""

    unit: float
    loud: float = 1.0

    def lettering(self, look: Look, language: str) -> Lettering:
        return Lettering(look.voice, look.weight, look.leading, look.tracking, look.upper, language)

    def plain(self, look: Look, language: str, more: int = 0) -> Lettering:
        return Lettering(look.text, min(900, look.text_weight + more), 1.38, 0.0, False, language)


def headline(copy: Copy, look: Look, measures: Measures, room: tuple[float, float], most_lines: int) -> Block | None:
    """The headline as large as the style and the room allow."""
    if not copy.headline:
        return None
    unit = measures.unit
    most = 0.112 * unit * look.scale * measures.loud
    if len(copy.headline) > 46:
        most *= 0.8
    return fit(
        copy.headline, measures.lettering(look, copy.language), room[0], room[1], (0.026 * unit, most), most_lines
    )


def subline(copy: Copy, look: Look, measures: Measures, room: tuple[float, float], under: float) -> Block | None:
    """The subline: never more than 0.56 of the headline's size, never longer than a line one likes to read."""
    if not copy.subline:
        return None
    most = 0.0315 * measures.unit
    if under:
        most = min(most, 0.56 * under)
    lettering = measures.plain(look, copy.language)
    if look.spaced and len(copy.subline) <= 60:
        lettering, most = replace(lettering, upper=True, tracking=0.14, leading=1.5), most * 0.78
    width = min(room[0], 30 * most)
    return fit(copy.subline, lettering, width, room[1], (0.0155 * measures.unit, most), 5)


def price(copy: Copy, look: Look, measures: Measures, width: float) -> Block | None:
    if not copy.price:
        return None
    voice = look.voice if look.voice not in ("handwritten",) else look.text
    lettering = Lettering(voice, max(look.weight, 600), 1.05, 0.0, False, copy.language)
    most = 0.056 * measures.unit
    return fit(copy.price, lettering, width, 2.4 * most, (0.02 * measures.unit, most), 1)


def call(copy: Copy, look: Look, measures: Measures, width: float) -> Button | None:
    if not copy.cta:
        return None
    spaced = look.upper or look.spaced
    lettering = replace(
        measures.plain(look, copy.language, 200), upper=spaced, tracking=0.08 if spaced else 0.005, leading=1.2
    )
    return button(copy.cta, lettering, look.button, (0.0225 if spaced else 0.0245) * measures.unit, width)


def column(
    copy: Copy, look: Look, measures: Measures, zone: Zone, align: str, rise: str, *, most_lines: int = 4,
    ends: bool = True,
) -> tuple[Part, ...]:  # fmt: skip
    """Everything in one column inside `zone`; all of it smaller where the zone is low. `ends`: price and button belong
    to it (else they stand in a tail)."""
    parts: tuple[Part, ...] = ()
    for share in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5):
        smaller = replace(measures, unit=share * measures.unit)
        parts, whole = _column(copy, look, smaller, zone, align, rise, most_lines, ends)
        if whole <= zone[3] - zone[1] + 1:
            break
    return parts


def _column(
    copy: Copy, look: Look, measures: Measures, zone: Zone, align: str, rise: str, most_lines: int, ends: bool
) -> tuple[tuple[Part, ...], float]:
    """The column's parts and its height."""
    width, height = zone[2] - zone[0], zone[3] - zone[1]
    gap = 0.030 * measures.unit
    bar = look.decor == "bar" and align != "center" and bool(copy.headline)
    inner = width - (1.0 * gap if bar else 0.0)
    row = closing_row(copy, look, measures, inner) if ends else ()
    foot = row_height(row) + 1.45 * gap if row else 0.0
    head = headline(copy, look, measures, (inner, (height - foot) * (0.66 if copy.subline else 0.94)), most_lines)
    rule = 1.7 * gap if look.decor == "rule" and head is not None and copy.subline else 0.0
    left = height - foot - rule - (head.height + gap if head else 0.0)
    under = subline(copy, look, measures, (inner, max(left, 0.05 * measures.unit)), head.size if head else 0.0)
    stack = _stacked(head, rule, under, gap)
    total = stack[-1][2] if stack else 0.0
    whole = total + foot
    top = zone[1] + {"top": 0.0, "middle": (height - whole) / 2, "bottom": height - whole}[rise]
    x0 = zone[0] + (1.0 * gap if bar and align == "left" else 0.0)
    parts = [_stand(what, block, x0, top + begin, top + end, inner, align, gap) for what, begin, end, block in stack]
    if bar and head is not None:
        x = zone[0] if align == "left" else zone[2] - 0.24 * gap
        parts.append(Part("bar", (x, top, x + 0.24 * gap, top + head.height)))
    begin = top + total + (1.45 * gap if total else 0.0)
    return (*parts, *stood_row(row, x0, x0 + inner, begin, align)), whole - (0.0 if total else 1.45 * gap)


def _stacked(
    head: Block | None, rule: float, under: Block | None, gap: float
) -> list[tuple[str, float, float, Block | None]]:
    out: list[tuple[str, float, float, Block | None]] = []
    y = 0.0
    if head is not None:
        out.append(("headline", y, y + head.height, head))
        y += head.height
    if rule:
        out.append(("rule", y + 0.8 * gap, y + 0.8 * gap + 0.12 * gap, None))
        y += rule
    elif head is not None and under is not None:
        y += max(0.95 * gap, 0.36 * head.size)
    if under is not None:
        out.append(("subline", y, y + under.height, under))
        y += under.height
    return out


def _stand(
    what: str, block: Block | None, x: float, top: float, bottom: float, width: float, align: str, gap: float
) -> Part:
    wide = block.width if block is not None else 2.2 * gap
    left = x + {"left": 0.0, "center": (width - wide) / 2, "right": width - wide}[align]
    return Part(what, (left, top, left + wide, bottom), block)


def closing_row(copy: Copy, look: Look, measures: Measures, width: float) -> tuple[Part, ...]:
    """Price and button, measured at the origin: one beside the other where the width allows, else stacked."""
    cost, made = price(copy, look, measures, width), call(copy, look, measures, width)
    gap = 0.034 * measures.unit
    parts = list[Part]()
    if cost is not None:
        parts.append(Part("price", (0, 0, cost.width, cost.height), cost))
    if made is not None:
        x, y = (0.0, 0.0)
        if cost is not None and cost.width + gap + made.width <= width:
            x, y = cost.width + gap, (cost.height - made.height) / 2
        elif cost is not None:
            y = cost.height + 0.8 * gap
        parts.append(Part("cta", (x, y, x + made.width, y + made.height), None, made))
    low = min((part.box[1] for part in parts), default=0.0)
    return tuple(replace(part, box=(part.box[0], part.box[1] - low, part.box[2], part.box[3] - low)) for part in parts)


def row_height(row: tuple[Part, ...]) -> float:
    return max((part.box[3] for part in row), default=0.0)


def stood_row(row: tuple[Part, ...], left: float, right: float, top: float, align: str) -> tuple[Part, ...]:
    """The closing row at its place; stacked ones are aligned each for itself."""
    stacked = len(row) > 1 and row[1].box[0] == 0
    whole = max((part.box[2] for part in row), default=0.0)
    out = []
    for part in row:
        x0, y0, x1, y1 = part.box
        wide = x1 - x0 if stacked else whole
        spare = right - left - wide
        shift = left + {"left": 0.0, "center": spare / 2, "right": spare}[align]
        if align == "right" and not stacked and len(row) > 1:
            x0, x1 = whole - x1, whole - x0  # read from the right: the price first
        out.append(replace(part, box=(shift + (0 if stacked else x0), top + y0,
                                      shift + (x1 - x0 if stacked else x1), top + y1)))  # fmt: skip
    return tuple(out)
