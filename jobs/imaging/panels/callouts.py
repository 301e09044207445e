"""The features panel: the client's sentences, tied by fine lines to real places of the product.

Never says what a place is: the client's words stand beside it as they came.
"""

import re

from jobs.imaging.panels.card import Card, Zone, paper_card
from jobs.imaging.panels.dossier import Dossier
from jobs.imaging.panels.parts import Spot, spots
from jobs.imaging.typesetting.drawing import Box
from jobs.imaging.typesetting.fitting import Block
from jobs.imaging.typesetting.palette import on, visible
from jobs.imaging.typesetting.shapes import disc, fill, outline

_MOST = 6
# Words for what is at the top and at the bottom of things, so that a line does not point at the wrong end.
_TOP = re.compile(
    r"\b(cap|lid|top|hood|collar|neck|handle|spout|brim|deckel|verschluss|griff|kapuze|kragen|bouchon|couvercle|capuche"
    r"|tapa|capucha|tapón|coperchio|cappuccio|tampa|capuz|dop|крышк\w*|капюшон\w*|ворот\w*)\b|غطاء|フタ|フード|盖|帽|뚜껑|후드",
    re.I,
)
_BOTTOM = re.compile(
    r"\b(soles?|outsole|midsole|tread|base|bottom|foot|feet|hem|sohle|boden|profil|semelle|base|fond|suela|fondo|suola"
    r"|sola|zool|bodem|подошв\w*|дно)\b|نعل|ソール|底|밑창|바닥",
    re.I,
)
_SHORT = 30
_WIDE = 1.3  # products wider than this have their texts above and below


def features(dossier: Dossier, size: tuple[int, int]) -> Card:
    """Short features at the ends of lines, long ones in a numbered list beside a product with the numbers on it."""
    card = paper_card(dossier, size, dossier.theme.palette.tint)
    said = tuple(sorted(dossier.features[:_MOST], key=height_of))
    if len(dossier.features) > _MOST:
        dossier.warn(f"The features panel shows the first {_MOST} of {len(dossier.features)} features.")
    low = card.title(card.word("features"), card.safe)
    zone = (card.safe[0], low + 0.05 * card.unit, card.safe[2], card.safe[3])
    frame = (zone[2] - zone[0]) / (zone[3] - zone[1])
    brief = len(said) <= 4 and max(map(len, said)) <= _SHORT
    if brief and dossier.subject.shape > _WIDE or brief and frame < 1.2 and dossier.subject.shape > 0.7:
        _rows(card, zone, said)
    elif brief and frame > 0.8:
        _lines(card, zone, said)
    else:
        _numbers(card, zone, said, frame)
    return card


def height_of(text: str) -> int:
    """Where on a thing a text's words belong: -1 above, 1 below, 0 anywhere."""
    return int(bool(_BOTTOM.search(text))) - int(bool(_TOP.search(text)))


