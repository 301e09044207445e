"""Listing previews of a clip-art bundle: 2000 x 2000 sheets of up to twelve pieces on a quiet ground, and a cover.

Never shows a piece larger than life and never touches the sold files; a watermark goes on here and nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw

from jobs.imaging import encode
from jobs.imaging.clipart import resized
from jobs.imaging.colour import F32, U8
from jobs.imaging.watermark import Watermark, font, legible, marked

SIDE = 2000
PER_SHEET = 12
COVER_PIECES = 9
_KEPT_SIDE = 900
_MARGIN = 110
_GAP = 56
_GROUND_TOP, _GROUND_BOTTOM = (253, 252, 250), (242, 239, 234)
_INK, _PALE_INK = (52, 50, 48), (150, 146, 140)
_SHADOW = 0.20
# Columns of the grid by number of pieces; rows follow.
_COLUMNS = (1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4)


@dataclass(frozen=True, eq=False)
class Piece:
    """One item, trimmed and reduced for showing: `pixels` h x w x 4 uint8 straight sRGB; `number` is its file's."""

    pixels: U8
    number: int


def piece(rgb: U8, alpha: U8 | None, number: int) -> Piece:
    """Reduce a picture to at most 900 pixels at once, so that a bundle of fifty is held in memory small.

    Transparent margins are trimmed here, for showing only.
    """
    if alpha is not None and int(alpha.max()) > 8:
        x, y, w, h = cv2.boundingRect((alpha > 8).astype(np.uint8))
        rgb, alpha = rgb[y : y + h, x : x + w], np.ascontiguousarray(alpha[y : y + h, x : x + w])
    pixels, _ = resized(np.ascontiguousarray(rgb), alpha, min(_KEPT_SIDE, max(rgb.shape[:2])))
    if pixels.shape[2] == 3:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA), np.uint8)
    return Piece(pixels, number)


