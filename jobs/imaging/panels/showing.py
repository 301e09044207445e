"""The panels that show: hero, lifestyle, close-up, views, colours, mood. Pictures first, hardly a word.

Never states a fact; captions are headings or the client's own name for the product.
"""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from jobs.imaging.colour import U8
from jobs.imaging.panels.card import Card, Zone, ground_for, paper_card
from jobs.imaging.panels.dossier import Dossier, View
from jobs.imaging.panels.parts import Window, colours, windows
from jobs.imaging.typesetting.marks import draw_logo, logo_size
from jobs.imaging.typesetting.palette import mix, paper
from jobs.imaging.typesetting.runs import Lettering
from jobs.imaging.typesetting.shapes import disc, fill, outline, polygon_cover, rounded
from jobs.imaging.typesetting.sweep import Box, contained, paste

Size = tuple[int, int]
Stage = Callable[[Size, Box, int], U8]
"""(panel size, wanted box of the product, number of the scene) -> a finished scene, uint8 sRGB."""

WHITE = (255, 255, 255)


def hero(dossier: Dossier, size: Size) -> Card:
    """The product on white; in a wide panel its name beside it, where the marketplace allows lettering."""
    card = paper_card(dossier, size, WHITE, flat=True)
    wide = size[0] / size[1] > 1.35
    named = bool(dossier.name) and not dossier.theme.strict
    x0, y0, x1, y1 = card.safe
    if not named:
        card.stand((x0, y0 * 0.9, x1, y1), 0.42)
        return card
    if wide:
        room = card.side((0.47 * size[0], y0 * 0.8, size[0] - 0.6 * card.margin, y1))
        copy = card.side((x0 + 0.3 * card.margin, y0, 0.45 * size[0], y1))
    else:
        room = (x0, y0 + 0.26 * size[1], x1, y1)
        copy = (x0, y0, x1, y0 + 0.22 * size[1])
    card.stand(room, 0.42)
    _name(card, copy, "middle" if wide else "top")
    return card


def _name(card: Card, zone: Zone, rise: str) -> None:
    """Logo or brand above the product's name."""
    dossier, width = card.dossier, zone[2] - zone[0]
    head = card.set(dossier.name, card.heading(), (width, 0.5 * (zone[3] - zone[1])), 0.125 * card.unit, lines=4)
    over = 0.0
    brand = None
    mark = logo_size(dossier.logo, 0.085 * card.unit, 0.5 * width) if dossier.logo else None
    if mark is not None:
        over = mark[1] + 0.07 * card.unit
    elif dossier.brand:
        brand = card.set(dossier.brand, _eyebrow(card), (width, 0.1 * card.unit), 0.036 * card.unit, lines=1)
        over = brand.height + 0.045 * card.unit
    whole = over + head.height
    top = zone[1] if rise == "top" else (zone[1] + zone[3] - whole) / 2
    if mark is not None and dossier.logo is not None:
        x = zone[2] - mark[0] if dossier.rtl else zone[0]
        colours_ = dossier.theme.palette
        draw_logo(card.canvas, dossier.logo, x, top, mark, (colours_.light, colours_.dark))
    elif brand is not None:
        card.put(brand, zone[0], top, width, colour=card.quiet())
    card.put(head, zone[0], top + over, width)


def _eyebrow(card: Card) -> Lettering:
    return replace(card.plain(bold=True), upper=True, tracking=0.12)


def lifestyle(dossier: Dossier, size: Size, stage: Stage, number: int = 0) -> Card:
    """The product in a scene, without a word."""
    room = (0.12 * size[0], 0.16 * size[1], 0.88 * size[0], 0.86 * size[1])
    canvas = stage(size, contained(dossier.subject, room, 0.9), number)
    return Card(canvas, dossier, _mean(canvas))


def closeup(dossier: Dossier, size: Size, number: int = 0) -> Card:
    """The sharpest, most textured part of the best photo, filling the panel."""
    view = max(dossier.views, key=lambda each: each.source.shape[0] * each.source.shape[1])
    crop = detail_crop(view, size, number)
    card = Card(crop, dossier, _mean(crop))
    if number == 0:
        _tag(card, card.word("closeup"))
    return card


