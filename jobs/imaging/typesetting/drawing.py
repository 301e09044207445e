"""Draws set text: coverage at the output's own pixels, laid over the picture in linear light.

Never chooses a colour or a place.
"""

import unicodedata
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from jobs.imaging.colour import F32, U8, from_linear, to_linear
from jobs.imaging.typesetting.faces import sized
from jobs.imaging.typesetting.fitting import Block
from jobs.imaging.typesetting.runs import REFERENCE, Line, Run, features_for

Rgb = tuple[int, int, int]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Placed:
    """A block at its place: `x`, `y` of the ink's left and top in pixels, and the width its lines are aligned in."""

    block: Block
    x: float
    y: float
    width: float
    align: str = "left"  # left, center, right

    @property
    def bottom(self) -> float:
        return self.y + self.block.height


def place(block: Block, x: float, y: float, width: float, align: str = "start") -> Placed:
    """`align`: left, center, right, or start and end, which follow the paragraph's direction."""
    if align in ("start", "end"):
        align = "right" if block.rtl == (align == "start") else "left"
    return Placed(block, x, y, width, align)


def line_boxes(placed: Placed) -> list[tuple[float, float, float, float]]:
    """The ink of each line: left, top, right, bottom in pixels."""
    out = []
    for left, baseline, line in _positions(placed):
        size = placed.block.size
        ink = line.ink
        out.append((left + ink[0] * size, baseline + ink[1] * size, left + ink[2] * size, baseline + ink[3] * size))
    return out


def ink_box(placed: Placed) -> Box:
    """All lines' ink in whole pixels, outwards."""
    boxes = line_boxes(placed)
    return (
        int(np.floor(min(box[0] for box in boxes))),
        int(np.floor(min(box[1] for box in boxes))),
        int(np.ceil(max(box[2] for box in boxes))),
        int(np.ceil(max(box[3] for box in boxes))),
    )


def _positions(placed: Placed) -> list[tuple[float, float, Line]]:
    """(x of the line's origin, baseline, line); lines are aligned by their ink, not by their side bearings."""
    block, out = placed.block, []
    for number, line in enumerate(block.lines):
        wide = (line.ink[2] - line.ink[0]) * block.size
        spare = placed.width - wide
        shift = {"left": 0.0, "center": spare / 2, "right": spare}[placed.align]
        baseline = placed.y + block.rise + number * block.pitch
        out.append((placed.x + shift - line.ink[0] * block.size, baseline, line))
    return out


def coverage(placed: Placed) -> tuple[F32, Box]:
    """How much of each pixel is ink, float32 0..1, and the pixels it belongs to (x0, y0, x1, y1)."""
    x0, y0, x1, y1 = ink_box(placed)
    x0, y0, x1, y1 = x0 - 3, y0 - 3, x1 + 3, y1 + 3
    image = Image.new("L", (max(1, x1 - x0), max(1, y1 - y0)), 0)
    pen = ImageDraw.Draw(image)
    for x, baseline, line in _positions(placed):
        for run in line.runs:
            _draw_run(pen, run, x + run.x * placed.block.size - x0, baseline - y0, placed.block.size)
    return np.asarray(image, np.float32) * np.float32(1 / 255), (x0, y0, x1, y1)


def _draw_run(pen: ImageDraw.ImageDraw, run: Run, x: float, baseline: float, size: float) -> None:
    font = sized(run.face, round(size, 2))
    if not run.tracking or run.rtl:
        pen.text((x, baseline), run.text, fill=255, font=font, anchor="ls", direction="rtl" if run.rtl else "ltr",
                 language=run.language, features=features_for(run.tracking))  # fmt: skip
        return
    for text, offset in _spaced(run):
        pen.text((x + offset * size, baseline), text, fill=255, font=font, anchor="ls", direction="ltr",
                 language=run.language, features=features_for(run.tracking))  # fmt: skip


def _spaced(run: Run) -> list[tuple[str, float]]:
    """Letters with their marks, each at its kerned place plus the tracking; ems."""
    cuts = [at for at, letter in enumerate(run.text) if at == 0 or not _is_mark(letter)] + [len(run.text)]
    font, out = sized(run.face, REFERENCE), list[tuple[str, float]]()
    for number, (first, last) in enumerate(pairwise(cuts)):
        before = run.text[:first]
        offset = font.getlength(before + run.text[first], direction="ltr", features=features_for(1)) if before else 0.0
        own = font.getlength(run.text[first], direction="ltr") if before else 0.0
        out.append((run.text[first:last], (offset - own) / REFERENCE + number * run.tracking))
    return out


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter)[0] == "M"


def lay(canvas: U8, cover: F32, box: Box, colour: Rgb, opacity: float = 1.0, behind: F32 | None = None) -> None:
    """Paint `colour` (sRGB) through `cover` onto the canvas in place, in linear light; outside the canvas is cut off.

    `behind`: float32 H x W of the canvas, 0..1, of what stands before the paint and hides it.
    """
    height, width = canvas.shape[:2]
    x0, y0, x1, y1 = max(box[0], 0), max(box[1], 0), min(box[2], width), min(box[3], height)
    if x1 <= x0 or y1 <= y0:
        return
    part = cover[y0 - box[1] : y1 - box[1], x0 - box[0] : x1 - box[0]] * np.float32(opacity)
    if behind is not None:
        part = part * (1 - behind[y0:y1, x0:x1])
    light = to_linear(np.array(colour, np.uint8))
    spot = canvas[y0:y1, x0:x1]
    touched = part > 1 / 512
    if not touched.any():
        return
    share = part[touched][:, None]
    spot[touched] = from_linear(to_linear(spot[touched]) * (1 - share) + light * share)


def draw(canvas: U8, placed: Placed, colour: Rgb, opacity: float = 1.0, behind: F32 | None = None) -> Box:
    """Draw a placed block; returns its ink box."""
    cover, box = coverage(placed)
    lay(canvas, cover, box, colour, opacity, behind)
    return ink_box(placed)
