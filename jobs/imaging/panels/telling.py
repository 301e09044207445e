"""The panels that tell: dimensions, usage, contents, specifications, closing. The client's facts, set and drawn.

Never fills a gap with a fact of its own.
"""

from dataclasses import replace

from jobs.imaging.panels.callouts import listed, numbered
from jobs.imaging.panels.card import Card, Zone, ground_for, paper_card
from jobs.imaging.panels.dossier import Dossier, Extent
from jobs.imaging.typesetting.contrast import ratio
from jobs.imaging.typesetting.drawing import Box
from jobs.imaging.typesetting.marks import button, draw_button, draw_logo, logo_size
from jobs.imaging.typesetting.palette import WHITE, mix, paper, visible
from jobs.imaging.typesetting.runs import Lettering
from jobs.imaging.typesetting.shapes import disc, fill, outline
from jobs.imaging.typesetting.sweep import contained, paste

Size = tuple[int, int]
_NEUTRAL = (245, 243, 239)


def dimensions(dossier: Dossier, size: Size) -> Card:
    """The product between measuring lines with the client's sizes."""
    card = paper_card(dossier, size, mix(dossier.theme.palette.tint, WHITE, 0.6))
    low = card.title(card.word("dimensions"), card.safe)
    x0, _, x1, y1 = card.safe
    by_what = {extent.what: extent for extent in dossier.sizes}
    side = 0.27 * (x1 - x0)
    extra = 0.075 * card.unit if "depth" in by_what else 0.0
    room = (x0, low + 0.07 * card.unit, x1, y1 - 0.14 * card.unit - extra)
    wide, tall = room[2] - room[0], room[3] - room[1]
    if "height" in by_what and wide - 1.4 * side < tall * dossier.subject.shape:
        room = card.side((x0, room[1], x1 - side, room[3]))
    box = card.stand(room, 0.35, 0.55)
    if "width" in by_what:
        _across(card, box, by_what["width"])
    if "height" in by_what:
        _upright(card, box, by_what["height"])
    if "depth" in by_what:
        text = f"{card.word('depth')} {by_what['depth'].label}"
        block = card.set(text, card.plain(), (x1 - x0, 0.08 * card.unit), 0.037 * card.unit, lines=1)
        middle = min(max((box[0] + box[2]) / 2, x0 + block.width / 2), x1 - block.width / 2)
        below = box[3] + (0.125 if "width" in by_what else 0.05) * card.unit
        card.put(block, middle - block.width / 2, below, block.width, "left", card.quiet())
    return card


def _line(card: Card, first: tuple[float, float], last: tuple[float, float], upright: bool) -> None:
    """A measuring line with end strokes."""
    ink, thin = visible(card.dossier.theme.palette.accent, card.ground, 3.0, *_inks(card)), max(1.0, 0.0045 * card.unit)
    outline(card.canvas, [first, last], ink, thin, closed=False)
    reach = 0.014 * card.unit
    for x, y in (first, last):
        ends = [(x - reach, y), (x + reach, y)] if upright else [(x, y - reach), (x, y + reach)]
        outline(card.canvas, ends, ink, thin, closed=False)


def _inks(card: Card) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    return card.dossier.theme.palette.dark, card.dossier.theme.palette.light


def _across(card: Card, box: Box, extent: Extent) -> None:
    y = box[3] + 0.045 * card.unit
    _line(card, (box[0], y), (box[2], y), False)
    room = (card.safe[2] - card.safe[0], 0.08 * card.unit)
    block = card.set(extent.label, card.plain(bold=True), room, 0.046 * card.unit, lines=1)
    middle = min(max((box[0] + box[2]) / 2, card.safe[0] + block.width / 2), card.safe[2] - block.width / 2)
    card.put(block, middle - block.width / 2, y + 0.026 * card.unit, block.width, "left")


def _upright(card: Card, box: Box, extent: Extent) -> None:
    gap = 0.045 * card.unit
    x = box[0] - gap if card.dossier.rtl else box[2] + gap
    _line(card, (x, box[1]), (x, box[3]), True)
    near = 0.022 * card.unit
    room = x - near - card.safe[0] if card.dossier.rtl else card.safe[2] - x - near
    block = card.set(
        extent.label, card.plain(bold=True), (room, 0.2 * card.height), 0.046 * card.unit, lines=2, least=0.4
    )
    left = x - near - block.width if card.dossier.rtl else x + near
    card.put(block, left, (box[1] + box[3] - block.height) / 2, block.width, "left")