def detail_crop(view: View, size: Size, number: int = 0, share: float = 0.46) -> U8:
    """A window of the product enlarged to `size`, hardly ever more than twice; the source's own pixels."""
    box = view.subject.box
    short = min(box[2] - box[0], box[3] - box[1])
    share = float(np.clip(max(size) / 2.2 / max(1, short), share, 0.95))
    found = windows(view.subject, number + 1, size[0] / size[1], share)
    x0, y0, x1, y1 = found[min(number, len(found) - 1)]
    part = _over_tint(view, (x0, y0, x1, y1))
    grows = size[0] > x1 - x0
    out = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_LANCZOS4 if grows else cv2.INTER_AREA), np.uint8)
    if grows:
        soft = cv2.GaussianBlur(out, (0, 0), 0.0016 * max(size) + 0.6)
        out = np.asarray(cv2.addWeighted(out, 1.35, soft, -0.35, 0), np.uint8)
    return out


def _over_tint(view: View, window: Window) -> U8:
    """The window with the cut-out over a pale ground of its own colour, so that no old background shows."""
    x0, y0, x1, y1 = window
    alpha = view.subject.alpha[y0:y1, x0:x1, None]
    shown = view.subject.foreground[y0:y1, x0:x1]
    solid = alpha[:, :, 0] > 0.9
    mean = shown[solid].reshape(-1, 3).mean(axis=0) if solid.any() else np.array([200.0, 200.0, 200.0])
    ground = mean * 0.25 + 255 * 0.72
    return np.asarray(shown * alpha + ground * (1 - alpha) + 0.5, np.uint8)


def _tag(card: Card, text: str) -> None:
    """A heading on a small chip in the lower reading corner of a picture."""
    pad = 0.026 * card.unit
    room = (card.width - 2 * card.margin - 2 * pad, card.height)
    block = card.set(text, card.plain(bold=True), room, 0.046 * card.unit, lines=1)
    zone = (card.margin, 0.0, card.margin + block.width + 2 * pad, 0.0)
    x = card.side(zone)[0]
    y = card.height - card.margin - block.height - 2 * pad
    colours_ = card.dossier.theme.palette
    fill(card.canvas, rounded(x, y, x + block.width + 2 * pad, y + block.height + 2 * pad, 0.5 * pad), colours_.light)
    card.put(block, x + pad, y + pad, block.width, "left", colours_.dark)


def views(dossier: Dossier, size: Size) -> Card:
    """The product's photos side by side, when there are several; else two of its details."""
    colours_ = dossier.theme.palette
    card = paper_card(dossier, size, mix(colours_.tint, WHITE, 0.5))
    if len(dossier.views) > 1:
        low = card.title(card.word("views"), card.safe)
        _row(card, [view for view in dossier.views[:4]], (card.margin, low + 0.06 * card.unit, *card.safe[2:]))
        return card
    return details(dossier, size)


