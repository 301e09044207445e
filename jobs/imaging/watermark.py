"""A watermark over previews: tiled diagonal text by default, or a text or a picture in one place.

Never applied to a file that is sold: only previews and the pictures of a listing come here.
"""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from jobs.imaging.colour import F32, U8

Position = Literal["tiled", "center", "top-left", "top-right", "bottom-left", "bottom-right"]

DEFAULT_TEXT = "PREVIEW"
_ANGLE = 30
_LONGEST_TEXT = 48
_DARK, _LIGHT = 40, 255


@dataclass(frozen=True, eq=False)
class Watermark:
    """`text` or `image` (h x w x 4 uint8 straight sRGB; it wins over the text), opacity 0..1, and where."""

    text: str = DEFAULT_TEXT
    opacity: float = 0.25
    position: Position = "tiled"
    image: U8 | None = None


def font(size: int) -> ImageFont.FreeTypeFont:
    """The one face of all lettering at `size` pixels: Source Sans Pro (SIL OFL 1.1; Latin, Greek, Cyrillic).

    Where its package is not installed, Pillow's embedded Aileron (CC0; plain Latin without accents).
    """
    path = _face_path()
    face = ImageFont.load_default(size) if path is None else ImageFont.truetype(path, size)
    if not isinstance(face, ImageFont.FreeTypeFont):
        raise RuntimeError("Pillow was built without FreeType")
    return face


@cache
def _face_path() -> str | None:
    package = find_spec("font_source_sans_pro")
    if package is None or not package.submodule_search_locations:
        return None
    path = Path(package.submodule_search_locations[0]) / "files" / "SourceSansPro-Regular.ttf"
    return str(path) if path.is_file() else None


@cache
def _drawn(character: str) -> bytes:
    return bytes(font(24).getmask(character))


def legible(text: str) -> str:
    """The text in one line, without characters that the face has no glyph for; empty when nothing is left."""
    line = " ".join(text.split())[:_LONGEST_TEXT]
    missing = _drawn("\U000f0000")
    return "".join(c for c in line if c == " " or _drawn(c) != missing).strip()


def marked(rgb: U8, mark: Watermark) -> U8:
    """H x W x 3 uint8 -> the same size with the mark over it. Text without any known glyph becomes PREVIEW.

    Dark lettering inside a light rim, so that it reads on any ground.
    """
    height, width = rgb.shape[:2]
    stamp = _text_stamp(mark, width) if mark.image is None else _image_stamp(mark.image, width, height, mark.position)
    colour, cover = _tiled(stamp, width, height) if mark.position == "tiled" else _placed(stamp, width, height, mark)
    strength = cover * np.float32(min(max(mark.opacity, 0.0), 1.0))
    out = rgb * (1 - strength[:, :, None]) + colour * strength[:, :, None]
    return np.asarray(out + 0.5, np.uint8)


def _text_stamp(mark: Watermark, width: int) -> U8:
    face = font(max(12, width // (22 if mark.position == "tiled" else 14)))
    text = legible(mark.text) or DEFAULT_TEXT
    rim = max(1, int(face.size) // 24)
    left, top, right, bottom = face.getbbox(text, stroke_width=rim)
    stamp = Image.new("RGBA", (int(right - left) + 2, int(bottom - top) + 2), (_LIGHT, _LIGHT, _LIGHT, 0))
    ImageDraw.Draw(stamp).text(
        (1 - left, 1 - top), text, font=face, fill=(_DARK,) * 3, stroke_width=rim, stroke_fill=(_LIGHT,) * 3
    )
    return np.asarray(stamp)


def _image_stamp(image: U8, width: int, height: int, position: Position) -> U8:
    side = min(width, height) // (6 if position == "tiled" else 3)
    scale = side / max(image.shape[:2])
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _tiled(stamp: U8, width: int, height: int) -> tuple[F32, F32]:
    """Brick-laid rows turned by 30 degrees over the whole picture: (colour, cover) as float32."""
    reach = int(np.hypot(width, height)) + 2
    step_x, step_y = int(stamp.shape[1] * 1.55) + 1, int(stamp.shape[0] * 3.6) + 1
    field = np.zeros((reach, reach, 4), np.uint8)
    field[:, :, :3] = _LIGHT
    for row, y in enumerate(range(0, reach, step_y)):
        for x in range(-(row % 2) * step_x // 2, reach, step_x):
            _paste(field, stamp, x, y)
    turn = cv2.getRotationMatrix2D((reach / 2, reach / 2), _ANGLE, 1.0)
    turn[:, 2] += ((width - reach) / 2, (height - reach) / 2)
    return _layers(np.asarray(cv2.warpAffine(field, turn, (width, height), flags=cv2.INTER_LINEAR), np.uint8))


def _placed(stamp: U8, width: int, height: int, mark: Watermark) -> tuple[F32, F32]:
    field = np.zeros((height, width, 4), np.uint8)
    gap = min(width, height) // 30
    spare_x, spare_y = width - stamp.shape[1], height - stamp.shape[0]
    down, _, across = mark.position.partition("-")
    x = {"left": gap, "right": spare_x - gap}.get(across, spare_x // 2)
    y = {"top": gap, "bottom": spare_y - gap}.get(down, spare_y // 2)
    _paste(field, stamp, x, y)
    return _layers(field)


def _paste(field: U8, stamp: U8, x: int, y: int) -> None:
    """Copy the part of the stamp that lies inside the field."""
    left, top = max(0, -x), max(0, -y)
    right = min(stamp.shape[1], field.shape[1] - x)
    bottom = min(stamp.shape[0], field.shape[0] - y)
    if right > left and bottom > top:
        field[y + top : y + bottom, x + left : x + right] = stamp[top:bottom, left:right]


def _layers(field: U8) -> tuple[F32, F32]:
    return field[:, :, :3].astype(np.float32), field[:, :, 3].astype(np.float32) / np.float32(255)