def usage(dossier: Dossier, size: Size) -> Card:
    """The client's steps, numbered, beside the product."""
    card = paper_card(dossier, size, _NEUTRAL)
    low = card.title(card.word("how_to_use"), card.safe)
    room, beside = _halves(card, low)
    card.stand(room, 0.45, 0.6)
    numbered(card, beside, dossier.steps[:6])
    return card


def _halves(card: Card, low: float) -> tuple[Zone, Zone]:
    """(the product's room, the list's zone) under a title that ends at `low`, for the panel's shape and direction."""
    x0, _, x1, y1 = card.safe
    top, gap = low + 0.055 * card.unit, 0.06 * card.unit
    shape = card.dossier.subject.shape
    beside = min(0.44 * (x1 - x0) - gap, (y1 - top) * shape)
    beneath = min(x1 - x0, (0.56 * (y1 - top) - gap / 2) * shape)
    wide = shape > 1.25
    if beside >= 0.96 * beneath or (x1 - x0) > 1.6 * (y1 - top):
        cut = x0 + 0.56 * (x1 - x0)
        return card.side((cut + gap, top, x1, y1)), card.side((x0, top, cut, y1))
    cut = top + (0.44 if wide else 0.5) * (y1 - top)
    return (x0, cut + gap / 2, x1, y1), (x0, top, x1, cut)


def box(dossier: Dossier, size: Size) -> Card:
    """What the client says is in the box, ticked off."""
    card = paper_card(dossier, size, ground_for(dossier, dossier.theme.palette.deep, dossier.theme.palette.tint))
    low = card.title(card.word("in_the_box"), card.safe)
    room, beside = _halves(card, low)
    card.stand(room, 0.45, 0.6)
    x0, y0, x1, y1 = beside
    mark = 0.024 * card.unit
    indent = 2 * mark + 0.03 * card.unit
    blocks = listed(card, dossier.box[:7], (x1 - x0 - indent, y1 - y0), 0.03 * card.unit)
    y = y0 + 0.01 * card.unit
    for block in blocks:
        middle = (x1 - mark if dossier.rtl else x0 + mark, y + max(mark, 0.36 * block.size))
        _tick(card, middle, mark)
        low = card.put(
            block, x0 if dossier.rtl else x0 + indent, y + max(0.0, mark - 0.36 * block.size), x1 - x0 - indent
        )
        y = max(low, y + 2 * mark) + 0.034 * card.unit
    return card


def _tick(card: Card, middle: tuple[float, float], radius: float) -> None:
    ink = visible(card.dossier.theme.palette.accent, card.ground, 2.4, *_inks(card))
    fill(card.canvas, disc(*middle, radius), ink)
    x, y = middle
    stroke = [
        (x - 0.42 * radius, y + 0.02 * radius),
        (x - 0.1 * radius, y + 0.36 * radius),
        (x + 0.46 * radius, y - 0.34 * radius),
    ]
    outline(card.canvas, stroke, WHITE, max(1.0, 0.2 * radius), closed=False)


def specs(dossier: Dossier, size: Size) -> Card:
    """The client's specifications as a table of two columns."""
    card = paper_card(dossier, size, WHITE, flat=True)
    low = card.title(card.word("specifications"), card.safe)
    x0, _, x1, y1 = card.safe
    rows = dossier.specs[:8]
    if len(dossier.specs) > len(rows):
        dossier.warn(f"The specifications panel shows the first {len(rows)} of {len(dossier.specs)} rows.")
    top = low + 0.05 * card.unit
    high = min((y1 - top) / max(1, len(rows)), 0.125 * card.unit)
    cut = x0 + 0.44 * (x1 - x0)
    thin = max(1.0, 0.0025 * card.unit)
    line = mix(card.ink(), WHITE, 0.82)
    body = min(0.042 * card.unit, 0.5 * high)
    for number, (name, value) in enumerate(rows):
        y = top + number * high
        outline(card.canvas, [(x0, y), (x1, y)], line, thin, closed=False)
        left, right = card.side((x0, 0, cut - 0.02 * card.unit, 0)), card.side((cut, 0, x1, 0))
        for text, zone, bold in ((name, left, False), (value, right, True)):
            room = (zone[2] - zone[0], 0.86 * high)
            block = card.set(text, replace(card.plain(bold), leading=1.12), room, body, lines=2, least=0.55)
            card.put(block, zone[0], y + (high - block.height) / 2, zone[2] - zone[0], "start",
                     card.ink() if bold else card.quiet())  # fmt: skip
    end = top + len(rows) * high
    outline(card.canvas, [(x0, end), (x1, end)], line, thin, closed=False)
    if y1 - end > 0.3 * size[1]:
        _rising(card, (x0, end + 0.07 * card.unit, x1, 1.3 * size[1]))
    return card