def _row(card: Card, shown: list[View], room: Zone) -> None:
    tall = room[3] - room[1] > 1.25 * (room[2] - room[0])
    rows = 2 if len(shown) > 2 or (len(shown) == 2 and tall) else 1
    columns = -(-len(shown) // rows)
    gap = 0.05 * card.unit
    wide, high = (room[2] - room[0] - gap * (columns - 1)) / columns, (room[3] - room[1] - gap * (rows - 1)) / rows
    for number, view in enumerate(shown):
        x, y = room[0] + (number % columns) * (wide + gap), room[1] + (number // columns) * (high + gap)
        card.stand((x, y, x + wide, y + high), 0.4, subject=view.subject)


def details(dossier: Dossier, size: Size) -> Card:
    """The product with round lenses over the places they enlarge."""
    colours_ = dossier.theme.palette
    card = paper_card(dossier, size, colours_.tint)
    low = card.title(card.word("details"), card.safe)
    x0, _, x1, y1 = card.safe
    top = low + 0.05 * card.unit
    upright = size[1] > 1.2 * size[0] or (dossier.subject.shape > 1.3 and size[0] < 1.6 * size[1])
    radius = 0.18 * min(size[0], y1 - top)
    if upright:
        room = (x0, top + 2.4 * radius, x1, y1)
        inset = 0.14 * (x1 - x0)
        middles = [(x0 + inset + radius, top + radius), (x1 - inset - radius, top + radius)]
    else:
        room = card.side((x0, top, x1 - 2.5 * radius, y1))
        middle = card.side((x1 - 2 * radius, 0, x1, 0))[0] + radius
        middles = [(middle, top + radius), (middle, y1 - radius)]
    box = card.stand(room, 0.45)
    subject = dossier.subject
    sx0, sy0, sx1, _ = subject.box
    scale = (box[2] - box[0]) / (sx1 - sx0)
    found = sorted(windows(subject, 2, 1.0, 0.3), key=lambda window: window[0] if upright else window[1])
    for window, (x, y) in zip(found, middles, strict=False):
        at = (
            box[0] + ((window[0] + window[2]) / 2 - sx0) * scale,
            box[1] + ((window[1] + window[3]) / 2 - sy0) * scale,
        )
        _lens(card, View(dossier.views[0].source, subject), window, (x, y), radius, at)
    return card


def _lens(
    card: Card, view: View, window: Window, middle: tuple[float, float], radius: float, at: tuple[float, float]
) -> None:
    """A round enlargement with a line to where it was taken."""
    ink, thin = card.dossier.theme.palette.accent, max(1.0, 0.005 * card.unit)
    away = float(np.hypot(middle[0] - at[0], middle[1] - at[1])) or 1.0
    near = (middle[0] + (at[0] - middle[0]) * radius / away, middle[1] + (at[1] - middle[1]) * radius / away)
    outline(card.canvas, [near, at], ink, thin, closed=False)
    fill(card.canvas, disc(*at, 1.9 * thin + 1), ink)
    side = max(4, round(2 * radius))
    part = cv2.resize(_over_tint(view, window), (side, side), interpolation=cv2.INTER_CUBIC)
    cover, box = polygon_cover(disc(*middle, radius))
    y0, x0 = max(0, box[1]), max(0, box[0])
    spot = card.canvas[y0 : box[3], x0 : box[2]]
    cover = cover[y0 - box[1] : y0 - box[1] + spot.shape[0], x0 - box[0] : x0 - box[0] + spot.shape[1]]
    patch = cv2.resize(part, (box[2] - box[0], box[3] - box[1]), interpolation=cv2.INTER_LINEAR)
    patch = patch[y0 - box[1] : y0 - box[1] + spot.shape[0], x0 - box[0] : x0 - box[0] + spot.shape[1]]
    share = cover[:, :, None]
    spot[:] = np.asarray(spot * (1 - share) + patch * share + 0.5, np.uint8)
    outline(card.canvas, disc(*middle, radius), (255, 255, 255), 2.2 * thin)
    outline(card.canvas, disc(*middle, radius + 1.2 * thin), ink, thin)


def colour_card(dossier: Dossier, size: Size) -> Card:
    """The product over bands of its own colours."""
    found = colours(dossier.subject, 4)
    colours_ = dossier.theme.palette
    card = paper_card(dossier, size, mix(colours_.tint, WHITE, 0.35))
    x0, y0, x1, y1 = card.safe
    radius = 0.052 * card.unit
    room = (x0, y0, x1, y1 - 3.4 * radius)
    card.stand(room, 0.5)
    step = 2.7 * radius
    start = size[0] / 2 - step * (len(found) - 1) / 2
    for number, colour in enumerate(found):
        middle = (start + number * step, y1 - radius)
        fill(card.canvas, disc(*middle, radius), colour)
        outline(card.canvas, disc(*middle, radius), mix(colour, (60, 60, 60), 0.25), max(1.0, 0.003 * card.unit))
    return card


def mood(dossier: Dossier, size: Size) -> Card:
    """The product larger than its panel, on the brand's colour."""
    colours_ = dossier.theme.palette
    card = paper_card(dossier, size, ground_for(dossier, paper(colours_.brand), colours_.tint, colours_.deep))
    subject = dossier.subject
    grown = 1.25 if 0.6 < subject.shape < 1.7 else 1.1
    wide = (1 - grown) / 2 * size[0]
    target = contained(subject, (wide, 0.12 * size[1], size[0] - wide, 1.32 * size[1]), 0.2)
    paste(card.canvas, subject, target)
    return card


def _mean(canvas: U8) -> tuple[int, int, int]:
    red, green, blue = (int(level) for level in canvas[::8, ::8].reshape(-1, 3).mean(axis=0))
    return red, green, blue