def _lines(card: Card, zone: Zone, said: tuple[str, ...]) -> None:
    """Product in the middle, texts on both sides, each at the height of its place."""
    x0, y0, x1, y1 = zone
    wide, gap = 0.265 * (x1 - x0), 0.02 * card.unit
    box = card.stand((x0 + wide + gap, y0, x1 - wide - gap, y1), 0.45)
    found = spots(card.dossier.subject, len(said))
    while len(found) < len(said):
        found.append(Spot(0.5, 0.5, 0.0))
    lefts = sorted(range(len(said)), key=lambda number: found[number].x)[: (len(said) + 1) // 2]
    pairs = list(zip(said, found, strict=False))
    size = 0.039 * card.unit
    for text in said:  # all at one size: what the longest word allows
        size = min(size, card.set(text, card.plain(bold=True), (wide, 0.3 * card.height), size, lines=4).size)
    size /= card.dossier.theme.text_scale
    for left in (True, False):
        mine = [pair for number, pair in enumerate(pairs) if (number in lefts) == left]
        column = (x0, y0, x0 + wide, y1) if left else (x1 - wide, y0, x1, y1)
        _side(card, column, sorted(mine, key=lambda pair: pair[1].y), box, left, size)


def _side(card: Card, column: Zone, pairs: list[tuple[str, Spot]], box: Box, left: bool, size: float) -> None:
    if not pairs:
        return
    width = column[2] - column[0]
    blocks = [card.set(text, card.plain(bold=True), (width, 0.3 * card.height), size, lines=4) for text, _ in pairs]
    slot = (column[3] - column[1]) / len(pairs)
    for number, (block, (_, spot)) in enumerate(zip(blocks, pairs, strict=True)):
        at = (box[0] + spot.x * (box[2] - box[0]), box[1] + spot.y * (box[3] - box[1]))
        middle = min(max(at[1], column[1] + number * slot + block.height / 2),
                     column[1] + (number + 1) * slot - block.height / 2 - 0.04 * card.unit)  # fmt: skip
        top = middle - block.height / 2
        rule = top + block.height + 0.022 * card.unit
        edge = column[2] if left else column[0]
        leader(card, [(column[0] if left else column[2], rule), (edge, rule), at])
        _dot(card, at)
        card.put(block, column[0], top, width, "left" if left else "right")


def _rows(card: Card, zone: Zone, said: tuple[str, ...]) -> None:
    """A wide product across the panel, texts in a row above it and a row below."""
    x0, y0, x1, y1 = zone
    tall = 0.2 * (y1 - y0)
    box = card.stand((x0, y0 + tall, x1, y1 - tall), 0.45, 0.5)
    found = sorted(spots(card.dossier.subject, len(said)), key=lambda spot: spot.y)
    while len(found) < len(said):
        found.append(Spot(0.5, 0.5, 0.0))
    half = len(said) // 2
    pairs = list(zip(said, found, strict=False))
    _row(card, (x0, y0, x1, y0 + tall), sorted(pairs[:half], key=lambda pair: pair[1].x), box, True)
    _row(card, (x0, y1 - tall, x1, y1), sorted(pairs[half:], key=lambda pair: pair[1].x), box, False)


def _row(card: Card, row: Zone, pairs: list[tuple[str, Spot]], box: Box, above: bool) -> None:
    slot = (row[2] - row[0]) / max(1, len(pairs))
    width, gap = slot - 0.05 * card.unit, 0.026 * card.unit
    for number, (text, spot) in enumerate(pairs):
        block = card.set(text, card.plain(bold=True), (width, row[3] - row[1]), 0.041 * card.unit, lines=2)
        last = number == len(pairs) - 1 and len(pairs) > 1
        x = row[2] - block.width if last else row[0] + number * slot
        top = row[1] if above else row[3] - block.height
        at = (box[0] + spot.x * (box[2] - box[0]), box[1] + spot.y * (box[3] - box[1]))
        level = top + block.height + gap if above else top - gap
        foot = min(max(at[0], x), x + block.width)
        leader(card, [(foot, level), at])
        leader(card, [(x, level), (x + block.width, level)])
        _dot(card, at)
        card.put(block, x, top, block.width, "left")


def leader(card: Card, points: list[tuple[float, float]]) -> None:
    """A fine line with a pale rim, so that it is seen on the product as well."""
    ink = visible(card.dossier.theme.palette.accent, card.ground, 2.2, card.ink(), card.ink())
    thin = max(1.0, 0.0042 * card.unit)
    outline(card.canvas, points, (255, 255, 255), 2.6 * thin, closed=False, opacity=0.6)
    outline(card.canvas, points, ink, thin, closed=False)


def _dot(card: Card, at: tuple[float, float]) -> None:
    radius, ink = 0.0125 * card.unit, card.dossier.theme.palette.accent
    fill(card.canvas, disc(*at, radius), (255, 255, 255))
    fill(card.canvas, disc(*at, 0.62 * radius), ink)


def _numbers(card: Card, zone: Zone, said: tuple[str, ...], frame: float) -> None:
    """Numbers on the product, the sentences in a list: beside it where the panel is wide, else beneath."""
    x0, y0, x1, y1 = zone
    if frame > 0.8:
        cut = x0 + 0.44 * (x1 - x0)
        room, beside = card.side((x0, y0, cut, y1)), card.side((cut + 0.06 * card.unit, y0, x1, y1))
    else:
        cut = y0 + 0.46 * (y1 - y0)
        room, beside = (x0, y0, x1, cut), (x0, cut + 0.06 * card.unit, x1, y1)
    box = card.stand(room, 0.45, 0.5)
    radius = 0.03 * card.unit
    for number, spot in enumerate(spots(card.dossier.subject, len(said)), 1):
        marker(card, number, (box[0] + spot.x * (box[2] - box[0]), box[1] + spot.y * (box[3] - box[1])), radius)
    numbered(card, beside, said)


def marker(card: Card, number: int, middle: tuple[float, float], radius: float) -> None:
    """A numeral in a disc of the accent."""
    paint = card.dossier.theme.palette.accent
    fill(card.canvas, disc(*middle, 1.14 * radius), (255, 255, 255))
    fill(card.canvas, disc(*middle, radius), paint)
    block = card.set(str(number), card.plain(bold=True), (1.5 * radius, 1.5 * radius), 1.15 * radius, lines=1)
    card.put(block, middle[0] - block.width / 2, middle[1] - block.height / 2, block.width, "left", on(paint))


def numbered(card: Card, zone: Zone, said: tuple[str, ...], first: int = 1) -> None:
    """Sentences under each other with their numerals, spread over the zone's height."""
    x0, y0, x1, y1 = zone
    radius = 0.03 * card.unit
    indent = 2 * radius + 0.03 * card.unit
    blocks = listed(card, said, (x1 - x0 - indent, y1 - y0), 0.022 * card.unit)
    gap = _gap(card, blocks, y1 - y0)
    y = y0 + max(0.0, (y1 - y0 - sum(block.height for block in blocks) - gap * (len(blocks) - 1)) / 2)
    for number, block in enumerate(blocks, first):
        text = card.side((x0 + indent, 0, x1, 0))
        disc_x = x1 - radius if card.dossier.rtl else x0 + radius
        top = y + max(0.0, radius - 0.5 * block.size)
        marker(card, number, (disc_x, y + radius), radius)
        low = card.put(block, text[0] if not card.dossier.rtl else x0, top, x1 - x0 - indent)
        y = max(low, y + 2 * radius) + gap


def listed(card: Card, said: tuple[str, ...], room: tuple[float, float], gap: float) -> list[Block]:
    """All sentences at one size, the largest at which they fit the room together."""
    size = 0.043 * card.unit
    for _ in range(7):
        blocks = [card.set(text, card.plain(), (room[0], room[1]), size, lines=4, least=0.98) for text in said]
        if sum(block.height for block in blocks) + gap * (len(blocks) - 1) <= room[1] and not any(
            block.short for block in blocks
        ):
            break
        size *= 0.92
    return blocks


def _gap(card: Card, blocks: list[Block], height: float) -> float:
    spare = height - sum(block.height for block in blocks)
    return min(max(0.02 * card.unit, spare / max(1, len(blocks))), 0.055 * card.unit)