def _rising(card: Card, room: Zone) -> None:
    """The product coming up from the lower edge of a panel; a wide one stands whole."""
    subject = card.dossier.subject
    low = room[3] if subject.shape < 1.5 else card.safe[3]
    target = contained(subject, (room[0], room[1], room[2], low), 0.0 if subject.shape < 1.5 else 0.8)
    paste(card.canvas, subject, target)


def closing(dossier: Dossier, size: Size) -> Card:
    """The last word: logo, name, the client's promise and price, and a call where the marketplace allows one."""
    colours = dossier.theme.palette
    ground = ground_for(dossier, paper(colours.brand), colours.deep, colours.tint)
    card = paper_card(dossier, size, ground)
    said = dossier.logo or dossier.name or dossier.guarantee or dossier.price
    if not said:
        return _bare_closing(card)
    _rising(card, (card.margin, 0.58 * size[1], size[0] - card.margin, 1.24 * size[1]))
    x0, y0, x1, y1 = card.safe
    wide = x1 - x0
    y = y0
    if dossier.logo is not None:
        mark = logo_size(dossier.logo, 0.1 * card.unit, 0.5 * wide)
        x = x1 - mark[0] if dossier.rtl else x0
        draw_logo(card.canvas, dossier.logo, x, y, mark, (dossier.theme.palette.light, dossier.theme.palette.dark))
        y += mark[1] + 0.06 * card.unit
    head, under = (dossier.guarantee, dossier.name) if not dossier.name else (dossier.name, dossier.guarantee)
    if head:
        block = card.set(head, card.heading(), (wide, 0.26 * card.height), 0.084 * card.unit, lines=3)
        y = card.put(block, x0, y, wide) + 0.04 * card.unit
    if under:
        block = card.set(under, card.plain(), (wide, 0.2 * card.height), 0.042 * card.unit, lines=4)
        y = card.put(block, x0, y, wide) + 0.045 * card.unit
    if dossier.price:
        block = card.set(dossier.price, card.heading(), (wide, 0.16 * card.unit), 0.085 * card.unit, lines=1)
        y = card.put(block, x0, y, wide) + 0.045 * card.unit
    if dossier.theme.calls:
        _call(card, y, wide)
    return card


def _bare_closing(card: Card) -> Card:
    """Product and call alone, in the middle."""
    x0, y0, x1, y1 = card.safe
    high = 0.17 * card.unit if card.dossier.theme.calls else 0.0
    card.stand((x0, y0, x1, y1 - high), 0.5, 0.6)
    if card.dossier.theme.calls:
        _call(card, y1 - 0.5 * high, x1 - x0, "center")
    return card


def _call(card: Card, y: float, wide: float, align: str = "start") -> None:
    look = card.dossier.theme.look
    lettering = Lettering(look.text, 650, 1.2, 0.005, False, card.dossier.language)
    kind = look.button if look.button in ("pill", "rect", "soft") else "pill"
    made = button(card.word("order"), lettering, kind, 0.044 * card.unit, wide)
    x = card.safe[2] - made.width if card.dossier.rtl else card.safe[0]
    if align == "center":
        x, y = (card.width - made.width) / 2, min(y, card.safe[3] - made.height)
    ink = card.ink()
    letters, spot = draw_button(card.canvas, made, x, y, ink, ink)
    card.texts.append(spot)
    card.contrasts.append(ratio(letters, ink))