def sheets(pieces: Sequence[Piece], mark: Watermark | None = None) -> list[bytes]:
    """JPEGs of 2000 x 2000, twelve pieces each, spread evenly so that no last sheet is left nearly empty."""
    if not pieces:
        return []
    count = -(-len(pieces) // PER_SHEET)
    share, rest = divmod(len(pieces), count)
    made, start = [], 0
    for index in range(count):
        end = start + share + (index < rest)
        made.append(_written(sheet(pieces[start:end]), mark))
        start = end
    return made


def cover(pieces: Sequence[Piece], title: str, subtitle: str = "", mark: Watermark | None = None) -> bytes:
    """One JPEG of 2000 x 2000: up to nine pieces, large, over a panel with the title and a line under it."""
    if not pieces:
        raise ValueError("a cover needs a piece")
    canvas = _ground()
    panel = 430
    step = max(1, len(pieces) / COVER_PIECES)
    shown = [pieces[int(i * step)] for i in range(min(len(pieces), COVER_PIECES))]
    _lay(canvas, shown, (_MARGIN, 84, SIDE - 2 * _MARGIN, SIDE - panel - 150), gap=44, numbers=False)
    return _written(_titled(_bytes(canvas), legible(title) or "Clip art", legible(subtitle), panel), mark)


def sheet(pieces: Sequence[Piece]) -> U8:
    """2000 x 2000 x 3 uint8 sRGB with 1 to 12 pieces in an even grid, a soft shadow and a small number under each."""
    if not 1 <= len(pieces) <= PER_SHEET:
        raise ValueError(f"a sheet holds 1 to {PER_SHEET} pieces, not {len(pieces)}")
    canvas = _ground()
    room = SIDE - 2 * _MARGIN
    _lay(canvas, pieces, (_MARGIN, _MARGIN, room, room), gap=_GAP, numbers=True)
    return _numbered(_bytes(canvas), pieces)


def _written(rgb: U8, mark: Watermark | None) -> bytes:
    return encode.jpeg(rgb if mark is None else marked(rgb, mark), quality=90)


def _ground() -> F32:
    """A paper tone that darkens slightly downwards."""
    fall = np.linspace(0, 1, SIDE, dtype=np.float32)[:, None, None]
    top, bottom = np.array(_GROUND_TOP, np.float32), np.array(_GROUND_BOTTOM, np.float32)
    return np.asarray(np.broadcast_to(top * (1 - fall) + bottom * fall, (SIDE, SIDE, 3)), np.float32).copy()


def _cells(count: int, room: tuple[int, int, int, int], gap: int) -> list[tuple[int, int, int, int]]:
    """Boxes (x, y, width, height) of an even grid in `room`; a short last row stands in the middle."""
    columns = _COLUMNS[count]
    rows = -(-count // columns)
    left, top, width, height = room
    w, h = (width - gap * (columns - 1)) // columns, (height - gap * (rows - 1)) // rows
    boxes = []
    for index in range(count):
        row, column = divmod(index, columns)
        in_row = min(columns, count - row * columns)
        start = left + (width - (in_row * w + (in_row - 1) * gap)) // 2
        boxes.append((start + column * (w + gap), top + row * (h + gap), w, h))
    return boxes


def _lay(canvas: F32, pieces: Sequence[Piece], room: tuple[int, int, int, int], gap: int, numbers: bool) -> None:
    for shown, (x, y, w, h) in zip(pieces, _cells(len(pieces), room, gap), strict=True):
        foot = 54 if numbers else 0
        height, width = shown.pixels.shape[:2]
        scale = min(w / width, (h - foot) / height, 1.6)
        rgb, alpha = np.ascontiguousarray(shown.pixels[:, :, :3]), np.ascontiguousarray(shown.pixels[:, :, 3])
        pixels, _ = resized(rgb, alpha, max(1, round(max(width, height) * scale)))
        ph, pw = min(pixels.shape[0], h - foot), min(pixels.shape[1], w)
        _set_down(canvas, pixels[:ph, :pw], x + (w - pw) // 2, y + (h - foot - ph) // 2)


def _set_down(canvas: F32, pixels: U8, x: int, y: int) -> None:
    """Blend one piece at (x, y) over a wide and a tight shadow of its own outline."""
    height, width = pixels.shape[:2]
    cover = pixels[:, :, 3].astype(np.float32) / 255
    for blur, drop, strength in ((26, 18, _SHADOW * 0.7), (7, 5, _SHADOW * 0.5)):
        reach = blur * 3
        shade = cv2.GaussianBlur(cv2.copyMakeBorder(cover, *(reach,) * 4, cv2.BORDER_CONSTANT), (0, 0), blur)
        top, left = y - reach + drop, x - reach
        cut_top, cut_left = max(0, -top), max(0, -left)
        part = canvas[top + cut_top : top + shade.shape[0], left + cut_left : left + shade.shape[1]]
        shade = shade[cut_top : cut_top + part.shape[0], cut_left : cut_left + part.shape[1]]
        part *= 1 - strength * shade[:, :, None]
    part = canvas[y : y + height, x : x + width]
    part += (pixels[:, :, :3] - part) * cover[:, :, None]


def _bytes(canvas: F32) -> U8:
    return np.asarray(canvas + np.float32(0.5), np.uint8)


def _numbered(rgb: U8, pieces: Sequence[Piece]) -> U8:
    image = Image.fromarray(rgb)
    draw = ImageDraw.Draw(image)
    room = SIDE - 2 * _MARGIN
    for shown, (x, y, w, h) in zip(pieces, _cells(len(pieces), (_MARGIN, _MARGIN, room, room), _GAP), strict=True):
        draw.text((x + w / 2, y + h - 8), f"{shown.number:02d}", font=font(26), fill=_PALE_INK, anchor="ms")
    return np.asarray(image).copy()


def _titled(rgb: U8, title: str, subtitle: str, panel: int) -> U8:
    image = Image.fromarray(rgb)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, SIDE - panel, SIDE, SIDE), fill=(255, 255, 255))
    draw.line((SIDE / 2 - 60, SIDE - panel + 268, SIDE / 2 + 60, SIDE - panel + 268), fill=_PALE_INK, width=3)
    size = 132
    while size > 48 and draw.textlength(title, font=font(size)) > SIDE - 2 * _MARGIN:
        size -= 4
    draw.text((SIDE / 2, SIDE - panel + 160), title, font=font(size), fill=_INK, anchor="mm")
    draw.text((SIDE / 2, SIDE - panel + 336), subtitle, font=font(46), fill=_PALE_INK, anchor="mm")
    return np.asarray(image).copy()
