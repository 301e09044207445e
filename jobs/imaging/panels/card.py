"""One panel in the making: its canvas, its margins, and text that is set inside them and measured against its ground.

Never decides what a panel shows.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

from jobs.imaging.colour import F32, U8, from_linear, to_linear
from jobs.imaging.panels.dossier import Dossier
from jobs.imaging.typesetting.contrast import measured, ratio, secure
from jobs.imaging.typesetting.drawing import Box, Rgb, draw, line_boxes, place
from jobs.imaging.typesetting.fitting import Block, fit
from jobs.imaging.typesetting.palette import distinct, mix
from jobs.imaging.typesetting.phrases import phrases
from jobs.imaging.typesetting.runs import Lettering
from jobs.imaging.typesetting.sweep import Paper, Subject, contained, paste, shadow_field, sheet

Zone = tuple[float, float, float, float]
MARGIN = 0.075


@dataclass
class Card:
    """`canvas`: uint8 sRGB H x W x 3, drawn in place; `ground`: the colour it mostly is; `texts`: the boxes of all
    lettering; `contrasts`: of each of them."""

    canvas: U8
    dossier: Dossier
    ground: Rgb
    texts: list[Box] = field(default_factory=list)
    contrasts: list[float] = field(default_factory=list)

    @property
    def width(self) -> int:
        return int(self.canvas.shape[1])

    @property
    def height(self) -> int:
        return int(self.canvas.shape[0])

    @property
    def unit(self) -> float:
        """What sizes are shares of: the shorter side, a little more where the panel is long."""
        short, long = sorted((self.width, self.height))
        return min(1.18 * short, float(np.sqrt(short * long)))

    @property
    def margin(self) -> float:
        return MARGIN * min(self.width, self.height)

    @property
    def safe(self) -> Zone:
        return self.margin, self.margin, self.width - self.margin, self.height - self.margin

    def word(self, name: str) -> str:
        """A phrase in the sheet's language."""
        return phrases(self.dossier.language)[name]

    def ink(self) -> Rgb:
        """The ink for the ground."""
        colours = self.dossier.theme.palette
        return max((colours.dark, colours.light), key=lambda ink: ratio(ink, self.ground))

    def quiet(self) -> Rgb:
        """The ink, a step back."""
        soft = mix(self.ink(), self.ground, 0.24)
        return soft if ratio(soft, self.ground) >= 5.2 else self.ink()

    def side(self, zone: Zone) -> Zone:
        """The zone where it is read: mirrored for writing from the right."""
        if not self.dossier.rtl:
            return zone
        return self.width - zone[2], zone[1], self.width - zone[0], zone[3]

    def heading(self) -> Lettering:
        look = self.dossier.theme.look
        return Lettering(look.voice, look.weight, look.leading, look.tracking, look.upper, self.dossier.language)

    def plain(self, bold: bool = False) -> Lettering:
        look = self.dossier.theme.look
        weight = max(600, look.text_weight + 200) if bold else look.text_weight
        return Lettering(look.text, weight, 1.32, 0.0, False, self.dossier.language)

    def set(
        self, text: str, lettering: Lettering, room: tuple[float, float], size: float, *, lines: int = 3,
        least: float = 0.5,
    ) -> Block:  # fmt: skip
        """Fit a text to a room (width, height) at `size` at most; what does not fit is told."""
        small = size <= 0.05 * self.unit
        size *= self.dossier.theme.text_scale if small else 1.0
        block = fit(text, lettering, room[0], room[1], (least * size, size), lines)
        if block.short:
            self.dossier.warn(f"'{text[:40]}' is too long for its panel and was shortened.")
        return block

    def put(
        self, block: Block, x: float, y: float, width: float, align: str = "start", colour: Rgb | None = None
    ) -> float:
        """Draw a block; returns the bottom of its ink. Without a colour the ground's ink is used."""
        if align in ("start", "end"):
            align = "right" if self.dossier.rtl == (align == "start") else "left"
        placed = place(block, x, y, width, align)
        lines = line_boxes(placed)
        wish = colour or self.ink()
        found = measured(self.canvas, lines, wish)
        if found < 4.5:
            inks = (self.ink(), (255, 255, 255), (0, 0, 0))
            wish, found, _ = secure(self.canvas, lines, inks, 0.1 * self.unit)
        self.contrasts.append(found)
        self.texts.append(draw(self.canvas, placed, wish))
        return placed.bottom

    def title(self, name: str, zone: Zone, align: str = "start") -> float:
        """A heading at the zone's top; returns its bottom."""
        size = 0.074 * self.unit * min(1.1, self.dossier.theme.look.scale)
        block = self.set(name, self.heading(), (zone[2] - zone[0], 0.22 * self.height), size, lines=2)
        return self.put(block, zone[0], zone[1], zone[2] - zone[0], align)

    def stand(self, room: Zone, shadow: float = 0.5, anchor: float = 1.0, subject: Subject | None = None) -> Box:
        """Set the product into a room with its shadow on the ground; returns its box."""
        subject = subject or self.dossier.subject
        target = contained(subject, room, anchor)
        dark = shadow_field((self.width, self.height), subject, target) * shadow
        shade(self.canvas, dark)
        paste(self.canvas, subject, target)
        return target


def ground_for(dossier: Dossier, *grounds: Rgb) -> Rgb:
    """The first ground that the product does not sink into, else the one that sets it off best."""
    subject = dossier.subject
    x0, y0, x1, y1 = subject.box
    seen, cover = subject.foreground[y0:y1, x0:x1], subject.alpha[y0:y1, x0:x1]
    shares = [(distinct(seen, cover, ground), ground) for ground in grounds]
    good = next((ground for share, ground in shares if share > 0.6), None)
    return good or max(shares)[1]


def paper_card(dossier: Dossier, size: tuple[int, int], ground: Rgb, *, flat: bool = False) -> Card:
    """A card on lit paper, or of exactly one colour."""
    if flat:
        canvas = np.empty((size[1], size[0], 3), np.uint8)
        canvas[:] = ground
        return Card(canvas, dossier, ground)
    target = (0, round(0.1 * size[1]), size[0], round(0.9 * size[1]))
    canvas = sheet(size, target, Paper(ground, glow=0.03, fall=0.07, floor=0.0), 3)
    return Card(canvas, dossier, ground)


def shade(canvas: U8, dark: F32) -> None:
    """Darken the canvas in place by a small field of shadow, in linear light."""
    height, width = canvas.shape[:2]
    rows = np.flatnonzero((dark > 1 / 512).any(axis=1))
    if not rows.size:
        return
    step = height / dark.shape[0]
    top, bottom = max(0, int((rows[0] - 1) * step)), min(height, int((rows[-1] + 2) * step))
    whole = cv2.resize(dark, (width, height), interpolation=cv2.INTER_LINEAR)
    part = whole[top:bottom]
    touched = part > 1 / 512
    spot = canvas[top:bottom]
    spot[touched] = from_linear(to_linear(spot[touched]) * (1 - part[touched][:, None]))
